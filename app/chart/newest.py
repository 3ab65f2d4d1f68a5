"""Draws the newest bucket alone, on each quote: a handful of plain numbers instead of arrays."""

import math

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from app.chart.candles import VOLUME_SHARE, BarPainter, ChartKind
from app.chart.indicator_lines import BAND_TINT, line_pen
from app.chart.indicators import ActiveIndicator, Output
from app.chart.style import ChartStyle


class NewestPainter:
    """Draws what belongs to the last bucket exactly where the painters of many buckets would put it."""

    def __init__(self, bars: BarPainter, style: ChartStyle, count: int) -> None:
        self._bars, self._style, self._count = bars, style, count
        self._bucket = (count - 1) // bars.size

    def volume(self, painter: QPainter, largest: float) -> None:
        """Draws the volume column; `largest` fills the strip."""
        opened, _, _, close, volume = self._bars.bucket(self._bucket)
        if largest <= 0:
            return
        body, stroke = self._bars.body_width(), self._bars.stroke
        height = round(min(volume / largest, 1.0) * self._bars.height * VOLUME_SHARE)
        left = self._middle() - (body - stroke) // 2
        colour = self._style.up_volume if close >= opened else self._style.down_volume
        painter.fillRect(QRectF(left, self._bars.height - height, body, height), colour)

    def bar(self, painter: QPainter, kind: ChartKind) -> None:
        """Draws the candle, the bar or the end of the line."""
        if kind is ChartKind.LINE:
            self._close_line(painter)
            return
        bars = self._bars
        prices = bars.bucket(self._bucket)
        rising = prices[3] >= prices[0]
        opened, high, low, close = (round(bars.y_of(price)) for price in prices[:4])
        x, stroke, body = self._middle(), bars.stroke, bars.body_width()
        rects = [QRectF(x, high, stroke, max(low - high, stroke))]
        if bars.pitch >= 3 and kind is not ChartKind.BARS:
            height = max(abs(opened - close), stroke)
            rects.append(QRectF(x - (body - stroke) // 2, min(opened, close), body, height))
        elif bars.pitch >= 3:
            arm = (body + stroke) // 2
            rects += [QRectF(x - arm + stroke, opened, arm, stroke), QRectF(x, close, arm, stroke)]
        for rect in rects:
            painter.fillRect(rect, self._style.up if rising else self._style.down)

    def indicator(self, painter: QPainter, active: ActiveIndicator) -> None:
        """Draws the last values of an indicator's outputs, wherever they are shifted to."""
        if not active.complete(self._count):
            return
        self._band(painter, active)
        for output in active.kind.outputs:
            colour = self._style.colour(active.colour(output))
            if output.style == "line":
                self._line(painter, active, output, colour)
            elif math.isfinite(value := active.last(output.name)):
                self._column_or_dot(painter, self._x(active, output, 0), value, output, colour)

    def _middle(self) -> int:
        return math.floor(self._bars.middle_of(self._bucket))

    def _x(self, active: ActiveIndicator, output: Output, back: int) -> float:
        return self._bars.middle_of(self._bucket - back + active.shift(output) / self._bars.size)

    def _ends(self, active: ActiveIndicator, output: Output) -> tuple[QPointF, QPointF] | None:
        # From the bucket before to the newest one.
        before = self._bucket * self._bars.size - 1
        values = (active.at(output.name, before), active.last(output.name)) if before >= 0 else (math.nan, math.nan)
        if not (math.isfinite(values[0]) and math.isfinite(values[1])):
            return None
        if output.breaks and active.at(output.breaks, before) != active.last(output.breaks):
            return None
        first, last = (self._x(active, output, back) for back in (1, 0))
        return QPointF(first, self._bars.y_of(values[0])), QPointF(last, self._bars.y_of(values[1]))

    def _line(self, painter: QPainter, active: ActiveIndicator, output: Output, colour: QColor) -> None:
        ends = self._ends(active, output)
        if ends is not None:
            self._draw_line(painter, QLineF(*ends), colour)

    def _close_line(self, painter: QPainter) -> None:
        bars, bucket = self._bars, self._bucket
        if bucket > 0:
            ends = [QPointF(bars.middle_of(b), bars.y_of(bars.bucket(b)[3])) for b in (bucket - 1, bucket)]
            self._draw_line(painter, QLineF(*ends), self._style.accent)

    def _draw_line(self, painter: QPainter, line: QLineF, colour: QColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        painter.setPen(line_pen(colour, self._bars))
        painter.drawLine(line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _band(self, painter: QPainter, active: ActiveIndicator) -> None:
        if active.kind.band is None:
            return
        outputs = {output.name: output for output in active.kind.outputs}
        upper, lower = outputs[active.kind.band[0]], outputs[active.kind.band[1]]
        tops, feet = self._ends(active, upper), self._ends(active, lower)
        if tops is None or feet is None:
            return
        tint = QColor(self._style.colour(active.colour(upper)))
        tint.setAlphaF(BAND_TINT)
        # In two steps: a polygon of four corners costs many times as much, and nobody sees the difference in a tint.
        left, half = math.floor(tops[0].x()), (math.floor(tops[1].x()) - math.floor(tops[0].x())) / 2
        for step, share in ((0, 0.25), (1, 0.75)):
            top, foot = (round(begin.y() + (end.y() - begin.y()) * share) for begin, end in (tops, feet))
            painter.fillRect(QRectF(left + step * half, top, half, foot - top), tint)

    def _column_or_dot(self, painter: QPainter, x: float, value: float, output: Output, colour: QColor) -> None:
        bars = self._bars
        if output.style == "columns":
            zero, y, width = round(bars.y_of(0.0)), round(bars.y_of(value)), bars.body_width()
            left = math.floor(x) - (width - bars.stroke) // 2
            painter.fillRect(QRectF(left, min(y, zero), width, max(abs(y - zero), 1)), colour)
        else:
            size = bars.dot_size()
            painter.fillRect(QRectF(round(x - size / 2), round(bars.y_of(value) - size / 2), size, size), colour)
