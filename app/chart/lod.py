"""Level of detail: a pyramid of bars, each level one quarter of the one below, so a frame costs pixels, not bars."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent_core.terminal.models import Bars

FACTOR = 4
_FIELDS = ("open", "high", "low", "close", "volume")
Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Level:
    """Buckets of `FACTOR ** n` bars, aligned to absolute bar numbers so nothing shimmers while panning."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class OhlcPyramid:
    """Summaries of a bar array for every zoom."""

    def __init__(self, bars: Bars) -> None:
        self._build(bars)

    def __len__(self) -> int:
        return len(self.levels[0].open)

    def level_for(self, pitch: float, smallest: float = 1.0) -> int:
        """Returns the finest level whose buckets are at least `smallest` pixels wide, `pitch` being a bar's width."""
        level = 0
        while pitch * FACTOR**level < smallest and level + 1 < len(self.levels):
            level += 1
        return level

    def set_last(self, bars: Bars) -> None:
        """Takes over a changed last bar, or bars added at the end; costs a few steps per level."""
        known = len(self)
        if known == 0 or len(bars) < known or len(bars) - known > FACTOR:
            self._build(bars)
            return
        if len(bars) > known:
            self._extend(bars, known)
        self._refresh_tail(bars, known - 1)

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
                return min(low, float(level.low[part].min())), max(high, float(level.high[part].max()))
            for start, stop in ((first, inner_first), (inner_last + 1, last + 1)):
                if start < stop:
                    part = slice(start // size, -(-stop // size))
                    low, high = min(low, float(level.low[part].min())), max(high, float(level.high[part].max()))
            first, last = inner_first, inner_last
        return low, high

    def _build(self, bars: Bars) -> None:
        base = Level(*(bars[name].astype(np.float64) for name in _FIELDS))
        self.levels = [base]
        while len(self.levels[-1].open) > FACTOR:
            self.levels.append(_summary(self.levels[-1]))

    def _extend(self, bars: Bars, known: int) -> None:
        added = bars[known:]
        base = self.levels[0]
        for name in _FIELDS:
            setattr(base, name, np.concatenate((getattr(base, name), added[name].astype(np.float64))))
        for number in range(1, len(self.levels)):
            level, wanted = self.levels[number], -(-len(bars) // FACTOR**number)
            for name in _FIELDS:
                values = getattr(level, name)
                setattr(level, name, np.concatenate((values, np.zeros(wanted - len(values)))))
        if len(self.levels[-1].open) > FACTOR:
            self.levels.append(_summary(self.levels[-1]))

    def _refresh_tail(self, bars: Bars, start: int) -> None:
        base = self.levels[0]
        for name in _FIELDS:
            getattr(base, name)[start:] = bars[name][start:]
        for number in range(1, len(self.levels)):
            first = start // FACTOR**number
            below, level = self.levels[number - 1], self.levels[number]
            tail = slice(first * FACTOR, None)
            part = _summary(Level(*(getattr(below, n)[tail] for n in _FIELDS)))
            for name in _FIELDS:
                getattr(level, name)[first:] = getattr(part, name)


def _summary(level: Level) -> Level:
    count = len(level.open)
    starts = np.arange(0, count, FACTOR)
    ends = np.minimum(starts + FACTOR, count) - 1
    return Level(
        open=level.open[starts],
        high=np.maximum.reduceat(level.high, starts),
        low=np.minimum.reduceat(level.low, starts),
        close=level.close[ends],
        volume=np.add.reduceat(level.volume, starts),
    )
