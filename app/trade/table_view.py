"""The view of a trade table: paints its cells itself and has buttons in its rows."""

from collections.abc import Iterable
from typing import Any, cast

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimerEvent,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app import formatting
from app.language import tr
from app.theme import Theme
from app.trade.cell_painter import CellPainter
from app.trade.table_header import TableHeader
from app.trade.table_model import Column, GroupLine, TableModel
from app.widgets.empty_state import EmptyState

ROW_HEIGHT = 31
_ACTION_WIDTH = 26
#: How far columns give way in a narrow window before the table scrolls sideways.
_LEAST_SHARE = 0.94
#: Rows are put in order again at this pace, and only while nobody points at them.
_ARRANGE_MS = 2000


class LevelDelegate(QStyledItemDelegate):
    """Edits a level in its cell."""

    def createEditor(  # noqa: N802
        self, parent: QWidget, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        """Begins with what the cell shows."""
        editor = QLineEdit(parent)
        editor.setObjectName("table.editor")
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        editor.setText("" if text == formatting.NONE else text)
        editor.selectAll()
        return editor

    def setEditorData(self, _editor: QWidget, _index: QModelIndex | QPersistentModelIndex) -> None:  # noqa: N802
        """Leaves what is being typed alone while the row's figures change."""

    def setModelData(  # noqa: N802
        self, editor: QWidget, model: QAbstractItemModel, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Hands in what was typed, if it is anything new."""
        shown = str(index.data(Qt.ItemDataRole.DisplayRole))
        if isinstance(editor, QLineEdit) and editor.text() != ("" if shown == formatting.NONE else shown):
            model.setData(index, editor.text())


class TradeTable(QTableView):
    """A table of positions, orders or deals.

    Signals:
        acted: Name of a row's button and the row, when one is pressed.
        menu_wanted: A line and the place on the screen for its menu.
        arranged: The user moved or widened a column, or chose another order of the rows.
    """

    acted = Signal(str, object)
    menu_wanted = Signal(object, QPoint)
    arranged = Signal()

    def __init__(
        self, theme: Theme, name: str, model: TableModel[Any], actions: tuple[tuple[str, str, str], ...] = ()
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.table = model
        self.actions_of_rows = actions
        self.hovered_row = self.hovered_action = -1
        self.hidden: set[str] = set()
        self.widths: dict[str, int] = {}
        self._spreading = False
        self.setAccessibleName(tr(name.split(".", maxsplit=1)[0].replace("_", " ").capitalize()))
        model.visible_rows = self.visible_rows
        self.setModel(model)
        self.setItemDelegate(LevelDelegate(self))
        self._painter = CellPainter(theme)
        # Paints its own background: nothing under it has to be painted for a figure that changes.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setHorizontalHeader(TableHeader(theme, self))
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setSortIndicatorShown(False)  # it paints its own
        header.setMinimumSectionSize(44)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setStretchLastSection(False)
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)  # what a row is about stands first
        for section, column in enumerate(model.columns):
            self.setColumnWidth(section, column.width)
        header.sectionMoved.connect(self._moved)
        header.sectionResized.connect(self._resized)
        header.sortIndicatorChanged.connect(lambda _section, _order: self.arranged.emit())
        self._arranging = self.startTimer(_ARRANGE_MS)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints the cells that need it; Qt's way through style and delegate costs three times as much."""
        # A painter that outlives its widget's painting takes the program down: it ends here whatever happens.
        with QPainter(self.viewport()) as painter:
            self._paint_area(painter, cast("Iterable[QRect]", event.region()))

    def _paint_area(self, painter: QPainter, region: Iterable[QRect]) -> None:
        header = self.horizontalHeader()
        chosen = {
            number
            for lines in cast("Iterable[QItemSelectionRange]", self.selectionModel().selection())
            for number in range(lines.top(), lines.bottom() + 1)
        }
        columns = [
            (section, header.sectionViewportPosition(section), header.sectionSize(section))
            for section in range(len(self.table.columns))
            if not header.isSectionHidden(section)
        ]
        for area in region:
            self._painter.clear(painter, area)
            first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
            if first < 0:
                continue
            seen = [part for part in columns if part[1] <= area.right() and part[1] + part[2] > area.left()]
            for number in range(first, (last if last >= 0 else self.table.rowCount() - 1) + 1):
                # A group's name runs on over other columns: its line is painted whole.
                grouped = isinstance(self.table.line(number), GroupLine)
                span = (0, self.viewport().width()) if grouped else (area.left(), area.width())
                self._paint_line(painter, span, number, columns if grouped else seen, chosen=number in chosen)

    def _paint_line(
        self,
        painter: QPainter,
        span: tuple[int, int],
        number: int,
        columns: list[tuple[int, int, int]],
        *,
        chosen: bool,
    ) -> None:
        """Paints these columns of a line; `span` is left edge and width of its background."""
        top, cells = self.rowViewportPosition(number), self.table.cells(number)
        grouped, hovered = isinstance(self.table.line(number), GroupLine), number == self.hovered_row
        token = "selected" if chosen else "raised" if hovered else "background" if grouped else ""
        self._painter.ground(painter, QRect(span[0], top, span[1], ROW_HEIGHT), token)
        rects = {section: QRect(x, top, width, ROW_HEIGHT) for section, x, width in columns}
        if grouped:
            self._painter.group(painter, rects, cells)
            return
        for section, rect in rects.items():
            column = self.table.columns[section]
            if column.look != "actions":
                self._painter.cell(painter, rect, column, cells[section])
                continue
            for place, (_name, sign, _tip) in enumerate(self.actions_of_rows):
                lit = hovered and self.hovered_action == place
                self._painter.button(painter, self.action_rect(rect, place), sign, lit=lit, hovered=hovered)

    def timerEvent(self, event: QTimerEvent) -> None:  # noqa: N802
        """Keeps the order true to the figures, but moves no row that is pointed at, edited, or not seen."""
        super().timerEvent(event)
        at_rest = self.state() is QAbstractItemView.State.NoState and not self.underMouse()
        if event.timerId() == self._arranging and at_rest and self.isVisible():
            self.table.arrange()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Gives spare width to all columns but the buttons, so the table fills its panel like a page."""
        super().resizeEvent(event)
        self._spread()

    def hide_columns(self, titles: set[str]) -> None:
        """Hides the columns with these titles and shows the others."""
        self.hidden = {column.title for column in self.table.columns if column.title in titles and column.title}
        self._spread()

    def shown_columns(self) -> list[Column[Any]]:
        """Returns the columns that are not hidden."""
        return [column for column in self.table.columns if column.title not in self.hidden]

    def set_widths(self, widths: dict[str, int]) -> None:
        """Takes widths by title in place of the usual ones; together they fill the panel as those do."""
        self.widths = dict(widths)
        self._spread()

    def _moved(self, _section: int, _before: int, _now: int) -> None:
        header, last = self.horizontalHeader(), len(self.table.columns) - 1
        if self.table.columns[last].look == "actions" and header.visualIndex(last) != last:
            header.moveSection(header.visualIndex(last), last)
        self.viewport().update()
        self.arranged.emit()

    def _resized(self, _section: int, _before: int, _now: int) -> None:
        if not self._spreading:
            shown = self.shown_columns()
            sizes = {column.title: self.columnWidth(self.table.columns.index(column)) for column in shown}
            self.widths |= {title: size for title, size in sizes.items() if title and size}
            self.arranged.emit()

    def _spread(self) -> None:
        self._spreading = True
        for section, column in enumerate(self.table.columns):
            self.setColumnHidden(section, column.title in self.hidden)
        self._share_out()
        self._spreading = False

    def _width(self, column: Column[Any]) -> int:
        return self.widths.get(column.title, column.width)

    def _share_out(self) -> None:
        columns = self.shown_columns()
        wanted = sum(map(self._width, columns))
        fixed = sum(column.width for column in columns if column.look == "actions")
        viewport = self.viewport().width()
        for column in sorted((each for each in columns if each.spare), key=lambda each: each.spare):
            tight = fixed + (wanted - fixed) * _LEAST_SHARE > viewport
            self.setColumnHidden(self.table.columns.index(column), tight)
            wanted -= self._width(column) if tight else 0
        room = max(viewport - fixed, round((wanted - fixed) * _LEAST_SHARE))
        for section, column in enumerate(self.table.columns):
            if column.look == "actions" or wanted == fixed:
                self.setColumnWidth(section, column.width)
            else:
                self.setColumnWidth(section, self._width(column) * room // (wanted - fixed))

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Shows where the keyboard is: on the first row, unless one was chosen before."""
        super().focusInEvent(event)
        keyed = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if keyed and not self.selectionModel().hasSelection() and self.table.rowCount():
            self.selectRow(max(0, self.currentIndex().row()))

    def visible_rows(self) -> tuple[int, int]:
        """Returns the first and last row on screen."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        return max(0, first), last if last >= 0 else self.table.rowCount() - 1

    def action_rect(self, cell: QRect, number: int) -> QRect:
        """Returns where a button stands in its cell."""
        left = cell.right() - 6 - _ACTION_WIDTH * (len(self.actions_of_rows) - number)
        return QRect(left, cell.top(), _ACTION_WIDTH, cell.height())

    def action_point(self, row: int, name: str) -> QPoint:
        """Returns the middle of a button in viewport coordinates.

        Raises:
            KeyError: rows have no button of that name.
        """
        for number, (action, _sign, _tip) in enumerate(self.actions_of_rows):
            if action == name:
                cell = self.visualRect(self.table.index(row, len(self.table.columns) - 1))
                return self.action_rect(cell, number).center()
        raise KeyError(name)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Lights the row and the button under the pointer."""
        super().mouseMoveEvent(event)
        point = event.position().toPoint()
        self._hover(self.rowAt(point.y()), self._action_at(point))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Presses a row's button."""
        super().mouseReleaseEvent(event)
        point = event.position().toPoint()
        number = self._action_at(point)
        line = self.table.line(self.rowAt(point.y())) if self.rowAt(point.y()) >= 0 else None
        if event.button() is not Qt.MouseButton.LeftButton or line is None:
            return
        if isinstance(line, GroupLine):
            self.table.toggle(line.name)
        elif number >= 0:
            self.acted.emit(self.actions_of_rows[number][0], line)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Asks for the menu of the row under the pointer, or of the current row when a key asks."""
        keyed = event.reason() == QContextMenuEvent.Reason.Keyboard
        point = self.visualRect(self.currentIndex()).bottomLeft() if keyed else event.pos()
        index = self.currentIndex() if keyed else self.indexAt(point)
        if index.isValid():
            self.selectRow(index.row())
            self.menu_wanted.emit(self.table.line(index.row()), self.viewport().mapToGlobal(point))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Opens and closes a group from the keyboard."""
        index = self.currentIndex()
        line = self.table.line(index.row()) if index.isValid() else None
        if isinstance(line, GroupLine) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.table.toggle(line.name)
            return
        super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Takes the light away."""
        super().leaveEvent(event)
        self._hover(-1, -1)

    def _action_at(self, point: QPoint) -> int:
        index = self.indexAt(point)
        buttons = index.isValid() and self.table.columns[index.column()].look == "actions"
        if not buttons or isinstance(self.table.line(index.row()), GroupLine):
            return -1
        cell = self.visualRect(index)
        count = len(self.actions_of_rows)
        return next((n for n in range(count) if self.action_rect(cell, n).contains(point)), -1)

    def _hover(self, row: int, action: int) -> None:
        if (row, action) == (self.hovered_row, self.hovered_action):
            return
        self.hovered_row, self.hovered_action = row, action
        self.setToolTip(tr(self.actions_of_rows[action][2]) if action >= 0 else "")
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if action >= 0 else Qt.CursorShape.ArrowCursor)
        self.viewport().update()


class TableOrEmpty(QWidget):
    """A table, or while it has no rows, what to do about that."""

    def __init__(self, table: TradeTable, empty: EmptyState) -> None:
        super().__init__()
        self.table, self._empty = table, empty
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(table)
        table.table.rowsInserted.connect(self._choose)
        table.table.rowsRemoved.connect(self._choose)
        self._choose()

    def _choose(self) -> None:
        # Rows that a filter hides are still there: the table stays, so that the filter's field makes sense.
        self._stack.setCurrentWidget(self.table if self.table.table.all_rows else self._empty)
