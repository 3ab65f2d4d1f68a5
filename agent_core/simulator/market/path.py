"""A random walk that is a pure function of time, so that any moment can be computed on its own and again.

It is the Lévy construction of Brownian motion: tent functions on dyadic intervals, weighted by Gaussians that are
hashes of (key, level, interval). Intervals longer than `2**LEVELS` minutes carry none, which keeps prices near
their level over years.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from agent_core.simulator.market.bars import Integers

LEVELS = 19

Floats = npt.NDArray[np.float64]
_Words = npt.NDArray[np.uint64]


def key_of(*parts: object) -> int:
    """A 64-bit key made of anything printable."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "little")


def _mix(words: _Words) -> _Words:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def uniforms(key: int, index: Integers, stream: int) -> Floats:
    """Numbers in (0, 1], one per index, the same for the same key, index and stream."""
    start = np.uint64((key + stream * 0xD1B54A32) % 2**64)
    words = _mix(index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start)
    return (np.asarray(_mix(words) >> np.uint64(11), np.float64) + 1.0) * 2.0**-53


def _gaussians(key: int, index: Integers, stream: int) -> Floats:
    radius = np.sqrt(-2.0 * np.log(uniforms(key, index, 2 * stream)))
    return np.asarray(radius * np.cos(2.0 * np.pi * uniforms(key, index, 2 * stream + 1)))


def walk(key: int, minutes: Integers) -> Floats:
    """The walk at whole minutes (ascending), in units of one minute's standard deviation."""
    total = np.zeros(len(minutes))
    for level in range(1, LEVELS + 1):
        length = 1 << level
        interval = minutes >> level
        inside = (minutes & (length - 1)) / length
        tent = 1.0 - np.abs(2.0 * inside - 1.0)
        first, last = int(interval[0]), int(interval[-1])
        if last - first < len(minutes):  # neighbours share an interval: one Gaussian for all of them
            weights = _gaussians(key, np.arange(first, last + 1), level)[interval - first]
        else:
            weights = _gaussians(key, interval, level)
        total += tent * weights * (length**0.5 / 2.0)
    return total
