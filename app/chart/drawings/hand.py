"""The hand that draws: makes, chooses, moves and removes drawings with the mouse and the keyboard."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter

from app.chart.drawings.model import Anchor, Drawing, Drawings, TimeGrid, Tool
from app.chart.drawings.painter import DrawingPainter, Measures
from app.chart.drawings.text_editor import TextEditor

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
        colour: Colour of the next drawing: a tone's name or `#rrggbb`.
        money: Says what a way from one price to another is worth, for the ruler.
    """

    def __init__(self, chart: "ChartWidget") -> None:
        self._chart = chart
        self.drawings = Drawings()
        self.tool: Tool | None = None
        self.magnet = True
        self.chosen = ""
        self.colour = "accent"
        self.money: Callable[[float, float], str] = lambda _first, _second: ""
        self.editor = TextEditor(chart, self._set_text)
        self._made: Drawing | None = None
        self._new_text: Drawing | None = None
        self._held: tuple[Drawing, int | None] | None = None
        self._moved: Drawing | None = None
        self._begun = self._from = QPointF()

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
                self._begun = point
                anchors = (self._anchor(point),) * self.tool.anchors
                self._made = Drawing(tool=self.tool, anchors=anchors, colour=self.colour)
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

    def recolour(self, drawing: str, colour: str) -> None:
        """Gives a drawing another colour; the next ones get it too."""
        self.colour = colour
        self._update(drawing, colour=colour)

    def edit_text(self, item: Drawing) -> None:
        """Opens the field in which a text is written, in its place."""
        self.editor.open(item.id, item.text, self._painter().text_box(item).topLeft())

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
        self.editor.close()

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
            drawer.draw(painter, shown, scene.style, chosen=item.id == self.chosen)
        if self._made is not None:
            drawer.draw(painter, self._made, scene.style, chosen=True)
        painter.restore()

    def _painter(self) -> DrawingPainter:
        model = self._chart.model
        # Odd digits quote tenths of a pip.
        pip = model.point * (10 if model.digits in (3, 5) else 1)
        measures = Measures(model.digits, pip, self.money)
        return DrawingPainter(self._chart.view, self._grid(), measures, self._chart.scene.texts)

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
        # From where the pointer was, not from the price the first point has snapped to.
        return math.hypot(point.x() - self._begun.x(), point.y() - self._begun.y())

    def _finish(self) -> None:
        made, self._made, self.tool = self._made, None, None
        if made is not None and made.tool is Tool.TEXT:
            self._new_text = made
            self.edit_text(made)
        elif made is not None:
            self.chosen = made.id
            self._change((*self.drawings.items, made))
        self._chart.tool_done.emit()

    def _set_text(self, drawing: str, text: str) -> None:
        # A new text becomes a drawing once something is written; an emptied one is removed: each is one step of undo.
        new, self._new_text = self._new_text, None
        text = text.strip()[:200]
        if new is not None and new.id == drawing:
            if text:
                self.chosen = drawing
                self._change((*self.drawings.items, new.model_copy(update={"text": text})))
        elif text:
            self._update(drawing, text=text)
        else:
            self.remove(drawing)
        self._chart.update()

    def _update(self, drawing: str, **changes: str) -> None:
        self._change(tuple(i.model_copy(update=changes) if i.id == drawing else i for i in self.drawings.items))

    def _change(self, items: tuple[Drawing, ...]) -> None:
        self.drawings.change(items)
        if not any(item.id == self.chosen for item in items):
            self.chosen = ""
        self._chart.drawings_changed.emit()
