"""Heikin Ashi: bars smoothed by their own past."""

from itertools import accumulate

import numpy as np

from agent_core.terminal.models import BAR_DTYPE, Bars
from app.chart.lod import OhlcPyramid


class HeikinAshi:
    """The smoothed bars of a series and their pyramid, computed from any bar on."""

    def __init__(self) -> None:
        self._store = np.empty(0, BAR_DTYPE)
        self.pyramid = OhlcPyramid(self._store)

    def update(self, bars: Bars, start: int) -> None:
        """Takes over bars that differ from bar `start` on."""
        count = len(bars)
        if count > len(self._store):
            store = np.empty(count + max(256, count // 8), BAR_DTYPE)
            store[:start] = self._store[:start]
            self._store = store
        made, part = self._store[start:count], bars[start:]
        closes = (part["open"] + part["high"] + part["low"] + part["close"]) / 4
        opens = np.empty(count - start)
        if count > start:
            row = self._store[start - 1] if start else part[0]
            opening = (float(row["open"]) + float(row["close"])) / 2
            steps = accumulate(closes[:-1].tolist(), lambda last, close: (last + close) / 2, initial=opening)
            opens[:] = np.fromiter(steps, np.float64, count - start)
        made["time"], made["volume"], made["spread"] = part["time"], part["volume"], part["spread"]
        made["open"], made["close"] = opens, closes
        made["high"] = np.maximum(part["high"], np.maximum(opens, closes))
        made["low"] = np.minimum(part["low"], np.minimum(opens, closes))
        self.pyramid.update(self._store[:count], start)
