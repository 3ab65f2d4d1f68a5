"""Values over a moving window. Every function returns the results from bar `start` on and never depends on it."""

import numpy as np

from app.chart.columns import Floats


def rolling(together: np.ufunc, values: Floats, period: int, start: int, lead: int = 0) -> Floats:
    """Combines the last `period` values at each place; NaN where there are fewer.

    Blocks of `period` values get running results from both ends; a window is the tail of one block and the head of
    the next. No value is ever subtracted again, so nothing drifts, and any stretch can be computed by itself.

    Args:
        together: np.add, np.maximum or np.minimum.
        values: The column from its first value on.
        period: Length of the window.
        start: First place wanted.
        lead: Number of values at the beginning that are not there yet.
    """
    count = len(values)
    first = max(start, lead + period - 1)
    out = np.full(max(0, count - start), np.nan)
    if first >= count:
        return out
    base = (first - period + 1) // period * period
    blocks = -(-(count - base) // period)
    padded = np.zeros(blocks * period)
    padded[: count - base] = values[base:]
    table = padded.reshape(blocks, period)
    heads = together.accumulate(table, axis=1).ravel()
    tails = together.accumulate(table[:, ::-1], axis=1)[:, ::-1].ravel()
    ends = np.arange(first - base, count - base)
    begins = ends - period + 1
    result = together(tails[begins], heads[ends])
    out[first - start :] = np.where(begins % period == 0, heads[ends], result)
    return out


def mean(values: Floats, period: int, start: int, lead: int = 0) -> Floats:
    """Simple average of the last `period` values."""
    return rolling(np.add, values, period, start, lead) / period


def highest(values: Floats, period: int, start: int, lead: int = 0) -> Floats:
    """Greatest of the last `period` values."""
    return rolling(np.maximum, values, period, start, lead)


def lowest(values: Floats, period: int, start: int, lead: int = 0) -> Floats:
    """Least of the last `period` values."""
    return rolling(np.minimum, values, period, start, lead)


def weighted_mean(values: Floats, period: int, start: int) -> Floats:
    """Average in which the newest value counts `period` times and the oldest once."""
    values, start = _tail(values, period, start)
    total = np.zeros(max(0, len(values) - start))
    for back in range(period):
        total += (period - back) * _shifted(values, back, start)
    return total / (period * (period + 1) / 2)


def deviation(values: Floats, means: Floats, period: int, start: int) -> Floats:
    """Standard deviation (of the population) around `means`, which begin at `start`."""
    values, start = _tail(values, period, start)
    total = np.zeros(max(0, len(values) - start))
    for back in range(period):
        distance = _shifted(values, back, start) - means
        total += distance * distance
    return np.sqrt(total / period)


def mean_deviation(values: Floats, means: Floats, period: int, start: int) -> Floats:
    """Mean absolute distance from `means`, which begin at `start`."""
    values, start = _tail(values, period, start)
    total = np.zeros(max(0, len(values) - start))
    for back in range(period):
        total += np.abs(_shifted(values, back, start) - means)
    return total / period


def previous(values: Floats, start: int) -> Floats:
    """The value one bar before, from `start` on; NaN before the first."""
    return _shifted(values, 1, start)


def _tail(values: Floats, period: int, start: int) -> tuple[Floats, int]:
    # The part that is read, side by side in memory, and where `start` is in it.
    first = max(0, start - period)
    return np.ascontiguousarray(values[first:]), start - first


def _shifted(values: Floats, back: int, start: int) -> Floats:
    if start >= back:
        return values[start - back : len(values) - back]
    missing = min(back - start, max(0, len(values) - start))
    return np.concatenate((np.full(missing, np.nan), values[: max(0, len(values) - back)]))
