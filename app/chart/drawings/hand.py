"""The hand that draws: makes, chooses, moves and removes drawings with the mouse and the keyboard."""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter

from app.chart.drawings.model import Anchor, Drawing, Drawings, TimeGrid, Tool
from app.chart.drawings.painter import DrawingPainter, Measures

if TYPE_CHECKING:
    from app.chart.widget import ChartWidget

#: How near a price of the bar draws a point to itself, and how far a drag is more than a click; pixels.
_MAGNET, _DRAG = 10.0, 4.0


class DrawingHand:
    """Works on the drawings of one chart.

    Attributes:
        drawings: What is drawn.
        tool: What the next click draws, None to choose and move.
        magnet: Whether points snap to the open, high, low and close of their bar.
        chosen: Id of the drawing that keys act on.
    """

    def __init__(self, chart: "ChartWidget") -> None:
        self._chart = chart
        self.drawings = Drawings()
        self.tool: Tool | None = None
        self.magnet = True
        self.chosen = ""
        self._made: Drawing | None = None
        self._held: tuple[Drawing, int | None] | None = None
        self._moved: Drawing | None = None
        self._from = QPointF()

    def replace(self, items: tuple[Drawing, ...]) -> None:
        """Starts over with the drawings of another symbol; their history is another one."""
        self.drawings = Drawings(items)
        self.give_up()

    def choose_tool(self, tool: Tool | None) -> None:
        """Takes a tool in hand."""
        self.give_up()
        self.tool = tool

    def press(self, point: QPointF) -> bool:
        """Starts or ends a drawing, or takes one; returns whether the press is used up."""
        self._from = point
        if self.tool is not None:
            if self._made is None:
                self._made = Drawing(tool=self.tool, anchors=(self._anchor(point),) * self.tool.anchors)
            if self.tool.anchors == 1 or self._spread(point) > _DRAG:
                self._finish()
            return True
        found = self.at(point)
        self.chosen = found.id if found is not None else ""
        if found is not None:
            self._held = (found, self._painter().handle_at(found, point))
        return found is not None

    def move(self, point: QPointF) -> bool:
        """Moves what is in the hand; returns whether there is something."""
        if self._made is not None:
            self._made = self._made.with_anchor(1, self._anchor(point))
        elif self._held is not None:
            held, handle = self._held
            if handle is not None:
                self._moved = held.with_anchor(handle, self._anchor(point))
            elif math.hypot(point.x() - self._from.x(), point.y() - self._from.y()) > _DRAG:
                self._moved = held.model_copy(update={"anchors": tuple(self._shifted(a, point) for a in held.anchors)})
        else:
            return False
        return True

    def release(self, point: QPointF) -> None:
        """Lets go: a dragged drawing stays where it is, one made in a single drag is done."""
        if self._made is not None and self._spread(point) > _DRAG:
            self._finish()
        moved, self._held, self._moved = self._moved, None, None
        if moved is not None:
            self._change(tuple(moved if item.id == moved.id else item for item in self.drawings.items))

    def key(self, event: QKeyEvent) -> bool:
        """Handles Escape, Delete, undo and redo; returns whether the key meant something here."""
        if event.key() == Qt.Key.Key_Escape and (self.tool is not None or self.chosen):
            self.choose_tool(None)
            self._chart.tool_done.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.chosen:
            self.remove(self.chosen)
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        else:
            return False
        self._chart.update()
        return True

    def undo(self) -> None:
        """Takes the last change back."""
        if self.drawings.undo():
            self._chart.drawings_changed.emit()

    def redo(self) -> None:
        """Makes the change again that was taken back."""
        if self.drawings.redo():
            self._chart.drawings_changed.emit()

    def remove(self, drawing: str) -> None:
        """Removes one drawing."""
        self._change(tuple(item for item in self.drawings.items if item.id != drawing))

    def clear(self) -> None:
        """Removes them all."""
        self._change(())

    def give_up(self) -> None:
        """Lets go of everything without a change."""
        self.tool = self._made = self._held = self._moved = None
        self.chosen = ""

    def at(self, point: QPointF) -> Drawing | None:
        """Returns the drawing under a point, the topmost first."""
        painter = self._painter()
        if not (point.x() < self._chart.view.width and point.y() < self._chart.view.height):
            return None
        for item in reversed(self.drawings.items):
            if (item.id == self.chosen and painter.handle_at(item, point) is not None) or painter.hits(item, point):
                return item
        return None

    def paint(self, painter: QPainter) -> None:
        """Draws all drawings inside the plot."""
        if not self.drawings.items and self._made is None:
            return
        view, scene = self._chart.view, self._chart.scene
        drawer = self._painter()
        painter.save()
        painter.setClipRect(QRectF(0, 0, view.width, view.height), Qt.ClipOperation.IntersectClip)
        for item in self.drawings.items:
            shown = self._moved if self._moved is not None and self._moved.id == item.id else item
            drawer.draw(painter, shown, scene.style, scene.texts, chosen=item.id == self.chosen)
        if self._made is not None:
            drawer.draw(painter, self._made, scene.style, scene.texts, chosen=True)
        painter.restore()

    def _painter(self) -> DrawingPainter:
        model = self._chart.model
        # Odd digits quote tenths of a pip.
        pip = model.point * (10 if model.digits in (3, 5) else 1)
        measures = Measures(model.digits, pip)
        return DrawingPainter(self._chart.view, self._grid(), measures)

    def _grid(self) -> TimeGrid:
        return TimeGrid(self._chart.model.bars, self._chart.model.timeframe)

    def _anchor(self, point: QPointF) -> Anchor:
        model, view = self._chart.model, self._chart.view
        index = round(view.x_to_index(point.x()))
        price = round(view.y_to_price(point.y()), model.digits)
        if self.magnet and 0 <= index < len(model):
            bar = model.bars[index]
            prices = [float(bar[name]) for name in ("open", "high", "low", "close")]
            nearest = min(prices, key=lambda value: abs(view.price_to_y(value) - point.y()))
            if abs(view.price_to_y(nearest) - point.y()) <= _MAGNET:
                price = nearest
        return Anchor(self._grid().time(index), price)

    def _shifted(self, anchor: Anchor, point: QPointF) -> Anchor:
        view, grid = self._chart.view, self._grid()
        bars = round(view.x_to_index(point.x()) - view.x_to_index(self._from.x()))
        y = view.price_to_y(anchor.price) + point.y() - self._from.y()
        price = round(view.y_to_price(y), self._chart.model.digits)
        return Anchor(grid.time(round(grid.index(anchor.time)) + bars), price)

    def _spread(self, point: QPointF) -> float:
        if self._made is None:
            return 0.0
        first = self._painter().points(self._made)[0]
        return math.hypot(point.x() - first.x(), point.y() - first.y())

    def _finish(self) -> None:
        made, self._made, self.tool = self._made, None, None
        if made is not None:
            self.chosen = made.id
            self._change((*self.drawings.items, made))
        self._chart.tool_done.emit()

    def _change(self, items: tuple[Drawing, ...]) -> None:
        self.drawings.change(items)
        if not any(item.id == self.chosen for item in items):
            self.chosen = ""
        self._chart.drawings_changed.emit()
