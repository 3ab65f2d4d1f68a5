"""Balance and equity as curves over time."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import formatting
from app.chart.axes import price_step
from app.language import tr
from app.theme import Theme

_AXIS, _FOOT, _TOP = 84.0, 24.0, 12.0
_LINES = 4
_NOTHING = "The curve begins with the first closed trade."


def round_step(least: float) -> tuple[float, int]:
    """Returns the smallest of 1, 2, 5, 10, ... that is no less, and the digits its multiples are written with."""
    step = price_step(0.0, least, 1, least)
    return step, max(0, -math.floor(math.log10(step) + 1e-9))


class BalanceCurve(QWidget):
    """The balance in steps, and the equity as a line."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("history.curve")
        self.setAccessibleName(tr("Balance and equity over time"))
        self._theme = theme
        self._points: list[tuple[float, float]] = []
        self._equity: list[tuple[float, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(140)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Wide and flat."""
        return QSize(800, 240)

    def show_points(
        self, points: Sequence[tuple[datetime, float]], equity: Sequence[tuple[datetime, float]] = ()
    ) -> None:
        """Shows the balance, and the equity where it is known, oldest first."""
        self._points = [(moment.timestamp(), value) for moment, value in points]
        begin = self._points[0][0] if self._points else 0.0
        known = [(moment.timestamp(), value) for moment, value in equity]
        before = [(begin, value) for at, value in known if at < begin][-1:]  # the equity that the curve begins with
        self._equity = [*before, *((at, value) for at, value in known if at >= begin)]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints grid, curve and labels."""
        painter, theme = QPainter(self), self._theme
        painter.fillRect(self.rect(), theme.color("panel"))
        if len(self._points) < 2:
            painter.setPen(theme.color("mute"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr(_NOTHING))
            return
        plot = QRectF(12, _TOP, self.width() - _AXIS - 12, self.height() - _FOOT - _TOP)
        values = [value for _at, value in (*self._points, *self._equity)]
        low, high = min(values), max(values)
        margin = (high - low) * 0.08 or max(abs(high) * 0.001, 1.0)
        self._paint_grid(painter, plot, low - margin, high + margin)
        self._paint_curve(painter, plot, low - margin, high + margin)
        self._paint_names(painter, plot)

    def _paint_grid(self, painter: QPainter, plot: QRectF, low: float, high: float) -> None:
        theme = self._theme
        painter.setFont(theme.font("small"))
        step, digits = round_step((high - low) / _LINES)
        first = math.ceil(low / step)
        for number in range(first, math.floor(high / step) + 1):
            y = round(plot.bottom() - plot.height() * (number * step - low) / (high - low))
            painter.fillRect(QRectF(plot.left(), y, plot.width(), 1), theme.color("line"))
            painter.setPen(theme.color("mute"))
            text = formatting.number(number * step, digits)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(plot.right(), y - 9, _AXIS - 12, 18), right, text)
        for share, align in ((0.0, Qt.AlignmentFlag.AlignLeft), (1.0, Qt.AlignmentFlag.AlignRight)):
            seconds = self._points[0][0] + (self._points[-1][0] - self._points[0][0]) * share
            day = datetime.fromtimestamp(seconds, UTC).astimezone()
            text = f"{day.day} {formatting.month(day)} {day:%Y %H:%M}"
            painter.drawText(QRectF(plot.left(), plot.bottom() + 4, plot.width(), 18), align, text)

    def _paint_curve(self, painter: QPainter, plot: QRectF, low: float, high: float) -> None:
        theme = self._theme
        first, last = self._points[0][0], self._points[-1][0]
        span = last - first or 1.0
        line = QPolygonF()
        for at, value in self._points:
            x = plot.left() + plot.width() * (at - first) / span
            y = plot.bottom() - plot.height() * (value - low) / (high - low)
            if not line.isEmpty():
                line.append(QPointF(x, line.last().y()))
            line.append(QPointF(x, y))
        under = QPolygonF(line)
        under.append(QPointF(line.last().x(), plot.bottom()))
        under.append(QPointF(line.first().x(), plot.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QColor(theme.color("accent"))
        shade.setAlpha(28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPolygon(under)
        painter.setPen(QPen(theme.color("accent"), 1.6))
        painter.drawPolyline(line)
        if len(self._equity) > 1:
            painter.setPen(QPen(theme.color("warning"), 1.2))
            painter.drawPolyline(
                QPolygonF(
                    [
                        QPointF(
                            plot.left() + plot.width() * (at - first) / span,
                            plot.bottom() - plot.height() * (value - low) / (high - low),
                        )
                        for at, value in self._equity
                    ]
                )
            )

    def _paint_names(self, painter: QPainter, plot: QRectF) -> None:
        painter.setFont(self._theme.font("small"))
        left = plot.left() + 8
        for name, token in (("Balance", "accent"), ("Equity", "warning")) if len(self._equity) > 1 else ():
            painter.setPen(self._theme.color(token))
            painter.drawText(QRectF(left, plot.top(), 90, 18), Qt.AlignmentFlag.AlignLeft, tr(name))
            left += painter.fontMetrics().horizontalAdvance(tr(name)) + 14
