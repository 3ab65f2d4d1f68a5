"""The market the terminal sees: quotes, ticks and bars of every symbol, up to now."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from agent_core.simulator.market.bars import (
    RATE_DTYPE,
    TICK_DTYPE,
    Integers,
    Records,
    aggregate,
    bars_of_ticks,
    period_starts,
)
from agent_core.simulator.market.clock import DAY, HOUR, is_weekend, week_of
from agent_core.simulator.market.seeded import BLOCK_HOURS, TickBlock
from agent_core.simulator.market.symbols import Symbol

FINE_DAYS = 90
"""Days before the installation from which there are minute bars; before them history is hourly."""
HISTORY_YEARS = 12
TIMEFRAME_H1 = 0x4001
_FOREVER = 2**62


class Source(Protocol):
    """Where a symbol's prices come from. Times are server seconds, `ticks` takes minutes, `day` days since 1970."""

    symbol: Symbol

    def day(self, day: int, /) -> Records:
        """Minute bars of a day."""
        ...

    def hours(self, block: int, /) -> Records:
        """Hourly bars of a block of `BLOCK_HOURS` hours."""
        ...

    def ticks(self, minute: int, /) -> TickBlock:
        """Ticks of a minute."""
        ...

    def covers(self, day: int, /) -> bool:
        """Whether prices of a day stand though it be a weekend."""
        ...


@dataclass(frozen=True, slots=True)
class Quote:
    """Best prices at a moment of the server's clock."""

    time_msc: int
    bid: float
    ask: float


