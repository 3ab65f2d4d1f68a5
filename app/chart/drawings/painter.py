"""Draws drawings and finds the one under the pointer."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.chart.drawings.model import Drawing, TimeGrid, Tool
from app.chart.style import ChartStyle, TextCache
from app.chart.viewport import Viewport

FIBONACCI = (0.0, 0.236, 0.382, 0.5, 0.618, 0.786, 1.0)
GRIP = 5.0
_HANDLE = 4.0
#: Far enough for every line that leaves the plot, near enough for the rasteriser.
_FAR = 20_000.0


@dataclass(frozen=True, slots=True)
class Measures:
    """What a ruler and the labels need to know of the symbol; `money` says what a way from price to price is worth."""

    digits: int
    pip: float
    money: Callable[[float, float], str] = lambda _first, _second: ""


class DrawingPainter:
    """Places drawings through a view."""

    def __init__(self, view: Viewport, grid: TimeGrid, measures: Measures, texts: TextCache) -> None:
        self._view, self._grid, self._measures, self._texts = view, grid, measures, texts

    def points(self, drawing: Drawing) -> list[QPointF]:
        """Returns where the anchors are."""
        return [
            QPointF(_near(self._view.index_to_x(self._grid.index(a.time))), _near(self._view.price_to_y(a.price)))
            for a in drawing.anchors
        ]

    def handle_at(self, drawing: Drawing, point: QPointF) -> int | None:
        """Returns the number of the anchor under a point."""
        if drawing.tool.anchors == 1:
            return None
        for number, at in enumerate(self.points(drawing)):
            if math.hypot(at.x() - point.x(), at.y() - point.y()) <= GRIP + _HANDLE:
                return number
        return None

    def hits(self, drawing: Drawing, point: QPointF) -> bool:
        """Returns whether a point is on a drawing's lines or its text."""
        if drawing.tool is Tool.TEXT:
            return self.text_box(drawing).contains(point)
        return any(_distance(line, point) <= GRIP for line in self._lines(drawing))

    def text_box(self, drawing: Drawing) -> QRectF:
        """Returns where a text stands: right of its anchor, around its price."""
        at = self.points(drawing)[0]
        return QRectF(at.x(), at.y() - 10, self._texts.width(drawing.text) + 12, 20)

    def draw(self, painter: QPainter, drawing: Drawing, style: ChartStyle, *, chosen: bool) -> None:
        """Draws one; a chosen one is heavier and shows its anchors."""
        colour = style.colour(drawing.colour)
        points = self.points(drawing)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        if drawing.tool in (Tool.RECTANGLE, Tool.RULER):
            tint = QColor(colour)
            tint.setAlphaF(0.10)
            painter.fillRect(QRectF(points[0], points[1]).normalized(), tint)
        pen = QPen(colour, 2.0 if chosen else 1.3)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        if lines := self._lines(drawing):
            painter.drawLines(lines)
        if chosen and drawing.tool is Tool.TEXT:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.text_box(drawing), 3, 3)
        elif chosen:
            painter.setBrush(style.background)
            for point in points:
                painter.drawEllipse(point, _HANDLE, _HANDLE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        self._draw_texts(painter, drawing, points, style)

    def _lines(self, drawing: Drawing) -> list[QLineF]:
        points, width = self.points(drawing), self._view.width
        if drawing.tool is Tool.TEXT:
            return []
        if drawing.tool is Tool.HORIZONTAL:
            return [QLineF(0, points[0].y(), width, points[0].y())]
        first, second = points
        if drawing.tool is Tool.TREND:
            return [QLineF(first, second)]
        if drawing.tool is Tool.RAY:
            return [QLineF(first, _beyond(first, second))]
        rect = QRectF(first, second).normalized()
        if drawing.tool is Tool.FIBONACCI:
            return [
                QLineF(first, second),
                *(QLineF(rect.left(), y, rect.right(), y) for y in (self._level_y(drawing, s) for s in FIBONACCI)),
            ]
        corners = (rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft())
        return [QLineF(corners[n], corners[(n + 1) % 4]) for n in range(4)]

    def _level_price(self, drawing: Drawing, share: float) -> float:
        first, second = drawing.anchors
        return second.price + (first.price - second.price) * share

    def _level_y(self, drawing: Drawing, share: float) -> float:
        return _near(self._view.price_to_y(self._level_price(drawing, share)))

    def _draw_texts(self, painter: QPainter, drawing: Drawing, points: list[QPointF], style: ChartStyle) -> None:
        digits, texts = self._measures.digits, self._texts
        if drawing.tool is Tool.TEXT:
            painter.fillRect(self.text_box(drawing).adjusted(1, 1, -1, -1), style.background)
            texts.draw(painter, points[0].x() + 6, points[0].y(), drawing.text, style.colour(drawing.colour))
        elif drawing.tool is Tool.HORIZONTAL:
            texts.draw(painter, 10, points[0].y() - 9, f"{drawing.anchors[0].price:.{digits}f}", style.dim)
        elif drawing.tool is Tool.FIBONACCI:
            left = min(point.x() for point in points) + 4
            for share in FIBONACCI:
                text = f"{share * 100:.1f} %  {self._level_price(drawing, share):.{digits}f}"
                texts.draw(painter, left, self._level_y(drawing, share) - 8, text, style.dim)
        elif drawing.tool is Tool.RULER:
            text = self.ruler_text(drawing)
            middle, foot = (points[0].x() + points[1].x()) / 2, max(point.y() for point in points) + 14
            width = texts.width(text) + 16
            left = max(2.0, min(middle - width / 2, self._view.width - width - 2))
            painter.fillRect(QRectF(left, foot - 10, width, 20), style.raised)
            texts.draw(painter, left + 8, foot, text, style.text)

    def ruler_text(self, drawing: Drawing) -> str:
        """Returns what a ruler measures: pips, percent, money for the ticket's size, bars and time."""
        first, second = drawing.anchors
        pips = (second.price - first.price) / self._measures.pip
        percent = (second.price / first.price - 1) * 100 if first.price else 0.0
        bars = round(self._grid.index(second.time) - self._grid.index(first.time))
        seconds = abs(second.time - first.time)
        days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
        length = " ".join(f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n) or "0 min"
        measured = [f"{pips:+.1f} pips", f"{percent:+.2f} %", self._measures.money(first.price, second.price)]
        return "   ".join(filter(None, (*measured, f"{bars} bars", length))).replace("-", "−")


def _near(pixels: float) -> float:
    return min(_FAR, max(-_FAR, pixels))


def _beyond(first: QPointF, second: QPointF) -> QPointF:
    dx, dy = second.x() - first.x(), second.y() - first.y()
    length = math.hypot(dx, dy)
    return second if length == 0 else QPointF(first.x() + dx / length * _FAR, first.y() + dy / length * _FAR)


def _distance(line: QLineF, point: QPointF) -> float:
    dx, dy = line.dx(), line.dy()
    square = dx * dx + dy * dy
    share = 0.0 if square == 0 else ((point.x() - line.x1()) * dx + (point.y() - line.y1()) * dy) / square
    share = min(1.0, max(0.0, share))
    return math.hypot(line.x1() + share * dx - point.x(), line.y1() + share * dy - point.y())
