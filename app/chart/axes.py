"""Where the axes put their ticks, and what stands beside them. Pure arithmetic, no Qt."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.formatting import month

Times = npt.NDArray[np.int64]
Slot = Callable[[int], float]

_DAY = 86400
#: Steps of the time axis in seconds, up to a week; above it calendar months count.
_STEPS = (60, 300, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, _DAY, 7 * _DAY)
_MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120)
_MONDAY = 4 * _DAY  # the first Monday of the epoch


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A label of the time axis at bar number `index`; `major` where a new day (month, year) begins."""

    index: int
    text: str
    major: bool


def price_step(low: float, high: float, most: int, smallest: float) -> float:
    """Returns a round step (1, 2 or 5 times a power of ten) that gives at most `most` ticks, never below `smallest`."""
    raw = max((high - low) / max(1, most), smallest)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    for factor in (1.0, 2.0, 5.0, 10.0):
        if factor * magnitude >= raw * (1 - 1e-9):
            return factor * magnitude
    return 10.0 * magnitude


def price_ticks(low: float, high: float, most: int, point: float) -> list[float]:
    """Returns round prices within [low, high], ascending; empty for a range that makes no sense."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 1:
        return []
    step = price_step(low, high, most, point if math.isfinite(point) and point > 0 else (high - low) / most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def time_ticks(
    times: Times, first: int, last: int, pitch: float, *, room: float, offset: int = 0, slot: Slot = float
) -> list[TimeTick]:
    """Returns labels for the bars `first` to `last`, at least `room` pixels apart at `pitch` pixels a slot.

    A label stands at the first bar at or after its round time.

    Args:
        times: Starts of all bars, epoch seconds UTC, ascending.
        first: Number of the first visible bar.
        last: Number of the last visible bar.
        pitch: Width of a bar in pixels.
        room: Least distance of two labels in pixels.
        offset: Seconds added to UTC for what the labels show.
        slot: The slot of a bar; unless told otherwise closed hours take no room, and it is the bar's number.
    """
    first, last = max(0, first), min(len(times) - 1, last)
    if first > last or pitch <= 0:
        return []
    span = int(times[last] - times[first])
    labels = max(1, int((slot(last) - slot(first) + 1) * pitch / room))
    bounds = _bounds(int(times[first]) + offset, int(times[last]) + offset, span / labels)
    # Bisected one by one: numpy would copy a million times when they are a column of bars.
    indices = (bisect_left(times, bound - offset, first, last + 1) for bound in bounds)
    ticks: list[TimeTick] = []
    previous = _moment(int(times[first]) + offset)
    for index in dict.fromkeys(index for index in indices if index <= last):
        moment = _moment(int(times[index]) + offset)
        tick = TimeTick(index, *_label(moment, previous, intraday=span / labels < _DAY))
        previous = moment
        if ticks and (slot(tick.index) - slot(ticks[-1].index)) * pitch < room:
            if not tick.major or ticks[-1].major:
                continue
            ticks.pop()
        ticks.append(tick)
    return _spaced(ticks, pitch, room, slot)


def _spaced(ticks: list[TimeTick], pitch: float, room: float, slot: Slot) -> list[TimeTick]:
    # A major label may have pushed out its neighbour and now stand too near the one before that.
    kept: list[TimeTick] = []
    for tick in ticks:
        if not kept or (slot(tick.index) - slot(kept[-1].index)) * pitch >= room:
            kept.append(tick)
    return kept


def _bounds(start: int, end: int, seconds: float) -> Iterator[int]:
    step = next((s for s in _STEPS if s >= seconds), None)
    if step is not None:
        base = _MONDAY if step == 7 * _DAY else 0
        yield from range(base + -(-(start - base) // step) * step, end + 1, step)
        return
    months = next((m for m in _MONTH_STEPS if m * 30 * _DAY >= seconds), _MONTH_STEPS[-1])
    moment = _moment(start)
    number = -(-(moment.year * 12 + moment.month - 1) // months) * months
    while number // 12 < 9999:
        bound = int(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp())
        if bound > end:
            return
        yield bound
        number += months


@lru_cache(maxsize=4096)
def _moment(seconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=max(0, min(seconds, 250_000_000_000)))


@lru_cache(maxsize=4096)
def _label(moment: datetime, previous: datetime, *, intraday: bool) -> tuple[str, bool]:
    if moment.year != previous.year:
        return f"{moment:%Y}", True
    if intraday and moment.date() == previous.date():
        return f"{moment:%H:%M}", False
    if moment.month != previous.month and not intraday:
        return month(moment), True
    return f"{moment.day} {month(moment)}", intraday