class Market:
    """All symbols' prices up to a moment that the owner moves on with `advance`.

    Args:
        sources: Price source of each symbol.
        anchor_msc: Server time of the installation.
        closures: Times (server milliseconds) in which the market was closed by command; the last may be open-ended.
    """

    def __init__(self, sources: dict[str, Source], anchor_msc: int, closures: list[list[int]] | None = None) -> None:
        self._sources = sources
        self._fine_start = anchor_msc // 1000 // DAY - FINE_DAYS
        self.closures = closures if closures is not None else []
        self.now_msc = anchor_msc
        self._live: dict[str, tuple[int, TickBlock]] = {}
        self._day_hours: dict[tuple[str, int], Records] = {}

    @property
    def is_open(self) -> bool:
        """Whether trading sessions are open now."""
        return not self._closed_at(self.now_msc)

    def advance(self, now_msc: int) -> None:
        """Moves the market on; it never goes back."""
        self.now_msc = max(self.now_msc, now_msc)

    def set_open(self, open_: bool) -> None:
        """Closes or reopens trading from now on."""
        if open_ and not self.is_open:
            self.closures[-1][1] = self.now_msc
        elif not open_ and self.is_open:
            self.closures.append([self.now_msc, _FOREVER])
        self._live.clear()
        self._day_hours.clear()

    def _closed_at(self, msc: int) -> bool:
        return any(start <= msc < end for start, end in self.closures)

    def _day_open(self, name: str, day: int) -> bool:
        """Weekends are closed, except the one that is on: the stand-in can be tried on any day."""
        this_week = week_of(day) == week_of(self.now_msc // 1000 // DAY)
        return this_week or not is_weekend(day) or self._sources[name].covers(day)

    def _minute(self, name: str, minute: int) -> TickBlock:
        """Ticks of a minute, without those of closed times."""
        if not self._day_open(name, minute // 1440):
            return TickBlock(*(np.zeros(0, np.int64) for _ in range(3)))
        block = self._sources[name].ticks(minute)
        for start, end in self.closures:
            if start < (minute + 1) * 60_000 and end > minute * 60_000:
                keep = (block.time_msc <= start) | (block.time_msc >= end)
                block = TickBlock(block.time_msc[keep], block.bid[keep], block.ask[keep])
        return block

    def _minute_until_now(self, name: str, minute: int) -> TickBlock:
        block = self._minute(name, minute)
        count = int(np.searchsorted(block.time_msc, self.now_msc, side="right"))
        return TickBlock(block.time_msc[:count], block.bid[:count], block.ask[:count])

    def quote(self, name: str) -> Quote | None:
        """The latest quote of a symbol; None if it had none in the last days."""
        minute = self.now_msc // 60_000
        cached = self._live.get(name)
        if cached is None or cached[0] != minute:
            cached = (minute, self._minute(name, minute))
            self._live[name] = cached
        block = cached[1]
        count = int(block.time_msc.searchsorted(self.now_msc, side="right"))
        if count:
            return self._quote_at(name, block, count - 1)
        return self.quote_before(name, self.now_msc)

    def quote_before(self, name: str, msc: int) -> Quote | None:
        """The last quote at or before a moment."""
        for minute in self._minutes_back(name, msc):
            block = self._minute(name, minute)
            count = int(block.time_msc.searchsorted(msc, side="right"))
            if count:
                return self._quote_at(name, block, count - 1)
        return None

    def _quote_at(self, name: str, block: TickBlock, index: int) -> Quote:
        scale = self._sources[name].symbol.scale
        return Quote(int(block.time_msc[index]), int(block.bid[index]) / scale, int(block.ask[index]) / scale)

    def _minutes_back(self, name: str, msc: int) -> Iterator[int]:
        """Minutes with ticks at or before a moment, latest first."""
        day = msc // 1000 // DAY
        for current in range(day, max(day - 30, self._fine_start), -1):
            times = self._day_rows(name, current)["time"]
            for time in times[times <= msc // 1000][::-1]:
                yield int(time) // 60

    def tick_blocks(self, name: str, after_msc: int, until_msc: int) -> Iterator[TickBlock]:
        """Ticks later than one moment and not later than another, in blocks of a minute."""
        until_msc = min(until_msc, self.now_msc)
        for minute in range(after_msc // 60_000, until_msc // 60_000 + 1):
            block = self._minute(name, minute)
            first, last = (int(block.time_msc.searchsorted(msc, side="right")) for msc in (after_msc, until_msc))
            if last > first:
                yield TickBlock(block.time_msc[first:last], block.bid[first:last], block.ask[first:last])

    def ticks(self, name: str, from_msc: int, until_msc: int, limit: int | None = None) -> Records:
        """Ticks from one moment to another as MetaTrader's records, at most `limit`."""
        from_msc = max(from_msc, self._fine_start * DAY * 1000)
        blocks: list[TickBlock] = []
        found = 0
        for block in self.tick_blocks(name, from_msc - 1, until_msc):
            blocks.append(block)
            found += len(block.time_msc)
            if limit is not None and found >= limit:
                break
        return _tick_records(blocks, self._sources[name].symbol.scale)[:limit]

    def rates(self, name: str, timeframe: int, until: int, count: int | None, since: int = 0) -> Records:
        """Bars, oldest first, that start within `since` to `until` (server seconds); of them the latest `count`."""
        chunks: list[Records] = []
        starts = 0
        previous: int | None = None
        # The last bar is complete up to now even where `until` lies inside it.
        end = self.now_msc // 1000
        for rows in self._chunks_back(name, timeframe, end):
            chunks.append(rows)
            periods = np.unique(period_starts(rows["time"], timeframe))
            wanted = periods[periods <= until]
            starts += len(wanted) - (previous in wanted)
            previous = int(periods[0])
            if (count is not None and starts > count) or rows["time"][0] < since - 31 * DAY:
                break
        if not chunks:
            return np.zeros(0, RATE_DTYPE)
        bars = aggregate(np.concatenate(chunks[::-1]), timeframe)
        bars = bars[(bars["time"] <= until) & (bars["time"] >= since)]
        return bars if count is None else bars[max(len(bars) - count, 0) :]

    def _chunks_back(self, name: str, timeframe: int, end: int) -> Iterator[Records]:
        """Rows before now, latest chunk first, fine enough for the time frame; never an empty one."""
        coarse = bool(timeframe & 0xC000)
        today = end // DAY
        for day in range(today, self._fine_start - 1, -1):
            rows = self._day_hours_of(name, day) if coarse and day < today else self._day_rows(name, day)
            if len(rows):
                yield rows
        if not coarse:
            return
        hour = self._fine_start * 24
        first = hour - HISTORY_YEARS * 8766
        for block in range(hour // BLOCK_HOURS, first // BLOCK_HOURS - 1, -1):
            rows = self._sources[name].hours(block)
            rows = rows[(rows["time"] < hour * HOUR) & (rows["time"] >= first * HOUR)]
            if len(rows):
                yield rows

    def _day_rows(self, name: str, day: int) -> Records:
        """Minute bars of a day up to now, the last one as far as it has come."""
        if not self._day_open(name, day):
            return np.zeros(0, RATE_DTYPE)
        rows = self._sources[name].day(day)
        for start, end in self.closures:
            inside = (rows["time"] * 1000 + 60_000 > start) & (rows["time"] * 1000 < end)
            if inside.any():
                borders = {edge // 60_000 for edge in (start, end) if edge < _FOREVER}
                edges = [self._bar(name, minute) for minute in sorted(borders)]
                edges = [bar for bar in edges if len(bar) and bar["time"][0] // DAY == day]
                rows = np.sort(np.concatenate((rows[~inside], *edges)), order="time")
        minute = self.now_msc // 60_000
        if not len(rows) or rows["time"][-1] < minute * 60:
            return rows
        return np.concatenate((rows[rows["time"] < minute * 60], self._bar(name, minute)))

    def _bar(self, name: str, minute: int) -> Records:
        block = self._minute_until_now(name, minute)
        return bars_of_ticks(block.time_msc, block.bid, block.ask, self._sources[name].symbol.scale)

    def _day_hours_of(self, name: str, day: int) -> Records:
        key = (name, day)
        rows = self._day_hours.get(key)
        if rows is None:
            rows = aggregate(self._day_rows(name, day), TIMEFRAME_H1)
            self._day_hours[key] = rows
        return rows


def _tick_records(blocks: list[TickBlock], scale: int) -> Records:
    count = sum(len(block.time_msc) for block in blocks)
    records = np.zeros(count, TICK_DTYPE)
    if not count:
        return records
    times, bid, ask = (
        np.concatenate([getattr(block, name) for block in blocks]) for name in ("time_msc", "bid", "ask")
    )
    records["time"], records["time_msc"] = times // 1000, times
    records["bid"], records["ask"] = bid / scale, ask / scale
    changed_bid, changed_ask = _changed(bid), _changed(ask)
    records["flags"] = np.where(changed_bid, 2, 0) + np.where(changed_ask, 4, 0)
    records["flags"][records["flags"] == 0] = 6
    return records


def _changed(prices: Integers) -> Integers:
    return np.concatenate(([True], prices[1:] != prices[:-1])).astype(np.int64)
