"""The charts that are measured, behind one small interface. Each is imported only in its own process."""

from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

WIDTH, HEIGHT = 1600, 900


class Contender(Protocol):
    """A chart under test; `widget` is painted once per frame."""

    widget: QWidget

    def prepare(self, bars: Any) -> None:
        """Turns the arrays into what the chart takes; not part of its load time."""

    def load(self) -> None:
        """Takes the bars in and shows the window."""

    def settle(self) -> None:
        """Lets what goes on after the first paint come to its end."""

    def show_range(self, first: float, last: float) -> None:
        """Shows the bars `first` to `last` with a fitting price range."""

    def tick(self, close: float) -> None:
        """Changes the newest bar's close."""


class Ours:
    """The product's chart with axes, grid, volume and last price."""

    indicators: tuple[str, ...] = ()

    def __init__(self) -> None:
        from app.chart.indicators import IndicatorSpec
        from app.chart.widget import ChartWidget
        from app.theme import Theme

        theme = Theme()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.install(application)
        self.widget = self.chart = ChartWidget(theme)
        self.widget.resize(WIDTH, HEIGHT)
        self.chart.set_indicators([IndicatorSpec(key=key) for key in self.indicators])

    def prepare(self, bars: Any) -> None:
        self.bars = bars
        self.moment = (int(bars["time"][-1]) + 30) * 1000

    def load(self) -> None:
        self.chart.show_bars("EURUSD", "M1", self.bars, 5, 0.00001)
        self.widget.show()

    def settle(self) -> None:
        while self.chart.model.pending:
            QApplication.processEvents()

    def show_range(self, first: float, last: float) -> None:
        view = self.chart.view
        view.pitch, view.right = view.width / (last - first + 1), last + 0.5
        self.chart.refresh()

    def tick(self, close: float) -> None:
        self.chart.apply_tick(close, close + 0.00002, self.moment)


class OursFull(Ours):
    """The same with three overlays and a pane."""

    indicators = ("sma", "ema", "bollinger", "rsi")


class Finplot:
    """finplot: candles, volume overlay, its own axes and crosshair."""

    def prepare(self, bars: Any) -> None:
        import pandas as pd

        frame = pd.DataFrame({name: bars[name] for name in ("time", "open", "close", "high", "low", "volume")})
        frame["time"] = pd.to_datetime(frame["time"], unit="s")
        self.frame = frame.set_index("time")

    def settle(self) -> None:
        pass

    def load(self) -> None:
        import finplot

        self.finplot = finplot
        self.axis = finplot.create_plot("bench", maximize=False, init_zoom_periods=200)
        self.axis.showGrid(True, True, 0.2)
        self.candles = finplot.candlestick_ochl(self.frame[["open", "close", "high", "low"]], ax=self.axis)
        finplot.volume_ocv(self.frame[["open", "close", "volume"]], ax=self.axis.overlay())
        finplot.show(qt_exec=False)
        self.widget = finplot.windows[-1]
        self.widget.resize(WIDTH, HEIGHT)

    def show_range(self, first: float, last: float) -> None:
        self.axis.vb.update_y_zoom(first, last)

    def tick(self, close: float) -> None:
        self.frame.iloc[-1, self.frame.columns.get_loc("close")] = close
        self.candles.update_data(self.frame[["open", "close", "high", "low"]])


class Vnpy:
    """vnpy's chart widget with its candle and volume items."""

    def prepare(self, bars: Any) -> None:
        from vnpy.trader.constant import Exchange, Interval
        from vnpy.trader.object import BarData

        self.history = [
            BarData(
                gateway_name="b", symbol="EURUSD", exchange=Exchange.OTC, interval=Interval.MINUTE,
                datetime=datetime.fromtimestamp(int(bar[0]), UTC), open_price=bar[1], high_price=bar[2],
                low_price=bar[3], close_price=bar[4], volume=bar[5],
            )
            for bar in bars.tolist()
        ]  # fmt: skip

    def settle(self) -> None:
        pass

    def load(self) -> None:
        from vnpy.chart import CandleItem, ChartWidget, VolumeItem

        self.widget = ChartWidget()
        self.widget.add_plot("candle", hide_x_axis=True)
        self.widget.add_plot("volume", maximum_height=200)
        self.widget.add_item(CandleItem, "candle", "candle")
        self.widget.add_item(VolumeItem, "volume", "volume")
        for plot in self.widget.get_all_plots():
            plot.showGrid(True, True, 0.2)
        self.widget.resize(WIDTH, HEIGHT)
        self.widget.update_history(self.history)
        self.widget.show()

    def show_range(self, first: float, last: float) -> None:
        self.widget._right_ix, self.widget._bar_count = int(last) + 1, int(last - first) + 1
        self.widget._update_x_range()

    def tick(self, close: float) -> None:
        bar = self.history[-1]
        bar.close_price = close
        self.widget.update_bar(bar)


class Example:
    """pyqtgraph's own candlestick example: one recorded picture of all bars, in a plot with axes and grid."""

    def prepare(self, bars: Any) -> None:
        self.bars = bars

    def settle(self) -> None:
        pass

    def load(self) -> None:
        import pyqtgraph as pg

        self.pg = pg
        self.widget = self.plot = pg.PlotWidget()
        self.plot.showGrid(True, True, 0.2)
        self.plot.resize(WIDTH, HEIGHT)
        self.item = self._item()
        self.plot.addItem(self.item)
        self.plot.show()

    def _item(self) -> Any:
        from PySide6.QtCore import QPointF, QRectF
        from PySide6.QtGui import QPainter, QPicture

        pg, bars = self.pg, self.bars

        class CandlestickItem(pg.GraphicsObject):  # type: ignore[misc]
            def __init__(self) -> None:
                pg.GraphicsObject.__init__(self)
                self.picture = QPicture()
                painter = QPainter(self.picture)
                painter.setPen(pg.mkPen("w"))
                names = ("open", "close", "low", "high")
                rows = zip(range(len(bars)), *(bars[name].tolist() for name in names), strict=True)
                for t, opened, close, low, high in rows:
                    painter.drawLine(QPointF(t, low), QPointF(t, high))
                    painter.setBrush(pg.mkBrush("r") if opened > close else pg.mkBrush("g"))
                    painter.drawRect(QRectF(t - 0.3, opened, 0.6, close - opened))
                painter.end()

            def paint(self, painter: Any, *_args: Any) -> None:
                painter.drawPicture(0, 0, self.picture)

            def boundingRect(self) -> Any:  # noqa: N802
                return QRectF(self.picture.boundingRect())

        return CandlestickItem()

    def show_range(self, first: float, last: float) -> None:
        part = self.bars[max(0, int(first)) : int(last) + 1]
        self.plot.setXRange(first, last, padding=0)
        self.plot.setYRange(float(np.min(part["low"])), float(np.max(part["high"])), padding=0.05)

    def tick(self, close: float) -> None:
        self.bars["close"][-1] = close
        self.plot.removeItem(self.item)
        self.item = self._item()
        self.plot.addItem(self.item)


CONTENDERS: dict[str, type[Any]] = {
    "ours": Ours,
    "ours+": OursFull,
    "finplot": Finplot,
    "vnpy": Vnpy,
    "example": Example,
}
