"""The chart widget: input, repaint regions and the interface the rest of the window uses."""

import math
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from agent_core.protocol.market import Timeframe
from agent_core.terminal.models import Bars
from app.chart.candles import ChartKind
from app.chart.context_menu import open_menu
from app.chart.drawings.hand import DrawingHand
from app.chart.fitting import fit, fits, lay_out, place_bars
from app.chart.gestures import Gestures
from app.chart.grid import TIME_AXIS_HEIGHT
from app.chart.indicators import IndicatorSpec
from app.chart.lines import LineKey, LineLayer, TradeLine, Zone
from app.chart.marks import TradeMarks
from app.chart.model import ChartModel
from app.chart.panes import Pane
from app.chart.regions import tick_region
from app.chart.scene import ChartScene
from app.chart.style import ChartStyle
from app.chart.viewport import DEFAULT_PITCH, MAX_PITCH, MIN_PITCH, PriceScale, Viewport
from app.language import tr
from app.theme import Theme

#: What computing may take of a frame.
_FRAME_SECONDS = 0.006


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
        mark_clicked: The plot was clicked: the trade's mark under the pointer, None where there is none, and the place.
        bars_merged: Older, missed or corrected bars were taken in.
        menu_opening: The menu is filled: the menu and the place under the pointer, for others to add to it.
        pointed: The crosshair moved: to a time (epoch seconds, None when it left) and a price.
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
    mark_clicked = Signal(object, object)
    bars_merged = Signal()
    menu_opening = Signal(object, object)
    pointed = Signal(object, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chart")
        self.model, self.view, self.layer = ChartModel(), Viewport(), LineLayer()
        self.scene = ChartScene(self.model, self.view, self.layer, ChartStyle.of(theme))
        self.gestures = Gestures(self)
        self.hand = DrawingHand(self)
        self.pointer: QPointF | None = None
        self.hovered: LineKey | None = None
        self.closed_hours = False
        self._groups: dict[str, tuple[TradeLine, ...]] = {}
        self._linked: tuple[int | None, float | None] = (None, None)
        self._compute = QTimer(self, singleShot=True, interval=0)
        self._compute.timeout.connect(self._go_on_computing)
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
        place_bars(self, 0)
        lay_out(self)
        self.view.follow(len(self.model))
        self.refresh()

    def say(self, message: str) -> None:
        """Shows one sentence instead of bars, until there are some."""
        self.message = tr(message)
        self.update()

    def merge_bars(self, bars: Bars) -> None:
        """Takes in bars of the same series: corrected ones, newer ones or older ones. What is in sight stays put."""
        last, following = len(self.model) - 1, self.following
        slot = self.view.gaps.slot(last)
        before = self.model.merge(bars)
        place_bars(self, 0)
        anchor = len(self.model) - 1 if following else last + before
        self.view.right += self.view.gaps.slot(anchor) - slot
        self.refresh()
        self.bars_merged.emit()

    def apply_tick(self, bid: float, ask: float, time_msc: int) -> bool:
        """Takes in a quote and repaints what it touches. Returns whether a bar was added."""
        before, following = self._tick_region(), self.following
        added = self.model.tick(bid, ask, time_msc // 1000)
        if added:
            slots, last = self.view.gaps, len(self.model) - 1
            place_bars(self, last - 1)
            if following:
                self.view.right += slots.slot(last) - slots.slot(last - 1)
            self.refresh()
        elif added is None or fits(self, bid) or not fit(self):
            self.update(before.united(self._tick_region()))
        else:
            self.refresh()
        return bool(added)

    def set_lines(self, lines: Sequence[TradeLine], zones: Sequence[Zone] | None = (), group: str = "trade") -> None:
        """Replaces the lines of a group, and the shaded zones; a line that is being dragged keeps its place."""
        held = self.gestures.dragged
        self._groups[group] = tuple(line for line in lines if math.isfinite(line.price) and line.price > 0)
        shown = tuple(line for name in sorted(self._groups) for line in self._groups[name])
        if held is None and shown == self.layer.lines and (zones is None or tuple(zones) == self.scene.zones):
            return  # told many times a second, mostly without anything new
        self.layer.lines = shown
        if held is not None:
            self.layer.move(held, self.gestures.price)
        if zones is not None and tuple(zones) != self.scene.zones:
            self.scene.zones = tuple(zones)
            self.scene.invalidate()
        if held is None and fit(self):
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

    def set_closed_hours(self, shown: bool) -> None:
        """Gives hours without bars the room of their time, or none."""
        middle = self.view.x_to_index(self.view.width / 2)
        following, self.closed_hours = self.following, shown
        place_bars(self, 0)
        if following:
            self.view.follow(len(self.model))
        else:
            self.view.right = self.view.gaps.slot(middle) + self.view.width / 2 / self.view.pitch
        self.refresh()
        self.look_changed.emit()

    def set_sessions(self, shown: bool) -> None:
        """Shades the hours of Asia, London and New York, or nothing."""
        self.scene.sessions = shown
        self.refresh()
        self.look_changed.emit()

    def set_marks(self, marks: TradeMarks, colours: Mapping[str, str]) -> None:
        """Replaces the marks of executed trades; `colours` are `#rrggbb` by owner."""
        self.scene.marks.replace(marks, colours, self.model.bars)
        self.scene.invalidate()
        self.update()

    def choose_trade(self, position: int) -> None:
        """Draws the links of a trade stronger; 0 chooses none."""
        if position != self.scene.marks.chosen:
            self.scene.marks.chosen = position
            self.update()

    def show_pointer(self, time: int | None, price: float | None) -> None:
        """Shows where the crosshair of a linked chart is; None where it is nowhere, or has no price here."""
        if (time, price) != self._linked:
            self._linked = (time, price)
            self.update()

    def set_indicators(self, specs: Sequence[IndicatorSpec]) -> None:
        """Replaces the indicators over and under the bars."""
        self.model.set_indicators(specs)
        self.scene.panes = [Pane(active) for active in self.model.indicators if active.kind.pane]
        lay_out(self)
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
        return self.view.right >= self.view.gaps.slot(len(self.model) - 1)

    def pane_edge_at(self, y: float) -> Pane | None:
        """Returns the pane whose upper edge is at y."""
        return next((pane for pane in self.scene.panes if abs(pane.top - 1 - y) <= 3), None)

    def drag_pane(self, pane: Pane, y: float) -> None:
        """Moves a pane's upper edge; what is above it gives or takes the room."""
        height = self.height() - TIME_AXIS_HEIGHT
        share = (pane.top + pane.view.height - y) / max(1.0, height)
        pane.active.spec = pane.active.spec.model_copy(update={"height": min(0.6, max(0.05, share))})
        lay_out(self)
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
        if self.model.pending:
            self._compute.start()
        fit(self)
        self.scene.invalidate()
        self.update()
        if len(self.model) and self.view.x_to_index(0) < 20:
            self.older_wanted.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints what was asked for; Qt clips to the region. The painter ends even if painting fails."""
        with QPainter(self) as painter:
            self._paint(painter, event.region())

    def _paint(self, painter: QPainter, region: QRegion) -> None:
        self.scene.paint(painter, self.width(), self.height(), self.devicePixelRatioF(), region)
        if not len(self.model):
            painter.setPen(self.scene.style.dim)
            painter.setFont(self._theme.font("body"))
            area = QRectF(self.rect()).adjusted(20, 0, -20, 0)
            wrap = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(area, wrap, self.message)
            return
        self.scene.paint_chosen_trade(painter)
        self.hand.paint(painter)
        self.scene.paint_lines(painter, self.hovered, region)
        point = self.pointer
        index = len(self.model) - 1
        if point is not None and point.x() < self.view.width and point.y() < self.scene.bottom:
            if self.gestures.dragged is None and self.hovered is None:
                self.scene.paint_crosshair(painter, point)
            index = min(index, max(0, round(self.view.x_to_index(point.x()))))
        elif (linked := self._linked[0]) is not None:
            self.scene.paint_linked_crosshair(painter, linked, self._linked[1])
        self.scene.paint_legend(painter, index)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fits the plot to the new size."""
        lay_out(self)
        self.refresh()

    def _go_on_computing(self) -> None:
        # Indicators of a long history are computed between frames; a chart that is not seen waits for its turn.
        self.model.work(_FRAME_SECONDS)
        if not self.model.pending:
            self.refresh()
        else:
            self._compute.start()

    def _tick_region(self) -> QRegion:
        if not len(self.model):
            return QRegion(self.rect())
        return tick_region(self.model, self.view, self.scene, self.width())

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

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offers what can be done with what is under the pointer."""
        open_menu(self, event.pos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrows pan, + and − zoom, Home resets, Escape gives a drag up."""
        if not self.gestures.key(event):
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Takes the crosshair away."""
        self.point_at(None)
        self.hovered = None
        self.update()

    def point_at(self, point: QPointF | None) -> None:
        """Notes where the pointer is and tells the charts that are linked."""
        self.pointer = point
        inside = point is not None and point.x() < self.view.width and len(self.model) > 0
        if point is None or not inside:
            self.pointed.emit(None, 0.0)
        else:
            index = min(len(self.model) - 1, max(0, round(self.view.x_to_index(point.x()))))
            self.pointed.emit(int(self.model.bars["time"][index]), self.view.y_to_price(point.y()))
