"""Indicator lines that are drawn over the candles."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def sma(values: Floats, period: int) -> Floats:
    """Simple moving average; the first `period − 1` values are NaN."""
    out = np.full(len(values), np.nan)
    if len(values) >= period:
        total = np.cumsum(values)
        total[period:] = total[period:] - total[:-period]
        out[period - 1 :] = total[period - 1 :] / period
    return out


def sma_last(values: Floats, period: int) -> float:
    """The average's last value, NaN while there are too few."""
    return float(values[-period:].mean()) if len(values) >= period else float("nan")
