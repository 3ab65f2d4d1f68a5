"""Replays a file of real quotes, with seeded prices before its beginning and after its end."""

from functools import lru_cache

import numpy as np

from agent_core.simulator.market.bars import Integers, Records, bars_of_ticks
from agent_core.simulator.market.clock import DAY, HOUR, MINUTE
from agent_core.simulator.market.quotes_file import Quotes
from agent_core.simulator.market.seeded import BLOCK_HOURS, MINUTES_A_DAY, SeededSource, TickBlock

_LIVE_MSC = 20 * DAY * 1000
"""Of a long file the last so much is played live; of a short one two thirds."""
_LONG_MSC = 14 * DAY * 1000
_GAP_MSC = 12 * HOUR * 1000


class ReplaySource:
    """Prices of one symbol out of a file. Times are the server's wall clock.

    The file's time is shifted so that a point inside it falls on the anchor: what lies before is history, what lies
    behind is played live, `speed` times as fast. Ticks are kept as they are, crossed ones too.

    Args:
        seeded: Prices before and after the file; they are scaled to join it.
        quotes: The file.
        anchor_msc: Server time at which the live part begins.
        speed: How many times faster than life the live part is played.
    """

    def __init__(self, seeded: SeededSource, quotes: Quotes, anchor_msc: int, speed: float) -> None:
        self.symbol = seeded.symbol
        self._seeded = seeded
        self._times = rebased(quotes, anchor_msc, speed)
        self._bid, self._ask = quotes.bid, quotes.ask
        self._first, self._last = (int(self._times[index]) // 60_000 for index in (0, -1))
        scale = self.symbol.scale
        self._scale_before = int(self._bid[0]) / scale / self._seeded_open(self._first)
        self._scale_after = int(self._bid[-1]) / scale / self._seeded_open(self._last + 1)
        self.day = lru_cache(maxsize=256)(self._day)
        self.hours = lru_cache(maxsize=64)(self._hours)
        self.ticks = lru_cache(maxsize=128)(self._ticks)

    def covers(self, day: int) -> bool:
        """Whether the file has a say on a day: its quotes stand, weekend or not."""
        return self._first // MINUTES_A_DAY <= day <= self._last // MINUTES_A_DAY

    def _seeded_open(self, minute: int) -> float:
        return float(self._seeded.whole_day(minute // MINUTES_A_DAY)["open"][minute % MINUTES_A_DAY])

    def _day(self, day: int) -> Records:
        """Minute bars of a day (days since 1970)."""
        return self._joined(self._seeded.day(day), day * DAY, DAY, MINUTE)

    def _hours(self, block: int) -> Records:
        """Hourly bars of a block of `BLOCK_HOURS` hours."""
        length = BLOCK_HOURS * HOUR
        return self._joined(self._seeded.hours(block), block * length, length, HOUR)

    def _joined(self, seeded: Records, start: int, length: int, seconds: int) -> Records:
        before = seeded["time"] + seconds <= self._first * MINUTE
        after = seeded["time"] > self._last * MINUTE
        first, last = (int(self._times.searchsorted(edge * 1000)) for edge in (start, start + length))
        own = bars_of_ticks(
            self._times[first:last], self._bid[first:last], self._ask[first:last], self.symbol.scale, seconds
        )
        return np.concatenate(
            (self._scaled(seeded[before], self._scale_before), own, self._scaled(seeded[after], self._scale_after))
        )

    def _scaled(self, rows: Records, factor: float) -> Records:
        rows = rows.copy()
        scale = self.symbol.scale
        for name in ("open", "high", "low", "close"):
            rows[name] = np.rint(rows[name] * factor * scale) / scale
        return rows

    def _ticks(self, minute: int) -> TickBlock:
        """Ticks of a minute (minutes since 1970)."""
        if self._first <= minute <= self._last:
            first, last = (int(self._times.searchsorted(edge * 60_000)) for edge in (minute, minute + 1))
            return TickBlock(self._times[first:last], self._bid[first:last], self._ask[first:last])
        block = self._seeded.ticks(minute)
        factor = self._scale_before if minute < self._first else self._scale_after
        bid = np.asarray(np.rint(block.bid * factor), np.int64)
        return TickBlock(block.time_msc, bid, bid + (block.ask - block.bid))


def rebased(quotes: Quotes, anchor_msc: int, speed: float) -> Integers:
    """The file's times shifted to now, in steps that keep its bars on their boundaries."""
    times = quotes.time_msc
    step = max(quotes.period_msc, 60_000)
    span = int(times[-1] - times[0])
    begin = int(times[0]) + max(span // 3, span - _LIVE_MSC)
    if span > _LONG_MSC:
        # Of a file of many weeks the live part begins with one of them, not in a weekend.
        openings = times[1:][np.diff(times) > _GAP_MSC]
        begin = int(next((opening for opening in openings if opening > begin), begin))
    begin, anchor = begin // step * step, anchor_msc // step * step
    later = times - begin
    return anchor + np.where(later > 0, (later / speed).astype(np.int64), later)
