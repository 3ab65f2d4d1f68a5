"""Paints a chart: a still layer that is kept as a pixmap once nothing moves, and the moving parts over it."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import cast

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QRegion

from app.chart.axes import time_ticks
from app.chart.candles import BarPainter, ChartKind
from app.chart.grid import GridPainter, percent_text, price_labels, price_tag
from app.chart.indicator_lines import IndicatorPainter, Part, draw_closes
from app.chart.legend import LegendPainter
from app.chart.lines import MOST_CHIPS, LineKey, LineLayer, Zone, tone_fill
from app.chart.mark_texts import Taken
from app.chart.marks import MarkLayer
from app.chart.model import ChartModel
from app.chart.newest import NewestPainter
from app.chart.panes import Pane
from app.chart.primitives import fill_rects, straight_line
from app.chart.sessions import name_sessions, paint_sessions
from app.chart.style import ChartStyle, TextCache
from app.chart.viewport import PriceScale, Viewport
from app.formatting import month
from app.language import tr

_DAILY = {"D1", "W1", "MN1"}


def newest_column(model: ChartModel, view: Viewport) -> tuple[float, float]:
    """Returns the left edge and the width of what a quote changes around the newest bar."""
    half = int(max(2.0, view.pitch * 2.5) + 4)
    return int(view.index_to_x(len(model) - 1)) - half, 2.0 * half + 2


class ChartScene:
    """Draws a model through a view.

    A frame after a change is painted straight to the widget. The next one keeps all but the newest bar as a pixmap,
    so that ticks and the crosshair repaint strips; while the user pans no pixmap is made that nobody needs.
    """

    def __init__(self, model: ChartModel, view: Viewport, layer: LineLayer, style: ChartStyle) -> None:
        self.model, self.view, self.layer = model, view, layer
        self.style = style
        self.texts = TextCache(style.font)
        self.zones: tuple[Zone, ...] = ()
        self.marks = MarkLayer()
        self.sessions = False
        self.panes: list[Pane] = []
        self.watched_levels: dict[str, tuple[float, ...]] = {}
        self._still: QPixmap | None = None
        self._fresh = True
        self._largest_volume = 0.0
        self.legend_width = self.legend_height = 0.0
        self._legend_room = (0.0, 0.0)

    def restyle(self, style: ChartStyle) -> None:
        """Takes over another theme."""
        self.style, self.texts = style, TextCache(style.font)
        self.invalidate()

    def watch_levels(self, levels: dict[str, tuple[float, ...]]) -> None:
        """Marks levels in the panes of indicators, by the indicators' titles, which name their parameters."""
        self.watched_levels = levels
        self.invalidate()

    def invalidate(self) -> None:
        """Forgets the still layer: something in it has changed."""
        self._still, self._fresh = None, True

    @property
    def axis_width(self) -> float:
        """Width of the price axis: room for the widest label."""
        sample = self.model.price_text(self.view.high if math.isfinite(self.view.high) else 0.0)
        return max(58.0, self.texts.width("0" * len(sample)) + 18)

    @property
    def bottom(self) -> float:
        """The y under the lowest pane, where the time axis begins."""
        return self.panes[-1].top + self.panes[-1].view.height if self.panes else self.view.height

    @property
    def percent_base(self) -> float:
        """The price that percents are counted from: the first visible close."""
        first, last = self.view.visible(len(self.model))
        return float(self.model.bars["close"][first]) if first <= last else 0.0

    def axis_text(self, price: float) -> str:
        """Returns what the axis says about a price."""
        if self.view.scale is PriceScale.PERCENT and (base := self.percent_base) > 0:
            return percent_text((price / base - 1) * 100)
        return self.model.price_text(price)

    def utc_offset(self) -> int:
        """Seconds from UTC to what the time axis shows: local time for intraday bars.

        A broker's day starts at its own midnight, up to half a day off UTC; half a day more names the right date.
        """
        if self.model.timeframe in _DAILY:
            return 43200
        offset = datetime.now().astimezone().utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def paint(self, painter: QPainter, width: float, height: float, ratio: float, region: QRegion) -> None:
        """Paints everything but lines, legend and crosshair, where `region` has to be painted again."""
        if self._still is not None and self._still.devicePixelRatio() != ratio:
            self.invalidate()
        if self._fresh:
            self._fresh = False
            painter.fillRect(QRectF(0, 0, width, height), self.style.background)
            self._paint_under(painter, ratio, Part.ALL)
            return
        if self._still is None:
            self._still = self._render_still(width, height, ratio)
        self._paint_still(painter, self._still, region)
        if self._newest_in_sight():
            self._paint_newest(painter, ratio)

    def paint_lines(self, painter: QPainter, hovered: LineKey | None, region: QRegion) -> None:
        """Paints the last price and the trade lines with their tags, where `region` has to be painted."""
        style, view = self.style, self.view
        painter.save()
        painter.setClipRect(QRectF(0, 0, view.width, view.height))
        if self.model.bid is not None:
            y = round(view.price_to_y(self.model.bid))
            fill_rects(painter, straight_line(y, view.width, dash=(1, 3)), style.accent)
        self.layer.paint(painter, view, (style, self.texts), region, hovered)
        painter.restore()
        if self.model.bid is not None:
            self.price_tag(painter, self.model.bid, "accent")
        due = region.intersected(QRect(int(view.width), 0, int(self.axis_width), int(view.height))).boundingRect()
        tagged: set[int] = set()
        for line in self.layer.lines[-MOST_CHIPS:] if not due.isEmpty() else ():
            y = round(view.price_to_y(line.price))
            if y not in tagged and due.top() - 10 <= y <= due.bottom() + 10:
                tagged.add(y)
                self.price_tag(painter, line.price, line.tone)

    def price_tag(self, painter: QPainter, price: float, tone: str) -> None:
        """Paints a price on its axis."""
        y = self.view.price_to_y(price)
        if -8 <= y <= self.view.height + 8:
            self._tag(painter, y, self.axis_text(price), tone)

    def _tag(self, painter: QPainter, y: float, text: str, tone: str) -> None:
        place = (self.view.width + 1, y, self.axis_width - 3)
        price_tag(painter, place, text, tone_fill(self.style, tone), self.style, self.texts)

    def paint_crosshair(self, painter: QPainter, point: QPointF) -> None:
        """Paints the crosshair, snapped to a bar, with its price or value and its time."""
        view, style, bottom = self.view, self.style, self.bottom
        index = round(view.x_to_index(point.x()))
        x = math.floor(view.index_to_x(index))
        across = straight_line(round(point.y()), view.width, dash=(3, 3))
        down = straight_line(x, bottom, dash=(3, 3))[:, [1, 0, 3, 2]]
        fill_rects(painter, np.concatenate((across, down)), style.mute)
        pane = self.pane_at(point.y())
        if pane is not None:
            self._tag(painter, point.y(), pane.text(pane.view.y_to_price(point.y() - pane.top)), "mute")
        elif point.y() <= view.height:
            self.price_tag(painter, view.y_to_price(point.y()), "mute")
        if 0 <= index < len(self.model):
            text = self.time_text(index)
            half = self.texts.width(text) / 2 + 8
            left = min(max(0.0, x - half), view.width - 2 * half)
            rect = QRectF(left, bottom + 3, 2 * half, 18)
            painter.fillRect(rect, style.mute)
            self.texts.draw(painter, rect.left() + 8, rect.center().y(), text, style.on_fill)

    def paint_linked_crosshair(self, painter: QPainter, time: int, price: float | None) -> None:
        """Paints where the crosshair of a linked chart is."""
        view, times = self.view, self.model.bars["time"]
        x = math.floor(view.index_to_x(max(0, bisect_right(times, time) - 1)))
        lines = straight_line(x, self.bottom, dash=(2, 4))[:, [1, 0, 3, 2]]
        if price is not None and 0 <= (y := view.price_to_y(price)) <= view.height:
            lines = np.concatenate((lines, straight_line(round(y), view.width, dash=(2, 4))))
        if 0 <= x < view.width:
            fill_rects(painter, lines, self.style.mute)

    def time_text(self, index: int) -> str:
        """Returns the start of a bar in words."""
        seconds = int(self.model.bars["time"][index]) + self.utc_offset()
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        day = f"{tr(f'{moment:%a}')} {moment.day} {month(moment)} {moment:%Y}"
        return day if self.model.timeframe in _DAILY else f"{day}  {moment:%H:%M}"

    def paint_legend(self, painter: QPainter, index: int) -> None:
        """Paints the numbers of a bar in the top left corners."""
        drawn = self._legend().draw(painter, index, self.panes, self.view.width)
        self.legend_width, self.legend_height = drawn

    def measure_legend(self) -> tuple[float, float]:
        """Returns how much of the plot's corner the legend of the newest bar takes; for marks and prices to avoid."""
        self._legend_room = self._legend().size(len(self.model) - 1, self.view.width)
        return self._legend_room

    def _legend(self) -> LegendPainter:
        return LegendPainter(self.model, self.style, self.texts)

    def mark_texts_fit(self) -> bool:
        """Returns whether what stands beside the marks of trades is still clear of bars, lines and legend."""
        return not self.marks.shown.marks or self.marks.texts_fit(self.view, self.texts, self.model, self._taken())

    def _taken(self) -> Taken:
        prices = [line.price for line in self.layer.lines[-MOST_CHIPS:]]
        prices += [self.model.bid] if self.model.bid is not None else []
        return Taken(self._legend_room, sorted(map(self.view.price_to_y, prices)))

    def fit_panes(self, ratio: float) -> bool:
        """Fits the panes' axes to what is visible; returns whether one of them changed."""
        changed = False
        for pane in self.panes:
            pane.follow(self.view)
            bars = BarPainter(pane.view, self.model.pyramid, self.style, ratio)
            first, last = bars.visible(len(self.model))
            found = IndicatorPainter(bars, pane.active, self.style, Part.ALL).range(first, last)
            if found is not None and not pane.holds(*found):
                pane.fit(*found)
                changed = True
        return changed

    @staticmethod
    def _paint_still(painter: QPainter, still: QPixmap, region: QRegion) -> None:
        # Clipped to one rectangle after the other: Qt copies within a rectangle many times faster than within a region.
        for rect in cast("Iterable[QRect]", region):
            painter.setClipRect(rect)
            painter.drawPixmap(QPointF(0, 0), still)
        painter.setClipping(False)

    def _render_still(self, width: float, height: float, ratio: float) -> QPixmap:
        still = QPixmap(max(1, math.ceil(width * ratio)), max(1, math.ceil(height * ratio)))
        still.fill(self.style.background)
        still.setDevicePixelRatio(ratio)
        with QPainter(still) as painter:
            self._paint_under(painter, ratio, Part.STILL)
        return still

    def _paint_under(self, painter: QPainter, ratio: float, part: Part) -> None:
        for zone in self.zones:
            top, bottom = sorted((self.view.price_to_y(zone.first), self.view.price_to_y(zone.second)))
            top, bottom = max(0.0, top), min(self.view.height, bottom)
            rect = QRectF(0, top, self.view.width, max(0.0, bottom - top))
            painter.fillRect(rect, self.style.reward if zone.reward else self.style.risk)
        model, view = self.model, self.view
        prices = price_labels(view, model.digits, model.point, self.percent_base) if len(model) else []
        visible = view.visible(len(model))
        slot = view.gaps.slot
        times = time_ticks(model.bars["time"], *visible, view.pitch, room=96, offset=self.utc_offset(), slot=slot)
        if self.sessions and len(model):
            paint_sessions(painter, model.bars["time"], model.timeframe, view, self.style)
        if len(model):
            self._paint_bands(painter, ratio, part)
        GridPainter(view, self.style, self.texts, self.axis_width).draw(painter, prices, times, self.panes)
        if self.sessions and len(model):
            name_sessions(painter, model.bars["time"], model.timeframe, view, self.style, self.texts)
        if len(model):
            self._paint_parts(painter, ratio, part)
            self._paint_marks(painter)
            self._paint_watched_levels(painter)

    def _paint_watched_levels(self, painter: QPainter) -> None:
        for pane in self.panes:
            for level in self.watched_levels.get(pane.active.title, ()):
                y = pane.view.price_to_y(level)
                if 0 <= y <= pane.view.height:
                    fill_rects(painter, straight_line(round(pane.top + y), self.view.width, dash=(4, 3)),
                               self.style.warning)  # fmt: skip
                    self._tag(painter, pane.top + y, pane.text(level), "mute")

    def pane_at(self, y: float) -> Pane | None:
        """Returns the pane at y."""
        return next((pane for pane in self.panes if pane.top <= y < pane.top + pane.view.height), None)

    def paint_chosen_trade(self, painter: QPainter) -> None:
        """Paints the links of the trade that was clicked."""
        if self.marks.chosen:
            painter.save()
            painter.setClipRect(QRectF(0, 0, self.view.width, self.view.height), Qt.ClipOperation.IntersectClip)
            self.marks.paint_chosen(painter, self.view, self.style)
            painter.restore()

    def _paint_marks(self, painter: QPainter) -> None:
        view = self.view
        painter.save()
        painter.setClipRect(QRectF(0, 0, view.width, view.height), Qt.ClipOperation.IntersectClip)
        self.marks.paint(painter, view, self.style, *view.visible(len(self.model)))
        if self.marks.shown.marks:
            self.measure_legend()
            self.marks.paint_texts(painter, view, (self.style, self.texts), self.model, self._taken())
        painter.restore()

    def _paint_newest(self, painter: QPainter, ratio: float) -> None:
        view, model = self.view, self.model
        painter.save()
        # Within one rectangle everything is drawn faster; what is shifted has columns of its own.
        left, width = newest_column(model, view)
        if any(active.shift(output) for active in model.indicators for output in active.kind.outputs):
            left, width = 0.0, view.width
        painter.setClipRect(QRectF(left, 0, min(width, view.width - left), view.height))
        painter.scale(1 / ratio, 1 / ratio)
        newest = NewestPainter(BarPainter(view, model.drawn, self.style, ratio), self.style, len(model))
        newest.volume(painter, self._largest_volume)
        newest.bar(painter, model.kind)
        for active in model.indicators:
            if not active.kind.pane:
                newest.indicator(painter, active)
        painter.scale(ratio, ratio)
        self.marks.paint_newest(painter, view, self.style, len(model) - 1)
        for pane in self.panes:
            pane.follow(view)
            painter.setClipRect(QRectF(left, pane.top, min(width, view.width - left), pane.view.height))
            painter.translate(0, pane.top)
            painter.scale(1 / ratio, 1 / ratio)
            bars = BarPainter(pane.view, model.pyramid, self.style, ratio)
            NewestPainter(bars, self.style, len(model)).indicator(painter, pane.active)
            painter.scale(ratio, ratio)
            painter.translate(0, -pane.top)
        painter.restore()

    def _newest_in_sight(self) -> bool:
        # A line that is drawn earlier may show its newest value when the newest bar is out of sight.
        newest = len(self.model) - 1
        shifts = (active.shift(output) for active in self.model.indicators for output in active.kind.outputs)
        return newest >= 0 and newest + min(shifts, default=0) <= self.view.gaps.index(self.view.right) + 1

    def _paint_bands(self, painter: QPainter, ratio: float, part: Part) -> None:
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.setClipRect(QRectF(0, 0, self.view.width * ratio, self.view.height * ratio))
        bars = BarPainter(self.view, self.model.drawn, self.style, ratio)
        visible = bars.visible(len(self.model))
        bare = not self.zones and not self.sessions
        for active in self.model.indicators:
            if not active.kind.pane:
                IndicatorPainter(bars, active, self.style, part).draw_band(painter, *visible, opaque=bare)
        painter.restore()

    def _paint_parts(self, painter: QPainter, ratio: float, part: Part) -> None:
        # In device pixels, so that bodies and wicks fall on whole ones.
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        plot = QRectF(0, 0, self.view.width * ratio, self.view.height * ratio)
        painter.setClipRect(plot)
        bars = BarPainter(self.view, self.model.drawn, self.style, ratio)
        first, last = bars.visible(len(self.model))
        newest = (len(self.model) - 1) // bars.size
        volumes = bars.level["volume"][first : last + 1]
        self._largest_volume = float(volumes.max()) if len(volumes) else 0.0
        last = min(last, newest - 1) if part is Part.STILL else last
        bars.volumes(painter, first, last, self._largest_volume)
        if self.model.kind is ChartKind.LINE:
            draw_closes(painter, bars, first, last, self.style.accent)
        else:
            bars.bars(painter, first, last, self.model.kind)
        for active in self.model.indicators:
            if not active.kind.pane:
                IndicatorPainter(bars, active, self.style, part).draw(painter, first, last)
        for pane in self.panes:
            pane.follow(self.view)
            painter.save()
            painter.translate(0, pane.top * ratio)
            painter.setClipRect(QRectF(0, 0, plot.width(), pane.view.height * ratio))
            pane_bars = BarPainter(pane.view, self.model.pyramid, self.style, ratio)
            IndicatorPainter(pane_bars, pane.active, self.style, part).draw(painter, first, last)
            painter.restore()
        painter.restore()
