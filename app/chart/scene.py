"""Paints a chart: a still layer that is kept as a pixmap, and the moving parts over it."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from app.chart.axes import price_ticks, time_ticks
from app.chart.candles import BarPainter, ChartKind
from app.chart.lines import MOST_CHIPS, LineLayer, Zone, tone_color, tone_fill
from app.chart.model import AVERAGES, ChartModel
from app.chart.primitives import fill_rects, straight_line
from app.chart.style import ChartStyle, TextCache
from app.chart.viewport import Viewport

TIME_AXIS_HEIGHT = 26.0
_DAILY = {"D1", "W1", "MN1"}


class ChartScene:
    """Draws a model through a view. The still layer holds all but the newest bar, so a tick repaints a strip."""

    def __init__(self, model: ChartModel, view: Viewport, layer: LineLayer, style: ChartStyle) -> None:
        self.model, self.view, self.layer = model, view, layer
        self.style = style
        self.texts = TextCache(style.font)
        self.kind = ChartKind.CANDLES
        self.zones: tuple[Zone, ...] = ()
        self._still: QPixmap | None = None
        self._largest_volume = 0.0

    def restyle(self, style: ChartStyle) -> None:
        """Takes over another theme."""
        self.style, self.texts = style, TextCache(style.font)
        self.invalidate()

    def invalidate(self) -> None:
        """Forgets the still layer: something in it has changed."""
        self._still = None

    @property
    def axis_width(self) -> float:
        """Width of the price axis: room for the widest label."""
        sample = self.model.price_text(self.view.high if math.isfinite(self.view.high) else 0.0)
        return max(58.0, self.texts.width("0" * len(sample)) + 18)

    def utc_offset(self) -> int:
        """Seconds from UTC to what the time axis shows: local time for intraday bars.

        A broker's day starts at its own midnight, up to half a day off UTC; half a day more names the right date.
        """
        if self.model.timeframe in _DAILY:
            return 43200
        offset = datetime.now().astimezone().utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def paint(self, painter: QPainter, width: float, height: float, ratio: float) -> None:
        """Paints everything but the crosshair."""
        if self._still is None or self._still.devicePixelRatio() != ratio:
            self._still = self._render_still(width, height, ratio)
        painter.drawPixmap(QPointF(0, 0), self._still)
        if len(self.model):
            self._paint_newest(painter, ratio)

    def paint_lines(self, painter: QPainter, hovered: object) -> None:
        """Paints the last price and the trade lines with their tags."""
        style, view = self.style, self.view
        painter.save()
        painter.setClipRect(QRectF(0, 0, view.width, view.height))
        if self.model.bid is not None:
            y = round(view.price_to_y(self.model.bid))
            fill_rects(painter, straight_line(y, view.width, dash=(1, 3)), style.accent)
        self.layer.paint(painter, view, style, self.texts, hovered)  # type: ignore[arg-type]
        painter.restore()
        if self.model.bid is not None:
            self.price_tag(painter, self.model.bid, "accent")
        tagged: set[int] = set()
        for line in self.layer.lines[-MOST_CHIPS:]:
            y = round(view.price_to_y(line.price))
            if y not in tagged:
                tagged.add(y)
                self.price_tag(painter, line.price, line.tone)

    def price_tag(self, painter: QPainter, price: float, tone: str) -> None:
        """Paints a price on its axis."""
        y = self.view.price_to_y(price)
        if not -8 <= y <= self.view.height + 8:
            return
        rect = QRectF(self.view.width + 1, round(y) - 9, self.axis_width - 3, 18)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone_fill(self.style, tone))
        painter.drawRoundedRect(rect, 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        self.texts.draw(painter, rect.left() + 6, rect.center().y(), self.model.price_text(price), self.style.on_fill)

    def paint_crosshair(self, painter: QPainter, point: QPointF) -> None:
        """Paints the crosshair, snapped to a bar, with its price and time."""
        view, style = self.view, self.style
        index = round(view.x_to_index(point.x()))
        x = math.floor(view.index_to_x(index))
        across = straight_line(round(point.y()), view.width, dash=(3, 3))
        down = straight_line(x, view.height, dash=(3, 3))[:, [1, 0, 3, 2]]
        fill_rects(painter, np.concatenate((across, down)), style.mute)
        self.price_tag(painter, view.y_to_price(point.y()), "mute")
        if 0 <= index < len(self.model):
            text = self.time_text(index)
            half = self.texts.width(text) / 2 + 8
            left = min(max(0.0, x - half), view.width - 2 * half)
            rect = QRectF(left, view.height + 3, 2 * half, 18)
            painter.fillRect(rect, style.mute)
            self.texts.draw(painter, rect.left() + 8, rect.center().y(), text, style.on_fill)

    def time_text(self, index: int) -> str:
        """Returns the start of a bar in words."""
        seconds = int(self.model.bars["time"][index]) + self.utc_offset()
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        day = f"{moment:%a} {moment.day} {moment:%b %Y}"
        return day if self.model.timeframe in _DAILY else f"{day}  {moment:%H:%M}"

    def paint_legend(self, painter: QPainter, index: int) -> None:
        """Paints open, high, low, close and the averages of a bar in the top left corner."""
        legend = self.model.legend(index)
        if legend is None:
            return
        x, price = 10.0, self.model.price_text
        color = self.style.up if legend.close >= legend.open else self.style.down
        for name, value in (("O", legend.open), ("H", legend.high), ("L", legend.low), ("C", legend.close)):
            x = self._legend_part(painter, x, name, price(value), color)
        for period, average in legend.averages:
            if math.isfinite(average):
                tone = tone_color(self.style, AVERAGES[period])
                x = self._legend_part(painter, x, f"MA {period}", price(average), tone)

    def _legend_part(self, painter: QPainter, x: float, name: str, value: str, color: object) -> float:
        self.texts.draw(painter, x, 14, name, self.style.mute)
        x += self.texts.width(name) + 4
        self.texts.draw(painter, x, 14, value, color)  # type: ignore[arg-type]
        return x + self.texts.width(value) + 9

    def _render_still(self, width: float, height: float, ratio: float) -> QPixmap:
        still = QPixmap(max(1, math.ceil(width * ratio)), max(1, math.ceil(height * ratio)))
        still.fill(self.style.background)
        still.setDevicePixelRatio(ratio)
        painter = QPainter(still)
        for zone in self.zones:
            top, bottom = sorted((self.view.price_to_y(zone.first), self.view.price_to_y(zone.second)))
            top, bottom = max(0.0, top), min(self.view.height, bottom)
            rect = QRectF(0, top, self.view.width, max(0.0, bottom - top))
            painter.fillRect(rect, self.style.reward if zone.reward else self.style.risk)
        self._paint_grid(painter)
        painter.setClipRect(QRectF(0, 0, self.view.width, self.view.height))
        if len(self.model):
            bars = BarPainter(self.view, self.model.pyramid, self.style, ratio)
            first, last = bars.visible(len(self.model))
            self._largest_volume = float(bars.level.volume[first : last + 1].max()) if first <= last else 0.0
            newest = (len(self.model) - 1) // bars.size
            painter.scale(1 / ratio, 1 / ratio)
            self._paint_buckets(painter, bars, first, min(last, newest - 1))
        painter.end()
        return still

    def _paint_newest(self, painter: QPainter, ratio: float) -> None:
        bars = BarPainter(self.view, self.model.pyramid, self.style, ratio)
        newest = (len(self.model) - 1) // bars.size
        painter.save()
        painter.setClipRect(QRectF(0, 0, self.view.width, self.view.height))
        painter.scale(1 / ratio, 1 / ratio)
        self._paint_buckets(painter, bars, newest, newest)
        painter.restore()

    def _paint_buckets(self, painter: QPainter, bars: BarPainter, first: int, last: int) -> None:
        bars.volumes(painter, first, last, self._largest_volume)
        lead = max(0, first - 1)  # lines come in from the bucket before
        if self.kind is ChartKind.LINE:
            bars.line(painter, self.model.pyramid.levels[0].close, lead, last, QPen(self.style.accent, 1.6))
        else:
            bars.bars(painter, first, last, self.kind)
            for period, tone in AVERAGES.items():
                color = tone_color(self.style, tone)
                bars.line(painter, self.model.averages[period], lead, last, QPen(color, 1.4))

    def _paint_grid(self, painter: QPainter) -> None:
        view, style, model = self.view, self.style, self.model
        prices = price_ticks(view.low, view.high, int(view.height / 44), model.point) if len(model) else []
        times = time_ticks(model.bars["time"], *view.visible(len(model)), view.pitch, room=96, offset=self.utc_offset())
        grid = [(0.0, float(round(view.price_to_y(price))), view.width, 1.0) for price in prices]
        grid += [(float(math.floor(view.index_to_x(tick.index))), 0.0, 1.0, view.height) for tick in times]
        fill_rects(painter, np.array(grid).reshape(-1, 4), style.grid)
        frame = [(view.width, 0.0, 1.0, view.height), (0.0, view.height, view.width + self.axis_width, 1.0)]
        fill_rects(painter, np.array(frame), style.line)
        for price in prices:
            y = view.price_to_y(price)
            if 8 <= y <= view.height - 8:
                self.texts.draw(painter, view.width + 7, y, model.price_text(price), style.mute)
        for tick in times:
            half = self.texts.width(tick.text) / 2
            x = view.index_to_x(tick.index)
            if half + 2 <= x <= view.width - half:
                color = style.dim if tick.major else style.mute
                self.texts.draw(painter, x - half, view.height + TIME_AXIS_HEIGHT / 2, tick.text, color)
