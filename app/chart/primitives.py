"""Batched drawing: numpy arrays handed to QPainter without a Python object per shape."""

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from app.chart.columns import Floats


def draw_rects(painter: QPainter, rects: Floats) -> None:
    """Draws rectangles given as rows of x, y, width, height with the painter's pen and brush."""
    if len(rects):
        buffer = np.ascontiguousarray(rects, dtype=np.float64)
        painter.drawRects(cast("QRectF", _as_qt(buffer, QRectF)), len(buffer))


def fill_rects(painter: QPainter, rects: Floats, color: QColor) -> None:
    """Fills rectangles given as rows of x, y, width, height."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    draw_rects(painter, rects)


def straight_line(y: float, width: float, *, dash: tuple[int, int] | None = None, thickness: float = 1.0) -> Floats:
    """Returns the rectangles of a horizontal line; Qt's own dashed pen costs fifty times as much."""
    if dash is None:
        return np.array([[0.0, y, width, thickness]])
    x = np.arange(0.0, max(1.0, width), sum(dash))
    return np.column_stack((x, np.full(len(x), y), np.full(len(x), float(dash[0])), np.full(len(x), thickness)))


def draw_polyline(painter: QPainter, x: Floats, y: Floats, joined: npt.NDArray[np.bool_] | None = None) -> None:
    """Draws connected segments; points that are not finite leave a gap, and so do places where `joined` is false."""
    if len(x) < 2:
        return
    segments = np.column_stack((x[:-1], y[:-1], x[1:], y[1:]))
    drawn = np.isfinite(segments).all(axis=1)
    draw_lines(painter, segments[drawn if joined is None else drawn & joined])


def draw_lines(painter: QPainter, segments: Floats) -> None:
    """Draws lines given as rows of x, y, x, y with the painter's pen."""
    if len(segments):
        buffer = np.ascontiguousarray(segments, dtype=np.float64)
        painter.drawLines(cast("QLineF", _as_qt(buffer, QLineF)), len(buffer))


def fill_polygon(painter: QPainter, x: Floats, tops: Floats, feet: Floats, color: QColor) -> None:
    """Fills what lies between two lines over the same x."""
    if len(x) < 2:
        return
    across, down = np.concatenate((x, x[::-1])), np.concatenate((tops, feet[::-1]))
    polygon = QPolygonF(list(map(QPointF, across.tolist(), down.tolist())))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(polygon)


def _as_qt(buffer: Floats, kind: type) -> Any:
    # QRectF and QLineF are four doubles in memory; Qt reads them straight from the array.
    return shiboken6.wrapInstance(buffer.ctypes.data, kind)
