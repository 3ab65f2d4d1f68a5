"""Seeded prices: minute bars as a pure function of time, and ticks that add up to exactly those bars."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from agent_core.simulator.market.bars import RATE_DTYPE, Integers, Records
from agent_core.simulator.market.clock import DAY, MINUTE, SATURDAY
from agent_core.simulator.market.path import Floats, key_of, uniforms, walk
from agent_core.simulator.market.symbols import SYMBOLS, Symbol

MINUTES_A_DAY = DAY // MINUTE
BLOCK_HOURS = 4096


@dataclass(frozen=True, slots=True)
class TickBlock:
    """Ticks in time order; prices in points."""

    time_msc: Integers
    bid: Integers
    ask: Integers


class SeededSource:
    """Prices of one symbol out of a seed. Times are the server's wall clock."""

    def __init__(self, symbol: Symbol, seed: int, speed: float = 1.0) -> None:
        self.symbol = symbol
        self._speed = speed
        self._seed = seed
        self._key = key_of(seed, symbol.name)
        self._minute_sigma = symbol.daily_volatility / MINUTES_A_DAY**0.5 * speed**0.5
        self.day = lru_cache(maxsize=256)(self._day)
        self.whole_day = lru_cache(maxsize=256)(self._whole_day)
        self.hours = lru_cache(maxsize=64)(self._hours)
        self.ticks = lru_cache(maxsize=128)(self._ticks)

    def _day(self, day: int) -> Records:
        """Minute bars of a day (days since 1970)."""
        opened, closed = self.symbol.session
        return self.whole_day(day)[opened:closed]

    def _whole_day(self, day: int) -> Records:
        """Minute bars of all minutes of a day, those without a session too."""
        minutes = np.arange(day * MINUTES_A_DAY, (day + 1) * MINUTES_A_DAY + 1, dtype=np.int64)
        return self._bars(minutes, 1)

    def _hours(self, block: int) -> Records:
        """Hourly bars of a block of `BLOCK_HOURS` hours, weekends left out."""
        hours = np.arange(block * BLOCK_HOURS, (block + 1) * BLOCK_HOURS + 1, dtype=np.int64)
        rows = self._bars(hours * 60, 60)
        opened, closed = (minutes // 60 * 60 for minutes in self.symbol.session)
        inside = (rows["time"] // 60 % MINUTES_A_DAY >= opened) & (rows["time"] // 60 % MINUTES_A_DAY < closed)
        return rows[((rows["time"] // DAY + 3) % 7 < SATURDAY) & inside]

    def covers(self, day: int) -> bool:
        """Whether prices of a day stand though it be a weekend."""
        del day
        return False

    def _bars(self, edges: Integers, minutes: int) -> Records:
        logs = self._logs(edges)
        start, end, index = logs[:-1], logs[1:], edges[:-1]
        variance = 2.0 * self._minute_sigma**2 * minutes
        reach_up = np.sqrt((end - start) ** 2 - variance * np.log(uniforms(self._key, index, 101)))
        reach_down = np.sqrt((end - start) ** 2 - variance * np.log(uniforms(self._key, index, 102)))
        scale = self.symbol.scale
        rows = np.zeros(len(index), RATE_DTYPE)
        rows["time"] = index * MINUTE
        opens, closes = _points(start, scale), _points(end, scale)
        rows["open"], rows["close"] = opens / scale, closes / scale
        rows["high"] = np.maximum(np.maximum(opens, closes), _points((start + end + reach_up) / 2, scale)) / scale
        rows["low"] = np.minimum(np.minimum(opens, closes), _points((start + end - reach_down) / 2, scale)) / scale
        activity = (100 + 120 * uniforms(self._key, index, 103)) * min(self._speed, 10.0) * minutes
        rows["tick_volume"] = activity.astype(np.uint64)
        rows["spread"] = self.symbol.spread + (3 * uniforms(self._key, index, 104)).astype(np.int32)
        return rows

    def _logs(self, minutes: Integers) -> Floats:
        crossing = self.symbol.legs or self.symbol.over
        legs = self.symbol.legs if crossing else (self.symbol.name,)
        logs = np.zeros(len(minutes))
        for name, sign in (*((leg, 1.0) for leg in legs), *((leg, -1.0) for leg in self.symbol.over)):
            leg = SYMBOLS[name]
            sigma = leg.daily_volatility / MINUTES_A_DAY**0.5 * self._speed**0.5
            logs += sign * (np.log(leg.price) + sigma * _trading_walk(key_of(self._seed, name), minutes))
        return logs

    def _ticks(self, minute: int) -> TickBlock:
        """Ticks of a minute (minutes since 1970)."""
        if not self.symbol.in_session(minute * MINUTE):
            return TickBlock(*(np.zeros(0, np.int64) for _ in range(3)))
        row = self.whole_day(minute // MINUTES_A_DAY)[minute % MINUTES_A_DAY]
        random = np.random.default_rng([self._key, minute])
        count = int(row["tick_volume"])
        scale = self.symbol.scale
        opening, high, low, closing = (round(float(row[name]) * scale) for name in ("open", "high", "low", "close"))
        turns = np.sort(random.choice(np.arange(1, count - 1), 2, replace=False))
        extremes = (low, high) if closing >= opening else (high, low)
        marks = np.array([0, turns[0], turns[1], count - 1])
        bid = np.interp(np.arange(count), marks, (opening, *extremes, closing))
        bid += random.normal(0.0, max((high - low) / 12.0, 0.4), count)
        bid = np.clip(np.rint(bid), low, high)
        bid[marks] = (opening, *extremes, closing)
        ticks = bid.astype(np.int64)
        spread = int(row["spread"]) + np.minimum(random.geometric(0.6, count) - 1, 6)
        spread[int(random.integers(count))] = int(row["spread"])
        times = np.sort(random.integers(0, 60_000, count)) + minute * 60_000
        times[0] = minute * 60_000 + int(random.integers(0, 250))
        times.sort()
        return TickBlock(times, ticks, ticks + spread)


def _trading_walk(key: int, minutes: Integers) -> Floats:
    """The walk in trading time: it stands still over weekends, on which a walk of their own leads back to its start."""
    week = (minutes // MINUTES_A_DAY + 3) // 7
    start = (7 * week - 3) * MINUTES_A_DAY
    elapsed = minutes - start
    closing = SATURDAY * MINUTES_A_DAY
    total = walk(key, week * closing + np.minimum(elapsed, closing))
    weekend = elapsed > closing
    if weekend.any():
        begin, end = start[weekend] + closing, start[weekend] + 7 * MINUTES_A_DAY
        share = (elapsed[weekend] - closing) / (2 * MINUTES_A_DAY)
        first, last = walk(key, begin), walk(key, end)
        total[weekend] += walk(key, minutes[weekend]) - first - share * (last - first)
    return total


def _points(logs: Floats, scale: int) -> Integers:
    return np.asarray(np.rint(np.exp(logs) * scale), np.int64)
