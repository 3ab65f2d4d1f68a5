"""Bars for the chart's bench: a seeded random walk, the same for every contender."""

import numpy as np
import numpy.typing as npt

#: The fields of the product's own bars; peers have no access to its packages.
FIELDS = [
    ("time", "i8"), ("open", "f8"), ("high", "f8"), ("low", "f8"), ("close", "f8"), ("volume", "i8"), ("spread", "i4"),
]  # fmt: skip


def random_walk(count: int, seed: int = 7) -> npt.NDArray[np.void]:
    """Returns M1 bars around 1.08 that never leave it far."""
    rng = np.random.default_rng(seed)
    bars = np.zeros(count, FIELDS)
    bars["time"] = 946_684_800 + np.arange(count) * 60
    drift = np.cumsum(rng.normal(0, 0.00012, count))
    bars["close"] = 1.08 * np.exp(drift - np.linspace(0, drift[-1], count))
    bars["open"] = np.concatenate(([1.08], bars["close"][:-1]))
    top, foot = np.maximum(bars["open"], bars["close"]), np.minimum(bars["open"], bars["close"])
    bars["high"] = top + np.abs(rng.normal(0, 0.00008, count))
    bars["low"] = foot - np.abs(rng.normal(0, 0.00008, count))
    bars["volume"] = rng.integers(20, 900, count)
    return bars
