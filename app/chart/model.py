"""What a chart shows: series, pyramid, indicators, digits. Everything the painters read, nothing they draw with."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from agent_core.protocol.market import Timeframe
from agent_core.terminal.models import Bars
from app.chart.candles import ChartKind
from app.chart.heikin_ashi import HeikinAshi
from app.chart.indicators import ActiveIndicator, IndicatorSpec, Source
from app.chart.lod import OhlcPyramid
from app.chart.series import BarSeries

#: Bars of an indicator that are computed without another thought, and those of one piece of a longer history.
_AT_ONCE, _PIECE = 6000, 4000
#: What a chart shows until the user chooses.
DEFAULT_INDICATORS = (
    IndicatorSpec(key="sma", settings={"period": 20}),
    IndicatorSpec(key="sma", settings={"period": 50}, colours={"value": "accent"}),
)


@dataclass(frozen=True, slots=True)
class Legend:
    """The numbers of one bar for the legend."""

    open: float
    high: float
    low: float
    close: float


class ChartModel:
    """The bars of a chart and what is computed from them, kept in step."""

    def __init__(self) -> None:
        self.symbol = ""
        self.digits = 5
        self.point = 0.00001
        self.kind = ChartKind.CANDLES
        self.series = BarSeries("M15")
        self.pyramid = OhlcPyramid(self.series.bars)
        self.indicators: list[ActiveIndicator] = []
        self.bid: float | None = None
        self.ask: float | None = None
        self._smoothed: HeikinAshi | None = None
        self.set_indicators(DEFAULT_INDICATORS)

    @property
    def timeframe(self) -> Timeframe:
        """The bars' timeframe."""
        return self.series.timeframe

    @property
    def bars(self) -> Bars:
        """The bars, oldest first."""
        return self.series.bars

    @property
    def drawn(self) -> OhlcPyramid:
        """The pyramid that is drawn: the bars', or their Heikin Ashi's."""
        return self._smoothed.pyramid if self._smoothed is not None else self.pyramid

    def __len__(self) -> int:
        return len(self.series)

    def load(self, symbol: str, timeframe: Timeframe, bars: Bars, digits: int, point: float) -> None:
        """Starts over with another symbol or timeframe. Digits and point a broker may send wrongly are repaired.

        The bars become the model's own.
        """
        if symbol != self.symbol:
            self.bid = self.ask = None
        self.symbol = symbol
        self.digits = min(8, max(0, digits))
        self.point = point if np.isfinite(point) and point > 0 else 10.0**-self.digits
        self.series = BarSeries(timeframe, bars)
        self._update(0)

    def merge(self, bars: Bars) -> int:
        """Takes in bars sent later; returns how many now stand before the ones that were there."""
        merged = self.series.merge(bars)
        self._update(merged.first, merged.before)
        return merged.before

    def tick(self, bid: float, ask: float, at: int) -> bool | None:
        """Takes a quote in. Returns what `BarSeries.apply_tick` says."""
        if np.isfinite(bid) and bid > 0:
            self.bid = bid
            self.ask = ask if np.isfinite(ask) and ask > 0 else None
        added = self.series.apply_tick(bid, at)
        if added:
            self._update(len(self) - 1)
        elif added is not None:
            self.pyramid.quote(bid, 1)
            self._derive(len(self) - 1)
        return added

    def set_kind(self, kind: ChartKind) -> None:
        """Chooses how bars are drawn."""
        self.kind = kind
        self._smoothed = HeikinAshi() if kind is ChartKind.HEIKIN_ASHI else None
        if self._smoothed is not None:
            self._smoothed.update(self.bars, 0)

    def set_indicators(self, specs: Iterable[IndicatorSpec]) -> None:
        """Replaces the indicators; those that only changed colour or height are not computed again."""
        known = {(active.spec.key, tuple(active.spec.settings.items())): active for active in self.indicators}
        chosen: list[ActiveIndicator] = []
        for spec in specs:
            repaired = spec.repaired()
            if repaired is None:
                continue
            active = known.pop((repaired.key, tuple(repaired.settings.items())), None)
            if active is None:
                active = ActiveIndicator(repaired)
                source = Source(self.bars, self.timeframe)
                active.begin(source, 0)
                self._work_at_once(active, source)
            active.spec = repaired
            chosen.append(active)
        self.indicators = chosen

    def legend(self, index: int) -> Legend | None:
        """Returns the numbers of a bar as it is drawn, None outside the series."""
        if not 0 <= index < len(self):
            return None
        level = self.drawn.levels[0]
        return Legend(*(float(level[name][index]) for name in ("open", "high", "low", "close")))

    def price_text(self, price: float) -> str:
        """Returns a price with the symbol's digits."""
        return f"{price:.{self.digits}f}"

    @property
    def pending(self) -> bool:
        """Whether indicators are still being computed."""
        return any(not active.complete(len(self)) for active in self.indicators)

    def work(self, seconds: float) -> None:
        """Goes on computing indicators for about so long; the time is for the window's thread to give."""
        until = time.perf_counter() + seconds
        source = Source(self.bars, self.timeframe)
        for active in self.indicators:
            while not active.complete(len(self)):
                active.work(source, _PIECE)
                if time.perf_counter() > until:
                    return

    def _update(self, start: int, before: int = 0) -> None:
        self.pyramid.update(self.bars, start)
        self._derive(start, before)

    def _derive(self, start: int, before: int = 0) -> None:
        if self._smoothed is not None:
            self._smoothed.update(self.bars, start)
        source = Source(self.bars, self.timeframe)
        for active in self.indicators:
            active.begin(source, start, before)
            self._work_at_once(active, source)

    @staticmethod
    def _work_at_once(active: ActiveIndicator, source: Source) -> None:
        # What a frame has time for is computed now, the rest piece by piece.
        if len(source) - active.computed <= _AT_ONCE:
            active.work(source, _AT_ONCE)
