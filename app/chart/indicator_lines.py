"""Draws indicators: lines, bands, columns and dots, over the bars or in a pane."""

from enum import Enum, auto

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.chart.candles import BarPainter
from app.chart.columns import Floats
from app.chart.indicators import ActiveIndicator, Output
from app.chart.primitives import draw_polyline, fill_polygon, fill_rects
from app.chart.style import ChartStyle

Places = npt.NDArray[np.int64]
BAND_TINT = 0.07
#: Lines of many short pieces are thin: Qt draws them twice as fast, and they are easier to tell apart.
_WIDTH, _THIN, _DENSE = 1.4, 1.0, 8.0


class Part(Enum):
    """Which buckets are drawn: the still ones, or with the newest all of them."""

    STILL = auto()
    ALL = auto()


class IndicatorPainter:
    """Draws the outputs of one indicator on the grid of a bar painter, one value per bucket of bars."""

    def __init__(self, bars: BarPainter, active: ActiveIndicator, style: ChartStyle, part: Part) -> None:
        self._bars, self._active, self._style, self._part = bars, active, style, part

    def draw(self, painter: QPainter, first: int, last: int) -> None:
        """Draws what lies on the buckets `first` to `last`; shifted lines find their own values."""
        kind = self._active.kind
        for output in kind.outputs:
            colour = self._style.colour(self._active.colour(output))
            if output.style == "columns":
                self._columns(painter, output, first, last, colour)
            elif output.style == "dots":
                self._dots(painter, output, first, last, colour)
            else:
                self._line(painter, output, first, last, colour)

    def draw_band(self, painter: QPainter, first: int, last: int, *, opaque: bool) -> None:
        """Tints what lies between two of its lines, under the grid; opaque where nothing is under it: it's cheaper."""
        band = self._active.kind.band
        if band is None:
            return
        outputs = {output.name: output for output in self._active.kind.outputs}
        upper, lower = outputs[band[0]], outputs[band[1]]
        x, tops = self._points(upper, first, last, 1)
        _, feet = self._points(lower, first, last, 1)
        good = np.isfinite(tops) & np.isfinite(feet)
        colour = self._style.colour(self._active.colour(upper))
        if opaque:
            colour = self._style.tint(colour, BAND_TINT)
        else:
            colour = QColor(colour)
            colour.setAlphaF(BAND_TINT)
        fill_polygon(painter, x[good], self._bars.y(tops[good]), self._bars.y(feet[good]), colour)

    def range(self, first: int, last: int) -> tuple[float, float] | None:
        """Returns the least and greatest value that is drawn on the buckets `first` to `last`."""
        low, high = np.inf, -np.inf
        for output in self._active.kind.outputs:
            _, values = self._points(output, first, last)
            values = values[np.isfinite(values)]
            if len(values):
                low, high = min(low, float(values.min())), max(high, float(values.max()))
        return (low, high) if low <= high else None

    def _places(self, output: Output, first: int, last: int, lead: int = 0) -> tuple[Floats, Places]:
        # The x of each value, and the bar whose value stands for its bucket; lines begin one bucket earlier.
        shift, size = self._active.shift(output), self._bars.size
        count = len(self._active)
        newest, back = (count - 1) // size, -(-shift // size)
        begin, end = first - max(0, back) - lead, last - min(0, back)
        end = min(end, newest if self._part is Part.ALL else newest - 1)
        buckets = np.arange(max(0, begin), end + 1)
        middles = self._bars.middle(buckets.astype(np.float64) + shift / size)
        return middles, np.minimum((buckets + 1) * size - 1, count - 1)

    def _points(self, output: Output, first: int, last: int, lead: int = 0) -> tuple[Floats, Floats]:
        x, places = self._places(output, first, last, lead)
        return x, self._active.values(output.name, places)

    def _line(self, painter: QPainter, output: Output, first: int, last: int, colour: QColor) -> None:
        x, places = self._places(output, first, last, 1)
        values = self._active.values(output.name, places)
        joined = None
        if output.breaks:
            marks = self._active.values(output.breaks, places)
            joined = marks[1:] == marks[:-1]
        _polyline(painter, x, self._bars.y(values), colour, self._bars, joined)

    def _columns(self, painter: QPainter, output: Output, first: int, last: int, colour: QColor) -> None:
        x, values = self._points(output, first, last)
        x, values = x[np.isfinite(values)], values[np.isfinite(values)]
        zero, y = np.rint(self._bars.y(np.zeros(1)))[0], np.rint(self._bars.y(values))
        width = self._bars.body_width()
        tops, heights = np.minimum(y, zero), np.maximum(np.abs(y - zero), 1.0)
        left = np.floor(x) - (width - self._bars.stroke) // 2
        fill_rects(painter, np.column_stack((left, tops, np.full(len(x), width), heights)), colour)

    def _dots(self, painter: QPainter, output: Output, first: int, last: int, colour: QColor) -> None:
        x, values = self._points(output, first, last)
        x, values = x[np.isfinite(values)], values[np.isfinite(values)]
        size = self._bars.dot_size()
        corner = np.full(len(x), size)
        fill_rects(
            painter,
            np.column_stack((np.rint(x - size / 2), np.rint(self._bars.y(values) - size / 2), corner, corner)),
            colour,
        )


def line_pen(colour: QColor, bars: BarPainter) -> QPen:
    """Returns the pen for a line through buckets."""
    pen = QPen(colour, (_THIN if bars.pitch < _DENSE * bars.ratio else _WIDTH) * bars.ratio)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # round caps cost eight times as much
    return pen


def draw_closes(painter: QPainter, bars: BarPainter, first: int, last: int, colour: QColor) -> None:
    """Draws the closes as a line through the buckets `first` to `last`."""
    first = max(0, first - 1)
    x = bars.middle(np.arange(first, last + 1, dtype=np.float64))
    _polyline(painter, x, bars.y(bars.level["close"][first : last + 1]), colour, bars, None)


def _polyline(
    painter: QPainter, x: Floats, y: Floats, colour: QColor, bars: BarPainter, joined: npt.NDArray[np.bool_] | None
) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
    painter.setPen(line_pen(colour, bars))
    draw_polyline(painter, x, y, joined)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
