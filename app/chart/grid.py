"""The grid with the labels of the price, pane and time axes."""

import math

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.chart.axes import TimeTick, price_ticks
from app.chart.panes import Pane
from app.chart.primitives import fill_rects
from app.chart.style import ChartStyle, TextCache
from app.chart.viewport import PriceScale, Viewport

TIME_AXIS_HEIGHT = 26.0


def price_labels(view: Viewport, digits: int, point: float, base: float) -> list[tuple[float, str]]:
    """Returns the prices that get a line and what stands beside them; `base` is where percents are counted from."""
    most = int(view.height / 44)
    if view.scale is PriceScale.PERCENT and base > 0:
        percents = price_ticks((view.low / base - 1) * 100, (view.high / base - 1) * 100, most, 0.0)
        return [(base * (1 + percent / 100), percent_text(percent)) for percent in percents]
    return [(price, f"{price:.{digits}f}") for price in price_ticks(view.low, view.high, most, point)]


def percent_text(percent: float) -> str:
    """Returns a change in percent with its sign."""
    return f"{percent:+.2f} %" if abs(percent) >= 0.005 else "0.00 %"


class GridPainter:
    """Draws grid lines first, then the labels right of and under them."""

    def __init__(self, view: Viewport, style: ChartStyle, texts: TextCache, axis_width: float) -> None:
        self._view, self._style, self._texts, self._axis_width = view, style, texts, axis_width

    def draw(
        self, painter: QPainter, prices: list[tuple[float, str]], times: list[TimeTick], panes: list[Pane]
    ) -> None:
        """Draws everything; the time axis stands under the lowest pane."""
        view, style, texts = self._view, self._style, self._texts
        bottom = panes[-1].top + panes[-1].view.height if panes else view.height
        grid = [(0.0, float(round(view.price_to_y(price))), view.width, 1.0) for price, _ in prices]
        grid += [(float(math.floor(view.index_to_x(tick.index))), 0.0, 1.0, bottom) for tick in times]
        for pane in panes:
            grid += [
                (0.0, float(round(pane.top + pane.view.price_to_y(level))), view.width, 1.0)
                for level in pane.active.kind.levels
                if pane.view.low < level < pane.view.high
            ]
        fill_rects(painter, np.array(grid).reshape(-1, 4), style.grid)
        whole = view.width + self._axis_width
        frame = [(view.width, 0.0, 1.0, bottom), (0.0, bottom, whole, 1.0)]
        frame += [(0.0, pane.top - 1, whole, 1.0) for pane in panes]
        fill_rects(painter, np.array(frame), style.line)
        for price, text in prices:
            y = view.price_to_y(price)
            if 8 <= y <= view.height - 8:
                texts.draw(painter, view.width + 7, y, text, style.mute)
        for pane in panes:
            self._draw_pane_labels(painter, pane)
        for tick in times:
            half = texts.width(tick.text) / 2
            x = view.index_to_x(tick.index)
            if half + 2 <= x <= view.width - half:
                colour = style.dim if tick.major else style.mute
                texts.draw(painter, x - half, bottom + TIME_AXIS_HEIGHT / 2, tick.text, colour)

    def _draw_pane_labels(self, painter: QPainter, pane: Pane) -> None:
        marked = pane.active.kind.levels
        levels = marked or price_ticks(pane.view.low, pane.view.high, max(2, int(pane.view.height / 30)), 0.0)
        for level in levels:
            y = pane.view.price_to_y(level)
            if 7 <= y <= pane.view.height - 7:
                text = f"{level:g}" if marked else pane.text(level)
                self._texts.draw(painter, self._view.width + 7, pane.top + y, text, self._style.mute)


def price_tag(
    painter: QPainter, place: tuple[float, float, float], text: str, fill: QColor, style: ChartStyle, texts: TextCache
) -> None:
    """Draws a filled tag on an axis; `place` is its left edge, its middle and its width."""
    left, middle, width = place
    rect = QRectF(left, round(middle) - 9, width, 18)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    texts.draw(painter, left + 6, rect.center().y(), text, style.on_fill)
