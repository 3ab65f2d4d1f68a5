"""Bars as MetaTrader5 gives them, and their aggregation."""

import numpy as np
import numpy.typing as npt

from agent_core.simulator.market.clock import DAY, HOUR

RATE_DTYPE = np.dtype(
    [
        ("time", "i8"), ("open", "f8"), ("high", "f8"), ("low", "f8"), ("close", "f8"), ("tick_volume", "u8"),
        ("spread", "i4"), ("real_volume", "u8"),
    ]
)  # fmt: skip
TICK_DTYPE = np.dtype(
    [
        ("time", "i8"), ("bid", "f8"), ("ask", "f8"), ("last", "f8"), ("volume", "u8"), ("time_msc", "i8"),
        ("flags", "u4"), ("volume_real", "f8"),
    ]
)  # fmt: skip

Records = npt.NDArray[np.void]
Integers = npt.NDArray[np.int64]


def period_starts(times: Integers, timeframe: int) -> Integers:
    """Start of the bar each time (server seconds) belongs to."""
    if timeframe == 0xC001:
        months = times.astype("datetime64[s]").astype("datetime64[M]")
        return months.astype("datetime64[s]").astype(np.int64)
    if timeframe & 0x8000:  # weeks start on Sunday; 1970-01-04 was one
        return (times - 3 * DAY) // (7 * DAY) * (7 * DAY) + 3 * DAY
    seconds = (timeframe & 0x3FFF) * (HOUR if timeframe & 0x4000 else 60)
    return times // seconds * seconds


def aggregate(rows: Records, timeframe: int) -> Records:
    """Combines bars, oldest first, into bars of a longer time frame."""
    if len(rows) == 0:
        return rows
    starts = period_starts(rows["time"], timeframe)
    first = np.flatnonzero(np.concatenate(([True], starts[1:] != starts[:-1])))
    last = np.concatenate((first[1:], [len(rows)])) - 1
    result = np.zeros(len(first), RATE_DTYPE)
    result["time"] = starts[first]
    result["open"] = rows["open"][first]
    result["close"] = rows["close"][last]
    result["high"] = np.maximum.reduceat(rows["high"], first)
    result["low"] = np.minimum.reduceat(rows["low"], first)
    result["tick_volume"] = np.add.reduceat(rows["tick_volume"], first)
    result["spread"] = np.minimum.reduceat(rows["spread"], first)
    return result


def bars_of_ticks(time_msc: Integers, bid: Integers, ask: Integers, scale: int, seconds: int = 60) -> Records:
    """Aggregates ticks (prices in points) into bars of a minute or of `seconds`."""
    if len(time_msc) == 0:
        return np.zeros(0, RATE_DTYPE)
    starts = time_msc // (1000 * seconds) * seconds
    first = np.flatnonzero(np.concatenate(([True], starts[1:] != starts[:-1])))
    edges = np.concatenate((first, [len(starts)]))
    result = np.zeros(len(first), RATE_DTYPE)
    result["time"] = starts[first]
    result["open"] = bid[first] / scale
    result["close"] = bid[edges[1:] - 1] / scale
    result["high"] = np.maximum.reduceat(bid, first) / scale
    result["low"] = np.minimum.reduceat(bid, first) / scale
    result["tick_volume"] = np.diff(edges)
    result["spread"] = np.maximum(np.minimum.reduceat(ask - bid, first), 0)
    return result
