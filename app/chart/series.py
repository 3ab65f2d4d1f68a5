"""The bars of one symbol and timeframe: cleaned, extended by ticks, merged with what the terminal sends later."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from agent_core.protocol.market import TIMEFRAME_SECONDS, Timeframe
from agent_core.terminal.models import BAR_DTYPE, Bars
from app.chart.columns import ROOM

_PRICES = ("open", "high", "low", "close")
#: Bars looked at together: few enough to stay in the processor's cache.
_CHUNK = 16384


class Merged(NamedTuple):
    """What merging bars has done: how many now stand before the old ones, and the first bar that may differ."""

    before: int
    first: int


def clean_bars(bars: Bars) -> Bars:
    """Returns bars that can be drawn: ascending times without repeats, finite positive prices, high and low outermost.

    A broker's history may hold anything; of bars with the same time the last one counts. Bars that are clean already
    are returned as they are, not copied.
    """
    if len(bars) == 0:
        return np.empty(0, BAR_DTYPE)
    if bars.dtype == BAR_DTYPE and _is_clean(bars):
        return bars
    usable = bars["time"] > 0
    for name in _PRICES:
        usable &= np.isfinite(bars[name]) & (bars[name] > 0)
    kept = bars[usable]
    newest_first = kept[::-1]
    _, positions = np.unique(newest_first["time"], return_index=True)
    clean = newest_first[positions].astype(BAR_DTYPE)
    stacked = np.stack([clean[name] for name in _PRICES]) if len(clean) else np.empty((4, 0))
    clean["high"], clean["low"] = stacked.max(axis=0), stacked.min(axis=0)
    clean["volume"] = np.maximum(clean["volume"], 0)
    return clean


def _is_clean(bars: Bars) -> bool:
    previous = 0
    for start in range(0, len(bars), _CHUNK):
        part = bars[start : start + _CHUNK]
        times = np.ascontiguousarray(part["time"])
        opens, highs, lows, closes = (np.ascontiguousarray(part[name]) for name in _PRICES)
        # A NaN fails every comparison.
        good = (lows > 0) & (lows <= opens) & (lows <= closes) & (highs >= opens) & (highs >= closes)
        good &= highs < np.inf
        ascending = times[0] > previous and bool((times[1:] > times[:-1]).all())
        if not (ascending and good.all() and (part["volume"] >= 0).all()):
            return False
        previous = int(times[-1])
    return True


def bar_start(last_start: int, timeframe: Timeframe, at: int) -> int:
    """Returns the start of the bar that holds the time `at`, given the start of any earlier bar (epoch seconds UTC).

    Starts are counted from a known bar, not from midnight UTC: a broker's days begin at its own midnight.
    """
    if timeframe != "MN1":
        step = TIMEFRAME_SECONDS[timeframe]
        return last_start + max(0, at - last_start) // step * step
    start = last_start
    while (following := _next_month(start)) <= at:
        start = following
    return start


def _next_month(start: int) -> int:
    moment = datetime.fromtimestamp(start, UTC)
    first = (moment + timedelta(hours=12)).replace(day=1, hour=0, minute=0, second=0)
    server_offset = first - moment
    following = (first + timedelta(days=32)).replace(day=1)
    return int((following - server_offset).timestamp())


class BarSeries:
    """Bars of one symbol and timeframe, oldest first. The array has spare room at its end, so a tick copies nothing.

    The bars it is given become its own where they can be drawn as they are: whoever made them must not change them.
    """

    def __init__(self, timeframe: Timeframe, bars: Bars | None = None) -> None:
        self.timeframe = timeframe
        self._store = np.empty(0, BAR_DTYPE)
        self._count = 0
        if bars is not None:
            self._adopt(clean_bars(bars))

    def __len__(self) -> int:
        return self._count

    @property
    def bars(self) -> Bars:
        """The bars, as a view that the next change may outdate."""
        return self._store[: self._count]

    def apply_tick(self, bid: float, at: int) -> bool | None:
        """Takes a bid at epoch second `at` into the last bar or a new one.

        Returns:
            True when a bar was added, False when the last bar changed, None when the tick was ignored.
        """
        if self._count == 0 or not np.isfinite(bid) or bid <= 0:
            return None
        last = self._store[self._count - 1]
        if at < last["time"]:
            return None
        start = bar_start(int(last["time"]), self.timeframe, at)
        if start > last["time"]:
            self._append(np.array([(start, bid, bid, bid, bid, 1, 0)], BAR_DTYPE))
            return True
        last["high"], last["low"] = max(last["high"], bid), min(last["low"], bid)
        last["close"] = bid
        last["volume"] += 1
        return False

    def merge(self, bars: Bars) -> Merged:
        """Takes bars of the terminal in: they replace ours of the same time."""
        fresh = clean_bars(bars)
        if len(fresh) == 0:
            return Merged(0, self._count)
        if self._count == 0:
            self._adopt(fresh)
            return Merged(0, 0)
        before = int(np.searchsorted(fresh["time"], self._store["time"][0]))
        # Bars older than the first fresh one stay as they are.
        kept = int(np.searchsorted(self.bars["time"], fresh["time"][0]))
        tail = clean_bars(np.concatenate((self.bars[kept:], fresh)))
        if kept:
            self._count = kept
            self._append(tail)
        else:
            self._adopt(tail)
        return Merged(before, kept)

    def _append(self, bars: Bars) -> None:
        wanted = self._count + len(bars)
        if wanted > len(self._store):
            store = np.empty(wanted + min(ROOM, max(256, wanted // 8)), BAR_DTYPE)
            store[: self._count] = self.bars
            self._store = store
        self._store[self._count : wanted] = bars
        self._count = wanted

    def _adopt(self, bars: Bars) -> None:
        self._store, self._count = bars if bars.flags.writeable else bars.copy(), len(bars)
