"""Level of detail: a pyramid of bars, each level one quarter of the one below, so a frame costs pixels, not bars."""

from typing import Protocol

import numpy as np

from agent_core.terminal.models import Bars
from app.chart.columns import Columns, Floats

FACTOR = 4
FIELDS = ("open", "high", "low", "close", "volume")
#: Buckets made together: few enough that the bars below stay in the processor's cache.
_CHUNK = 4096


class Level(Protocol):
    """Buckets of `FACTOR ** n` bars, aligned to absolute bar numbers so nothing shimmers while panning."""

    def __getitem__(self, name: str, /) -> Floats:
        """Returns the column open, high, low, close or volume."""


class OhlcPyramid:
    """Summaries of a bar array for every zoom; the lowest level is the bars themselves."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._upper: list[Columns] = []
        self.levels: list[Level] = [bars]
        self.update(bars, 0)

    def __len__(self) -> int:
        return len(self._bars)

    def level_for(self, pitch: float, smallest: float = 1.0) -> int:
        """Returns the finest level whose buckets are at least `smallest` pixels wide, `pitch` being a bar's width."""
        level = 0
        while pitch * FACTOR**level < smallest and level + 1 < len(self.levels):
            level += 1
        return level

    def update(self, bars: Bars, start: int) -> None:
        """Takes over bars that differ from bar `start` on; for the last bar this costs a few steps per level."""
        self._bars = bars
        below: Level = bars
        count, first, number = len(bars), start, 0
        while count > FACTOR:
            if number == len(self._upper):
                self._upper.append(Columns(FIELDS))
                first = 0
            level = self._upper[number]
            below_count, count, first = count, -(-count // FACTOR), first // FACTOR
            level.resize(count)
            _summarise(below, level, first, below_count)
            below, number = level, number + 1
        del self._upper[number:]
        self.levels = [bars, *self._upper]

    def quote(self, price: float, volume: float) -> None:
        """Takes a quote into the last bucket of each level; the last bar has it already."""
        for level in self._upper:
            level.quote(price, volume)

    def extremes(self, first: int, last: int) -> tuple[float, float] | None:
        """Lowest low and highest high of the bars `first` to `last` (both included), None if there are none."""
        first, last = max(0, first), min(len(self) - 1, last)
        if first > last:
            return None
        low, high = np.inf, -np.inf
        for number, level in enumerate(self.levels):
            size = FACTOR**number
            # Whole buckets of the next level are left to it; the ragged ends are taken here.
            upper = size * FACTOR
            inner_first, inner_last = -(-first // upper) * upper, (last + 1) // upper * upper - 1
            topmost = number + 1 == len(self.levels)
            if topmost or inner_first > inner_last:
                part = slice(first // size, last // size + 1)
                return min(low, float(level["low"][part].min())), max(high, float(level["high"][part].max()))
            for start, stop in ((first, inner_first), (inner_last + 1, last + 1)):
                if start < stop:
                    part = slice(start // size, -(-stop // size))
                    low, high = min(low, float(level["low"][part].min())), max(high, float(level["high"][part].max()))
            first, last = inner_first, inner_last
        return low, high


def _summarise(below: Level, level: Columns, first: int, count: int) -> None:
    """Makes the buckets from `first` on out of the `count` ones below."""
    source = [below[name] for name in FIELDS]
    target = [level[name] for name in FIELDS]
    whole = count // FACTOR
    if whole - first <= 2:
        _summarise_few(source, target, first, count)
        return
    for start in range(first, whole, _CHUNK):
        stop = min(start + _CHUNK, whole)
        opens, highs, lows, closes, volumes = (
            np.ascontiguousarray(values[start * FACTOR : stop * FACTOR]).reshape(-1, FACTOR) for values in source
        )
        target[0][start:stop] = opens[:, 0]
        target[3][start:stop] = closes[:, -1]
        for column, values, together in ((1, highs, np.maximum), (2, lows, np.minimum), (4, volumes, np.add)):
            pairs = together(values[:, :2], values[:, 2:])
            target[column][start:stop] = together(pairs[:, 0], pairs[:, 1])
    _summarise_few(source, target, whole, count)


def _summarise_few(source: list[Floats], target: list[Floats], first: int, count: int) -> None:
    # Plain numbers beat arrays for a handful of bars.
    for bucket in range(first, len(target[0])):
        part = slice(bucket * FACTOR, min(count, (bucket + 1) * FACTOR))
        opens, highs, lows, closes, volumes = (values[part].tolist() for values in source)
        target[0][bucket], target[3][bucket] = opens[0], closes[-1]
        target[1][bucket], target[2][bucket], target[4][bucket] = max(highs), min(lows), sum(volumes)
