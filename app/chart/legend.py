"""The legend: the numbers of the bar under the pointer, in the corner of the plot and of each pane."""

import math
from collections.abc import Callable

from PySide6.QtGui import QColor, QPainter

from app.chart.indicators import ActiveIndicator
from app.chart.model import ChartModel
from app.chart.panes import Pane
from app.chart.style import ChartStyle, TextCache

Entry = tuple[str, str, QColor]
#: Middle of the first row, and the distance of the next ones.
FIRST_ROW, ROW = 14.0, 17.0
_LEFT, _GAP = 10.0, 9.0
#: Numbers may get wider with the next quote.
_SPARE = 60.0


class LegendPainter:
    """Writes names in grey and values in the colour of what they belong to."""

    def __init__(self, model: ChartModel, style: ChartStyle, texts: TextCache) -> None:
        self._model, self._style, self._texts = model, style, texts

    def draw(self, painter: QPainter, index: int, panes: list[Pane], width: float) -> tuple[float, float]:
        """Writes the legend of bar `index`; overlays wrap to further rows when `width` ends. Returns its size."""
        numbers = self._model.legend(index)
        if numbers is None:
            return 0.0, 0.0
        x, y = _LEFT, FIRST_ROW
        colour = self._style.up if numbers.close >= numbers.open else self._style.down
        text = self._model.price_text
        prices = (("O", numbers.open), ("H", numbers.high), ("L", numbers.low), ("C", numbers.close))
        for name, price in prices:
            if x > _LEFT and x + self._width(name, text(price)) > width:
                x, y = _LEFT, y + ROW
            x = self._part(painter, x, y, name, text(price), colour)
        widest = x
        for active in self._model.indicators:
            if active.kind.pane:
                continue
            parts = self._parts(active, index, text)
            length = sum(self._width(name, value) for name, value, _ in parts)
            if x > _LEFT and x + length > width:
                x, y = _LEFT, y + ROW
            for name, value, ink in parts:
                x = self._part(painter, x, y, name, value, ink)
            widest = max(widest, x)
        for pane in panes:
            x = _LEFT
            for name, value, ink in self._parts(pane.active, index, pane.text):
                x = self._part(painter, x, pane.top + FIRST_ROW - 2, name, value, ink)
            widest = max(widest, x)
        return widest + _SPARE, y + ROW - 3

    def _parts(
        self, active: ActiveIndicator, index: int, text: Callable[[float], str]
    ) -> list[tuple[str, str, QColor]]:
        parts: list[tuple[str, str, QColor]] = []
        title = active.title
        for output in active.kind.outputs:
            value = active.value_at(output, index)
            if math.isfinite(value):
                ink = self._style.colour(active.colour(output))
                parts.append((f"{title} {output.title}".strip(), text(value), ink))
                title = ""
        return parts

    def _width(self, name: str, value: str) -> float:
        return self._texts.width(name) + 4 + self._texts.width(value) + _GAP

    def _part(self, painter: QPainter, x: float, y: float, name: str, value: str, colour: QColor) -> float:
        self._texts.draw(painter, x, y, name, self._style.mute)
        x += self._texts.width(name) + 4
        self._texts.draw(painter, x, y, value, colour)
        return x + self._texts.width(value) + _GAP
