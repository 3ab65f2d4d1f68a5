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
        placed, size = self._arrange(index, width)
        for x, y, entry in placed:
            self._part(painter, x, y, entry)
        widest = size[0]
        for pane in panes:
            x = _LEFT
            for entry in self._parts(pane.active, index, pane.text):
                self._part(painter, x, pane.top + FIRST_ROW - 2, entry)
                x += self._width(entry)
            widest = max(widest, x + _SPARE)
        return widest, size[1]

    def size(self, index: int, width: float) -> tuple[float, float]:
        """Returns how much of the plot the legend of a bar takes."""
        return self._arrange(index, width)[1]

    def _arrange(self, index: int, width: float) -> tuple[list[tuple[float, float, Entry]], tuple[float, float]]:
        numbers = self._model.legend(index)
        if numbers is None:
            return [], (0.0, 0.0)
        colour = self._style.up if numbers.close >= numbers.open else self._style.down
        text = self._model.price_text
        prices = (("O", numbers.open), ("H", numbers.high), ("L", numbers.low), ("C", numbers.close))
        blocks: list[list[Entry]] = [[(name, text(price), colour)] for name, price in prices]
        blocks += [self._parts(active, index, text) for active in self._model.indicators if not active.kind.pane]
        x, y, widest = _LEFT, FIRST_ROW, 0.0
        placed: list[tuple[float, float, Entry]] = []
        for block in blocks:
            if x > _LEFT and x + sum(map(self._width, block)) > width:
                x, y = _LEFT, y + ROW
            for entry in block:
                placed.append((x, y, entry))
                x += self._width(entry)
            widest = max(widest, x)
        return placed, (widest + _SPARE, y + ROW - 3)

    def _parts(self, active: ActiveIndicator, index: int, text: Callable[[float], str]) -> list[Entry]:
        parts: list[Entry] = []
        title = active.title
        for output in active.kind.outputs:
            value = active.value_at(output, index)
            if math.isfinite(value):
                ink = self._style.colour(active.colour(output))
                parts.append((f"{title} {output.title}".strip(), text(value), ink))
                title = ""
        return parts

    def _width(self, entry: Entry) -> float:
        name, value, _ = entry
        return self._texts.width(name) + 4 + self._texts.width(value) + _GAP

    def _part(self, painter: QPainter, x: float, y: float, entry: Entry) -> None:
        name, value, colour = entry
        self._texts.draw(painter, x, y, name, self._style.mute)
        self._texts.draw(painter, x + self._texts.width(name) + 4, y, value, colour)
