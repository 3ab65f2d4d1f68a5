"""The chart widget: input, repaint regions and the interface the rest of the window uses."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QRegion, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agent_core.protocol.market import Timeframe
from agent_core.terminal.models import Bars
from app.chart.candles import ChartKind
from app.chart.drawings.hand import DrawingHand
from app.chart.gestures import Gestures
from app.chart.grid import TIME_AXIS_HEIGHT
from app.chart.indicators import IndicatorSpec
from app.chart.lines import LineKey, LineLayer, TradeLine, Zone
from app.chart.model import ChartModel
from app.chart.panes import Pane, arrange
from app.chart.scene import ChartScene
from app.chart.style import ChartStyle
from app.chart.viewport import DEFAULT_PITCH, MAX_PITCH, MIN_PITCH, PriceScale, Viewport
from app.theme import Theme


class ChartWidget(QWidget):
    """Candles with axes, crosshair and draggable price lines.

    Signals:
        line_dragged: A line is being dragged: its key and the price under the pointer.
        line_dropped: It was let go there.
        line_cancelled: The drag was given up (Escape).
        line_closed: The cross of a line was clicked.
        older_wanted: The oldest bar came into sight.
        indicators_changed: Indicators were added, removed or changed.
        view_moved: The user has panned or zoomed.
        look_changed: Another kind or scale was chosen.
        drawings_changed: A drawing was made, moved or removed.
        tool_done: The drawing tool was put away.
    """

    line_dragged = Signal(object, float)
    line_dropped = Signal(object, float)
    line_cancelled = Signal(object)
    line_closed = Signal(object)
    older_wanted = Signal()
    indicators_changed = Signal()
    view_moved = Signal()
    look_changed = Signal()
    drawings_changed = Signal()
    tool_done = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chart")
        self.model, self.view, self.layer = ChartModel(), Viewport(), LineLayer()
        self.scene = ChartScene(self.model, self.view, self.layer, ChartStyle.of(theme))
        self.gestures = Gestures(self)
        self.hand = DrawingHand(self)
        self.pointer: QPointF | None = None
        self.hovered: LineKey | None = None
        self.message = ""
        self._theme = theme
        theme.changed.connect(self._restyle)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(260, 180)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for a day of quarter hours."""
        return QSize(900, 560)

    # What is shown

    def show_bars(self, symbol: str, timeframe: Timeframe, bars: Bars, digits: int, point: float) -> None:
        """Shows another symbol or timeframe from its newest bar."""
        self.model.load(symbol, timeframe, bars, digits, point)
        self.message = "" if len(self.model) else f"{symbol} has no {timeframe} bars yet."
        self.view.release_range()
        self._lay_out()
        self.view.follow(len(self.model))
        self.refresh()

    def say(self, message: str) -> None:
        """Shows one sentence instead of bars, until there are some."""
        self.message = message
        self.update()

    def merge_bars(self, bars: Bars) -> None:
        """Takes in bars of the same series: corrected ones, newer ones or older ones. What is in sight stays put."""
        count, following = len(self.model), self.following
        before = self.model.merge(bars)
        self.view.right += before
        if following and len(self.model) - before > count:
            self.view.right += len(self.model) - before - count
        self.refresh()

    def apply_tick(self, bid: float, ask: float, time_msc: int) -> bool:
        """Takes in a quote and repaints what it touches. Returns whether a bar was added."""
        before, following = self._tick_region(), self.following
        added = self.model.tick(bid, ask, time_msc // 1000)
        if added:
            if following:
                self.view.right += 1
            self.refresh()
        elif added is None or not self._fit():
            self.update(before.united(self._tick_region()))
        else:
            self.refresh()
        return bool(added)

    def set_lines(self, lines: Sequence[TradeLine], zones: Sequence[Zone] = ()) -> None:
        """Replaces the trade lines and shaded zones; a line that is being dragged keeps its place."""
        held = self.gestures.dragged
        self.layer.lines = tuple(line for line in lines if math.isfinite(line.price) and line.price > 0)
        if held is not None:
            self.layer.move(held, self.gestures.price)
        if tuple(zones) != self.scene.zones:
            self.scene.zones = tuple(zones)
            self.scene.invalidate()
        if held is None and self._fit():
            self.scene.invalidate()
        self.update()

    def set_kind(self, kind: ChartKind) -> None:
        """Draws candles, bars, a line or Heikin Ashi."""
        self.model.set_kind(kind)
        self.refresh()
        self.look_changed.emit()

    def set_pitch(self, pitch: float) -> None:
        """Shows the newest bars, each `pitch` pixels wide."""
        self.view.pitch = min(MAX_PITCH, max(MIN_PITCH, pitch))
        self.view.release_range()
        self.view.follow(len(self.model))
        self.refresh()

    def set_scale(self, scale: PriceScale) -> None:
        """Draws prices evenly, their logarithms evenly, or with percents on the axis."""
        self.view.scale = scale
        self.view.release_range()
        self.refresh()
        self.look_changed.emit()

    def set_indicators(self, specs: Sequence[IndicatorSpec]) -> None:
        """Replaces the indicators over and under the bars."""
        self.model.set_indicators(specs)
        self.scene.panes = [Pane(active) for active in self.model.indicators if active.kind.pane]
        self._lay_out()
        self.refresh()
        self.indicators_changed.emit()

    @property
    def indicators(self) -> list[IndicatorSpec]:
        """What is kept of the indicators."""
        return [active.spec for active in self.model.indicators]

    def reset_view(self) -> None:
        """Back to the newest bar, usual width, automatic price range."""
        self.view.pitch = DEFAULT_PITCH
        self.view.release_range()
        self.view.follow(len(self.model))
        self.refresh()

    @property
    def following(self) -> bool:
        """Whether the newest bar is in sight."""
        return self.view.right >= len(self.model) - 1

    def pane_edge_at(self, y: float) -> Pane | None:
        """Returns the pane whose upper edge is at y."""
        return next((pane for pane in self.scene.panes if abs(pane.top - 1 - y) <= 3), None)

    def drag_pane(self, pane: Pane, y: float) -> None:
        """Moves a pane's upper edge; what is above it gives or takes the room."""
        height = self.height() - TIME_AXIS_HEIGHT
        share = (pane.top + pane.view.height - y) / max(1.0, height)
        pane.active.spec = pane.active.spec.model_copy(update={"height": min(0.6, max(0.05, share))})
        self._lay_out()
        self.refresh()

    def picture(self) -> QPixmap:
        """Returns the chart as it is shown, without the crosshair."""
        pointer, self.pointer = self.pointer, None
        try:
            return self.grab()
        finally:
            self.pointer = pointer

    # Geometry, for lines that others place and for tests

    def price_to_y(self, price: float) -> float:
        """Returns the y of a price."""
        return self.view.price_to_y(price)

    def y_to_price(self, y: float) -> float:
        """Returns the price at y."""
        return self.view.y_to_price(y)

    def index_to_x(self, index: int) -> float:
        """Returns the x of the middle of a bar."""
        return self.view.index_to_x(index)

    def line_y(self, kind: str, ticket: int = 0) -> float:
        """Returns the y of a line.

        Raises:
            KeyError: there is no such line.
        """
        line = self.layer.find(LineKey(kind, ticket))
        if line is None:
            raise KeyError(f"{kind} {ticket}")
        return self.view.price_to_y(line.price)

    # Painting

    def refresh(self) -> None:
        """Repaints everything after the view or the bars changed."""
        self._fit()
        self.scene.invalidate()
        self.update()
        if len(self.model) and self.view.x_to_index(0) < 20:
            self.older_wanted.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paints what was asked for; Qt clips to the region. The painter ends even if painting fails."""
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        self.scene.paint(painter, self.width(), self.height(), self.devicePixelRatioF())
        if not len(self.model):
            painter.setPen(self.scene.style.dim)
            painter.setFont(self._theme.font("body"))
            area = QRectF(self.rect()).adjusted(20, 0, -20, 0)
            wrap = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(area, wrap, self.message)
            return
        self.hand.paint(painter)
        self.scene.paint_lines(painter, self.hovered)
        point = self.pointer
        index = len(self.model) - 1
        if point is not None and point.x() < self.view.width and point.y() < self.scene.bottom:
            if self.gestures.dragged is None and self.hovered is None:
                self.scene.paint_crosshair(painter, point)
            index = min(index, max(0, round(self.view.x_to_index(point.x()))))
        self.scene.paint_legend(painter, index)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fits the plot to the new size."""
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        height = arrange(self.scene.panes, self.height() - TIME_AXIS_HEIGHT)
        self.view.resize(self.width() - self.scene.axis_width, height)

    def _fit(self) -> bool:
        if not len(self.model):
            return False
        panes = self.scene.fit_panes(self.devicePixelRatioF())
        extremes = self.model.drawn.extremes(*self.view.visible(len(self.model)))
        if extremes is None:
            return False
        low, high = extremes
        span = max(high - low, 20 * self.model.point)
        near = [line.price for line in self.layer.lines if low - 1.5 * span <= line.price <= high + 1.5 * span]
        changed = self.view.fit(min([low, *near]), max([high, *near]), 20 * self.model.point)
        if changed:
            self._lay_out()
        if changed or panes:
            self.scene.invalidate()
        return changed or panes

    def _tick_region(self) -> QRegion:
        # The newest bar's column, the last price's row with its tag, and the legend.
        view = self.view
        if not len(self.model):
            return QRegion(self.rect())
        bars = max(2.0, view.pitch * 2.5) + 4
        x = view.index_to_x(len(self.model) - 1)
        bottom = int(self.scene.bottom)
        region = QRegion(QRect(int(x - bars), 0, int(2 * bars) + 2, bottom))
        for active in self.model.indicators:
            for shift in {active.shift(output) for output in active.kind.outputs} - {0}:
                region = region.united(QRect(int(x + shift * view.pitch - bars), 0, int(2 * bars) + 2, bottom))
        region = region.united(QRect(0, 0, int(view.width), int(self.scene.legend_height)))
        for pane in self.scene.panes:
            region = region.united(QRect(0, int(pane.top), int(view.width), 24))
        if self.model.bid is not None:
            y = int(view.price_to_y(self.model.bid))
            region = region.united(QRect(0, y - 2, self.width(), 5))
            region = region.united(QRect(int(view.width), y - 12, self.width() - int(view.width), 24))
        return region

    def _restyle(self) -> None:
        self.scene.restyle(ChartStyle.of(self._theme))
        self.update()

    # Input goes to the gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Takes a line, the price axis or the plot."""
        self.gestures.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Moves what was taken, or the crosshair."""
        self.gestures.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Lets go."""
        self.gestures.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Automatic range on the price axis, else the usual view."""
        self.gestures.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zooms around the pointer; pans with a horizontal wheel."""
        self.gestures.wheel(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrows pan, + and − zoom, Home resets, Escape gives a drag up."""
        if not self.gestures.key(event):
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Takes the crosshair away."""
        self.pointer = self.hovered = None
        self.update()
