"""Closed hours on the time axis: by the user's choice they take no room, or the room their time would take."""

from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from agent_core.protocol.market import TIMEFRAME_SECONDS, Timeframe
from app.chart.columns import Floats

#: Months differ in length, and a week has no closed weeks in it.
_WITHOUT_GAPS = {"W1", "MN1"}


class Gaps:
    """Maps bar numbers to slots of the time axis and back.

    While it is empty a bar's slot is its number. Filled, every interval without a bar has an empty slot. What it costs
    follows the number of gaps (about one a week), not the number of bars.
    """

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._extra: list[int] = []
        self._arrays: tuple[npt.NDArray[np.int64], Floats] | None = None

    def fill(self, times: npt.NDArray[np.int64], timeframe: Timeframe, first: int = 0) -> None:
        """Gives the missing intervals their slots, from bar `first` on; `times` are ascending epoch seconds."""
        keep = bisect_right(self._starts, first) if first else 0
        del self._starts[keep:], self._extra[keep:]
        self._arrays = None
        if timeframe in _WITHOUT_GAPS:
            return
        begin = max(0, first)
        # A change of the broker's clock moves bars by an hour: intervals are rounded.
        missing = np.rint(np.diff(times[begin:]) / TIMEFRAME_SECONDS[timeframe]).astype(np.int64) - 1
        places = np.flatnonzero(missing > 0)
        total = self._extra[-1] if self._extra else 0
        self._starts += (places + begin + 1).tolist()
        self._extra += (total + np.cumsum(missing[places])).tolist()

    def clear(self) -> None:
        """Gives closed hours no room."""
        self._starts, self._extra, self._arrays = [], [], None

    def slot(self, index: float) -> float:
        """Returns the slot of a bar; beyond the bars, slots and numbers go on in step."""
        at = bisect_right(self._starts, index)
        return index + self._extra[at - 1] if at else index

    def slots(self, indices: Floats) -> Floats:
        """Returns the slots of many bars."""
        if not self._starts:
            return indices
        if self._arrays is None:
            self._arrays = np.array(self._starts), np.array([0, *self._extra], dtype=np.float64)
        starts, extra = self._arrays
        return indices + extra[np.searchsorted(starts, indices, side="right")]

    def index(self, slot: float) -> float:
        """Returns the (fractional) bar number at a slot; within a gap the bar before it."""
        if not self._starts:
            return slot
        low, high = 0, len(self._starts)
        while low < high:
            middle = (low + high) // 2
            if self._starts[middle] + self._extra[middle] <= slot:
                low = middle + 1
            else:
                high = middle
        index = slot - self._extra[low - 1] if low else slot
        return min(index, self._starts[low] - 0.51) if low < len(self._starts) else index
