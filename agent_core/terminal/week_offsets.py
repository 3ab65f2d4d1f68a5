"""How far a server's clock was ahead of UTC, week by week, read from its own bars.

Servers hand out wall clock times whose zone nobody tells and whose daylight saving follows any country's rule, or
one rule in some years and another in others. But everywhere the FX week opens on Sunday at 17:00 in New York, so the
first bar after a weekend tells that week's offset. Clocks change at weekends, while the market is closed.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

_HOUR, _DAY = 3600, 86_400
#: A shorter pause in hourly bars is no weekend.
_WEEKEND = 36 * _HOUR
#: Zones lie this far around UTC; a week that seems to open later began with a holiday.
_MIN_OFFSET, _MAX_OFFSET = -12 * _HOUR, 14 * _HOUR
#: Daylight saving moves a clock by no more.
_DAYLIGHT = _HOUR
_NEW_YORK = ZoneInfo("America/New_York")
_BRUSSELS = ZoneInfo("Europe/Brussels")


def week_open(day: date) -> int:
    """Returns when the FX week of a Sunday opens, in epoch seconds UTC."""
    return int(datetime.combine(day, time(17), _NEW_YORK).timestamp())


def last_week_open(utc: float) -> int:
    """Returns the latest opening of an FX week up to a moment, both in epoch seconds UTC."""
    day = datetime.fromtimestamp(utc, _NEW_YORK).date()
    sunday = day - timedelta(days=(day.weekday() + 1) % 7)
    opened = week_open(sunday)
    return opened if opened <= utc else week_open(sunday - timedelta(days=7))


@dataclass(frozen=True)
class WeekOffsets:
    """Offsets of past weeks, oldest first.

    Attributes:
        opens: When each week opened, in epoch seconds UTC.
        offsets: Server time minus UTC from then on, in seconds.
    """

    opens: tuple[int, ...] = ()
    offsets: tuple[int, ...] = ()

    @classmethod
    def measured(cls, hourly: npt.NDArray[np.int64], present: int | None) -> "WeekOffsets":
        """Reads the offsets from the start times of hourly bars, server time, oldest first.

        Args:
            hourly: Start times in epoch seconds.
            present: The offset as live quotes tell it, or None: the one most weeks have stands for it. Others differ
                from it by daylight saving alone.
        """
        starts = hourly[1:][np.diff(hourly) >= _WEEKEND]
        found = [(opened, int(start) - opened) for start in starts if (opened := _open_of(int(start))) is not None]
        if present is None:
            present = Counter(offset for _, offset in found).most_common(1)[0][0] if found else 0
        kept = [(opened, offset) for opened, offset in found if abs(offset - present) <= _DAYLIGHT]
        return cls(tuple(opened for opened, _ in kept), tuple(offset for _, offset in kept))

    def at(self, utc: float) -> int | None:
        """Returns the offset at a moment in epoch seconds UTC; None where no week is known.

        Weeks before the first known one follow the daylight saving rule that fits the known ones best.
        """
        if not self.opens:
            return None
        # From the Saturday on, so that what is dated within a weekend belongs to the week that follows.
        index = bisect_right(self.opens, utc + _DAY) - 1
        return self.offsets[index] if index >= 0 else self._rule(utc)

    @cached_property
    def _rule(self) -> Callable[[float], int]:
        """The rule among New York's, Europe's and none that most known weeks obey."""
        last = self.opens[-1]
        rules = [_follow(zone, last, self.offsets[-1]) for zone in (_NEW_YORK, _BRUSSELS, UTC)]
        known = list(zip(self.opens, self.offsets, strict=True))
        return max(rules, key=lambda rule: sum(rule(opened) == offset for opened, offset in known))


def _follow(zone: tzinfo, since: int, offset: int) -> Callable[[float], int]:
    def utc_offset(utc: float) -> int:
        found = datetime.fromtimestamp(utc, zone).utcoffset()
        return int(found.total_seconds()) if found is not None else 0

    distance = offset - utc_offset(since)
    return lambda utc: utc_offset(utc) + distance


def _open_of(server: int) -> int | None:
    """Returns the opening that a week's first bar, in server time, belongs to; None if it is none."""
    day = datetime.fromtimestamp(server, UTC).date()
    for shift in (-1, 0, 1):
        near = day + timedelta(days=shift)
        if near.weekday() == 6 and _MIN_OFFSET <= server - week_open(near) <= _MAX_OFFSET:
            return week_open(near)
    return None
