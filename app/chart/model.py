"""What a chart shows: series, pyramid, averages, digits. Everything the painters read, nothing they draw with."""

from dataclasses import dataclass

import numpy as np

from agent_core.protocol.market import Timeframe
from agent_core.terminal.models import Bars
from app.chart.indicators import sma, sma_last
from app.chart.lod import OhlcPyramid
from app.chart.primitives import Floats
from app.chart.series import BarSeries

#: Periods of the moving averages, and the tone each is drawn in.
AVERAGES: dict[int, str] = {20: "warning", 50: "accent"}


@dataclass(frozen=True, slots=True)
class Legend:
    """The numbers of one bar for the legend."""

    open: float
    high: float
    low: float
    close: float
    averages: tuple[tuple[int, float], ...]


class ChartModel:
    """The bars of a chart and what is computed from them, kept in step."""

    def __init__(self) -> None:
        self.symbol = ""
        self.digits = 5
        self.point = 0.00001
        self.series = BarSeries("M15")
        self.pyramid = OhlcPyramid(self.series.bars)
        self.averages: dict[int, Floats] = {period: np.empty(0) for period in AVERAGES}
        self.bid: float | None = None
        self.ask: float | None = None

    @property
    def timeframe(self) -> Timeframe:
        """The bars' timeframe."""
        return self.series.timeframe

    @property
    def bars(self) -> Bars:
        """The bars, oldest first."""
        return self.series.bars

    def __len__(self) -> int:
        return len(self.series)

    def load(self, symbol: str, timeframe: Timeframe, bars: Bars, digits: int, point: float) -> None:
        """Starts over with another symbol or timeframe. Digits and point a broker may send wrongly are repaired."""
        if symbol != self.symbol:
            self.bid = self.ask = None
        self.symbol = symbol
        self.digits = min(8, max(0, digits))
        self.point = point if np.isfinite(point) and point > 0 else 10.0**-self.digits
        self.series = BarSeries(timeframe, bars)
        self._recompute()

    def merge(self, bars: Bars) -> int:
        """Takes in bars sent later; returns how many now stand before the ones that were there."""
        before = self.series.merge(bars)
        self._recompute()
        return before

    def tick(self, bid: float, ask: float, at: int) -> bool | None:
        """Takes a quote in. Returns what `BarSeries.apply_tick` says."""
        if np.isfinite(bid) and bid > 0:
            self.bid = bid
            self.ask = ask if np.isfinite(ask) and ask > 0 else None
        added = self.series.apply_tick(bid, at)
        if added is None:
            return None
        self.pyramid.set_last(self.bars)
        closes = self.pyramid.levels[0].close
        for period, values in self.averages.items():
            if added:
                self.averages[period] = np.append(values, sma_last(closes, period))
            else:
                values[-1] = sma_last(closes, period)
        return added

    def legend(self, index: int) -> Legend | None:
        """Returns the numbers of a bar, None outside the series."""
        if not 0 <= index < len(self):
            return None
        bar = self.bars[index]
        return Legend(
            float(bar["open"]), float(bar["high"]), float(bar["low"]), float(bar["close"]),
            tuple((period, float(values[index])) for period, values in self.averages.items()),
        )  # fmt: skip

    def price_text(self, price: float) -> str:
        """Returns a price with the symbol's digits."""
        return f"{price:.{self.digits}f}"

    def _recompute(self) -> None:
        self.pyramid = OhlcPyramid(self.bars)
        closes = self.pyramid.levels[0].close
        self.averages = {period: sma(closes, period) for period in AVERAGES}
