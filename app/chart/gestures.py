"""Mouse and keyboard on the chart: pan, zoom, price scale, and dragging of trade lines."""

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from app.chart.drawings.model import Tool
from app.chart.lines import LineKey
from app.chart.panes import Pane

if TYPE_CHECKING:
    from app.chart.widget import ChartWidget

_LEFT = Qt.MouseButton.LeftButton
#: A press that moves less than this is a click; pixels.
_CLICK = 4.0


class _Grip(Enum):
    NOTHING = auto()
    LINE = auto()
    PLOT = auto()
    PRICE_AXIS = auto()
    PANE = auto()
    DRAWING = auto()


class Gestures:
    """Turns input into movements of the view and signals of the chart.

    Attributes:
        dragged: The line that is being dragged.
        price: Price under the pointer during that.
    """

    def __init__(self, chart: "ChartWidget") -> None:
        self._chart = chart
        self._grip = _Grip.NOTHING
        self._from = self._pressed = QPointF()
        self._moved = False
        self._origin_price = 0.0
        self._offset = 0.0
        self._pane: Pane | None = None
        self.dragged: LineKey | None = None
        self.price = 0.0

    def press(self, event: QMouseEvent) -> None:
        """Decides what the pointer has taken."""
        if event.button() is not _LEFT:
            return
        chart, point = self._chart, event.position()
        crossed = chart.layer.cross_at(point)
        if crossed is not None:
            chart.line_closed.emit(crossed.key)
            return
        self._from = self._pressed = point
        self._moved = False
        if chart.hand.tool is not None and point.x() < chart.view.width and point.y() < chart.view.height:
            chart.hand.press(point)
            self._grip = _Grip.DRAWING
            chart.update()
            return
        line = chart.layer.grip_at(point, chart.view)
        if line is not None:
            self._grip, self.dragged = _Grip.LINE, line.key
            self.price = self._origin_price = line.price
            self._offset = point.y() - chart.view.price_to_y(line.price)  # a chip is taken anywhere, the line stays put
        elif chart.hand.press(point):
            self._grip = _Grip.DRAWING
        elif (pane := chart.pane_edge_at(point.y())) is not None:
            self._grip, self._pane = _Grip.PANE, pane
        elif point.x() >= chart.view.width:
            self._grip = _Grip.PRICE_AXIS
        else:
            self._grip = _Grip.PLOT
        self._shape_cursor(point)

    def move(self, event: QMouseEvent) -> None:
        """Moves what was taken, or the crosshair."""
        chart, point = self._chart, event.position()
        delta = point - self._from
        chart.point_at(point)
        if self._grip is _Grip.LINE and self.dragged is not None:
            self._moved = self._moved or abs(delta.y()) > 1
            if self._moved:
                y = min(max(0.0, point.y() - self._offset), chart.view.height)
                self.price = chart.view.y_to_price(y)
                chart.layer.move(self.dragged, self.price)
                chart.line_dragged.emit(self.dragged, self.price)
        elif chart.hand.move(point):
            pass
        elif self._grip is _Grip.PLOT:
            chart.view.pan(delta.x(), len(chart.model))
            if not chart.view.auto_range:
                chart.view.pan_price(delta.y())
            self._from = point
            chart.refresh()
        elif self._grip is _Grip.PRICE_AXIS:
            chart.view.scale_price(1.01 ** delta.y())
            self._from = point
            chart.refresh()
        elif self._grip is _Grip.PANE and self._pane is not None:
            chart.drag_pane(self._pane, point.y())
        else:
            line = chart.layer.cross_at(point) or chart.layer.grip_at(point, chart.view)
            chart.hovered = line.key if line else None
            self._shape_cursor(point)
        chart.update()

    def release(self, event: QMouseEvent) -> None:
        """Lets go; a line that was moved is dropped where it stands."""
        if event.button() is not _LEFT:
            return
        chart, key, moved = self._chart, self.dragged, self._moved
        if self._grip is _Grip.DRAWING:
            chart.hand.release(event.position())
        elif self._grip is _Grip.PANE:
            chart.indicators_changed.emit()
        elif self._grip is _Grip.PLOT and (event.position() - self._pressed).manhattanLength() <= _CLICK:
            self._click(event.position())
        elif self._grip in (_Grip.PLOT, _Grip.PRICE_AXIS):
            chart.view_moved.emit()
        self._grip, self.dragged = _Grip.NOTHING, None
        if key is not None and moved:
            chart.line_dropped.emit(key, self.price)
        self._shape_cursor(event.position())
        chart.update()

    def _click(self, point: QPointF) -> None:
        chart = self._chart
        mark = chart.scene.marks.at(point)
        chart.choose_trade(mark.position if mark is not None else 0)
        chart.mark_clicked.emit(mark, point)

    def double_click(self, event: QMouseEvent) -> None:
        """Automatic range on the price axis, a text is written anew, else the usual view."""
        chart = self._chart
        if event.position().x() >= chart.view.width:
            chart.view.release_range()
            chart.refresh()
        elif (drawing := chart.hand.at(event.position())) is not None:
            if drawing.tool is Tool.TEXT:
                chart.hand.edit_text(drawing)
        elif chart.layer.grip_at(event.position(), chart.view) is None:
            chart.reset_view()

    def wheel(self, event: QWheelEvent) -> None:
        """Zooms around the pointer, around the newest bar while that one is in sight; a horizontal wheel pans."""
        chart, turn = self._chart, event.angleDelta()
        if abs(turn.x()) > abs(turn.y()):
            chart.view.pan(turn.x() / 2, len(chart.model))
        elif event.position().x() >= chart.view.width:
            chart.view.scale_price(1.0015 ** -turn.y())
        else:
            chart.view.zoom(1.0015 ** turn.y(), event.position().x(), len(chart.model))
        chart.refresh()
        chart.view_moved.emit()
        event.accept()

    def key(self, event: QKeyEvent) -> bool:
        """Handles a key; returns whether it meant something."""
        chart, key = self._chart, event.key()
        if key == Qt.Key.Key_Escape and self.dragged is not None:
            chart.layer.move(self.dragged, self._origin_price)
            given_up, self.dragged, self._grip = self.dragged, None, _Grip.NOTHING
            chart.line_cancelled.emit(given_up)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            chart.view.pan(60 if key == Qt.Key.Key_Left else -60, len(chart.model))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            factor = 1 / 1.25 if key == Qt.Key.Key_Minus else 1.25
            chart.view.zoom(factor, chart.view.width / 2, len(chart.model))
        elif key == Qt.Key.Key_Home:
            chart.reset_view()
        else:
            return chart.hand.key(event)
        chart.refresh()
        chart.view_moved.emit()
        return True

    def _shape_cursor(self, point: QPointF) -> None:
        chart = self._chart
        if self.dragged is not None or chart.layer.grip_at(point, chart.view) is not None:
            shape = Qt.CursorShape.SizeVerCursor
        elif chart.layer.cross_at(point) is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif self._grip is _Grip.PANE or chart.pane_edge_at(point.y()) is not None:
            shape = Qt.CursorShape.SplitVCursor
        elif point.x() >= chart.view.width:
            shape = Qt.CursorShape.SizeVerCursor
        elif chart.hand.tool is None and (chart.hand.at(point) or chart.scene.marks.at(point)) is not None:
            shape = Qt.CursorShape.PointingHandCursor
        else:
            shape = Qt.CursorShape.CrossCursor
        if chart.cursor().shape() is not shape:
            chart.setCursor(shape)
