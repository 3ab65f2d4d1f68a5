"""Draws bars and volumes in device pixels, one Qt call per colour."""

import math
from enum import StrEnum

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter

from app.chart.columns import Floats
from app.chart.lod import FACTOR, FIELDS, Level, OhlcPyramid
from app.chart.primitives import draw_rects
from app.chart.style import ChartStyle
from app.chart.viewport import Viewport

#: Share of the plot's height under the volume columns.
VOLUME_SHARE = 0.11


class ChartKind(StrEnum):
    """How bars are drawn."""

    CANDLES = "Candles"
    BARS = "Bars"
    LINE = "Line"
    HEIKIN_ASHI = "Heikin Ashi"


class BarPainter:
    """Draws buckets of one pyramid level for one view at one device pixel ratio."""

    def __init__(self, view: Viewport, pyramid: OhlcPyramid, style: ChartStyle, ratio: float) -> None:
        self._view, self._style = view, style
        self.number = pyramid.level_for(view.pitch * ratio)
        self.level: Level = pyramid.levels[self.number]
        self.size: int = FACTOR**self.number
        self.ratio = ratio
        self.pitch = view.pitch * self.size * ratio
        self.stroke = max(1.0, math.floor(ratio))

    def middle(self, buckets: Floats) -> Floats:
        """Returns the x of the middles of buckets."""
        # From a bucket's first bar: its middle may lie beyond closed hours.
        begins = self._view.indices_to_x(buckets * self.size)
        return (begins + (self.size - 1) / 2 * self._view.pitch) * self.ratio

    @property
    def height(self) -> float:
        """Height of the plot."""
        return float(self._view.height * self.ratio)

    def middle_of(self, bucket: float) -> float:
        """Returns the x of the middle of one bucket."""
        return (self._view.index_to_x(bucket * self.size) + (self.size - 1) / 2 * self._view.pitch) * self.ratio

    def y_of(self, price: float) -> float:
        """Returns the y of one price, kept near the plot."""
        y = self._view.price_to_y(price) * self.ratio
        return min(2 * self.height, max(-self.height, y))

    def bucket(self, number: int) -> tuple[float, float, float, float, float]:
        """Returns open, high, low, close and volume of one bucket."""
        opened, high, low, close, volume = (float(self.level[name][number]) for name in FIELDS)
        return opened, high, low, close, volume

    def dot_size(self) -> float:
        """Returns the width of a dot."""
        return float(max(1.0, min(3.0, self.pitch * 0.5)) * self.ratio)

    def y(self, prices: Floats) -> Floats:
        """Returns the y of prices, kept near the plot so that no number overflows the rasteriser."""
        height = self._view.height * self.ratio
        return np.clip(self._view.prices_to_y(prices) * self.ratio, -height, 2 * height)

    def visible(self, count: int) -> tuple[int, int]:
        """Returns the first and last visible bucket of `count` bars."""
        first, last = self._view.visible(count)
        return first // self.size, last // self.size

    def bars(self, painter: QPainter, first: int, last: int, kind: ChartKind) -> None:
        """Draws the buckets `first` to `last` as candles or bars."""
        if first > last:
            return
        part = slice(first, last + 1)
        level = self.level
        x = np.floor(self.middle(np.arange(first, last + 1, dtype=np.float64)))
        opens, closes = np.rint(self.y(level["open"][part])), np.rint(self.y(level["close"][part]))
        highs, lows = np.rint(self.y(level["high"][part])), np.rint(self.y(level["low"][part]))
        stroke = self.stroke
        ones = np.full(len(x), stroke)
        shapes = [np.column_stack((x, highs, ones, np.maximum(lows - highs, stroke)))]
        if self.pitch >= 3:
            body = self.body_width()
            if kind is not ChartKind.BARS:
                left = x - (body - stroke) // 2
                tops = np.minimum(opens, closes)
                heights = np.maximum(np.abs(opens - closes), stroke)
                shapes.append(np.column_stack((left, tops, np.full(len(x), body), heights)))
            else:
                arm = (body + stroke) // 2
                shapes.append(np.column_stack((x - arm + stroke, opens, np.full(len(x), arm), ones)))
                shapes.append(np.column_stack((x, closes, np.full(len(x), arm), ones)))
        rising = level["close"][part] >= level["open"][part]
        self._two_colours(painter, shapes, rising, self._style.up, self._style.down)

    def volumes(self, painter: QPainter, first: int, last: int, largest: float) -> None:
        """Draws volume columns at the foot of the plot; `largest` fills the strip."""
        if first > last or largest <= 0:
            return
        part = slice(first, last + 1)
        level = self.level
        stroke = self.stroke
        body = self.body_width()
        x = np.floor(self.middle(np.arange(first, last + 1, dtype=np.float64))) - (body - stroke) // 2
        bottom = self._view.height * self.ratio
        heights = np.rint(np.minimum(level["volume"][part] / largest, 1.0) * bottom * VOLUME_SHARE)
        rects = np.column_stack((x, bottom - heights, np.full(len(x), body), heights))
        rising = level["close"][part] >= level["open"][part]
        self._two_colours(painter, [rects], rising, self._style.up_volume, self._style.down_volume)

    def body_width(self) -> float:
        """Returns the width of a body: odd in units of the wick's stroke, so the wick stands in the middle."""
        stroke = self.stroke
        if self.pitch < 3:
            return stroke
        strokes = max(1, int(min(self.pitch * 0.68, self.pitch - stroke) / stroke))
        return (strokes if strokes % 2 else strokes - 1) * stroke

    @staticmethod
    def _two_colours(painter: QPainter, shapes: list[Floats], rising: np.ndarray, up: QColor, down: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for chosen, color in ((rising, up), (~rising, down)):
            painter.setBrush(color)
            draw_rects(painter, np.concatenate([shape[chosen] for shape in shapes]))
