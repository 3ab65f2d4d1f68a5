"""Averages that are computed from their own last value."""

from itertools import accumulate

import numpy as np

from app.chart.columns import Floats


def smooth(out: Floats, values: Floats, share: float, period: int, start: int, lead: int = 0) -> None:
    """Fills `out` from `start` on with an exponential average that begins as the simple average of `period` values.

    Args:
        out: Column of the average; its values before `start` are read.
        values: Column that is averaged, from its first value on.
        share: Weight of the newest value, 2 / (period + 1) for an EMA, 1 / period for Wilder's average.
        period: Number of values in the first average.
        start: First bar to fill.
        lead: Number of values at the beginning that are not there yet.
    """
    seed = lead + period - 1
    if start <= seed:
        out[start:seed] = np.nan
        if len(out) <= seed:
            return
        out[seed] = float(np.add.accumulate(values[lead : seed + 1])[-1]) / period
        start = seed + 1
    if start < len(out):
        steps = accumulate(
            values[start:].tolist(), lambda last, value: last + share * (value - last), initial=float(out[start - 1])
        )
        next(steps)
        out[start:] = np.fromiter(steps, np.float64, len(out) - start)


def ema(out: Floats, values: Floats, period: int, start: int, lead: int = 0) -> None:
    """Fills `out` with the exponential moving average."""
    smooth(out, values, 2 / (period + 1), period, start, lead)


def wilder(out: Floats, values: Floats, period: int, start: int, lead: int = 0) -> None:
    """Fills `out` with Wilder's average."""
    smooth(out, values, 1 / period, period, start, lead)
