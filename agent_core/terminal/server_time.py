"""Broker time: MetaTrader encodes the server's wall clock as if it were UTC. Here it becomes UTC.

Live quotes tell the offset of the present week, `WeekOffsets` those of the weeks before.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from datetime import time as time_of_day

import numpy as np
import numpy.typing as npt

from agent_core.terminal.week_offsets import WeekOffsets, last_week_open

_QUARTER = 900
_HALF_HOUR = 1800
_SHORTEST_WEEK = 167 * 3600
#: Offsets of real time zones; anything else comes from an old quote or a wrong clock.
_MIN_OFFSET, _MAX_OFFSET = -12 * 3600, 14 * 3600


class ServerClock:
    """Converts between server time and UTC by the offset of each week (seconds, a multiple of 15 minutes).

    Attributes:
        offset: Server time minus UTC this week, in seconds.
        measured: Whether the offset comes from a live tick of this connection.
        weeks: Offsets of past weeks, as far as they are known.
    """

    def __init__(self, offset: int = 0, *, now: Callable[[], float] = time.time) -> None:
        self.offset = offset
        self.measured = False
        self.weeks = WeekOffsets()
        self._now = now
        self._opened = 0.0

    def observe(self, server_msc: int) -> bool:
        """Measures the offset by a quote that has just arrived. Returns whether the offset changed."""
        difference = server_msc / 1000 - self._now()
        offset = round(difference / _QUARTER) * _QUARTER
        if not _MIN_OFFSET <= offset <= _MAX_OFFSET:
            return False
        self.measured = True
        changed, self.offset = offset != self.offset, offset
        return changed

    def utc(self, server_seconds: float) -> datetime:
        """Returns the UTC time of a server time in epoch seconds."""
        return datetime.fromtimestamp(server_seconds - self._offset_of(server_seconds), UTC)

    def utc_seconds(self, server_seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Returns the UTC times of many server times, all in epoch seconds."""
        weeks, place = np.unique(server_seconds // _HALF_HOUR, return_inverse=True)
        if len(weeks) == 0 or weeks[0] * _HALF_HOUR >= self._present_from + self.offset:
            return server_seconds - self.offset
        offsets = np.array([self._offset_of(int(week) * _HALF_HOUR) for week in weeks], np.int64)
        return server_seconds - offsets[place]

    def utc_msc(self, server_msc: int) -> int:
        """Returns epoch milliseconds UTC of a server time in epoch milliseconds."""
        return server_msc - self._offset_of(server_msc / 1000) * 1000

    def server_msc(self, utc_msc: int) -> int:
        """Returns the server time of epoch milliseconds UTC."""
        return utc_msc + self._offset_at(utc_msc / 1000) * 1000

    def server(self, moment: datetime) -> int:
        """Returns the server time, in epoch seconds, of an aware datetime."""
        seconds = moment.timestamp()
        return int(seconds) + self._offset_at(seconds)

    def time_of_day(self) -> time_of_day:
        """Returns the broker's present time of day."""
        return datetime.fromtimestamp(self._now() + self.offset, UTC).time()

    def day_start(self) -> datetime:
        """Returns when the broker's present day began, in UTC."""
        server_now = int(self._now()) + self.offset
        return self.utc(server_now - server_now % 86400)

    @property
    def _present_from(self) -> float:
        """When the present offset began to hold, at the latest: on the Saturday before this week's opening."""
        now = self._now()
        # Asked for every time that is converted, thousands a second; weeks are at least 167 hours long.
        if not self._opened <= now < self._opened + _SHORTEST_WEEK:
            self._opened = last_week_open(now)
        return self._opened - 86400

    def _offset_at(self, utc: float) -> int:
        """Offset at a moment in epoch seconds UTC."""
        if utc >= self._present_from:
            return self.offset
        past = self.weeks.at(utc)
        return self.offset if past is None else past

    def _offset_of(self, server_seconds: float) -> int:
        """Offset at a moment in server time. Offsets differ by an hour at most, and clocks change at weekends."""
        return self._offset_at(server_seconds - self._offset_at(server_seconds - self.offset))
