"""The view of a trade table: paints its cells itself and has buttons in its rows."""

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QFont, QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app import formatting
from app.theme import Theme
from app.trade.table_model import Column, TableModel
from app.widgets.empty_state import EmptyState

ROW_HEIGHT = 31
_PADDING = 10
_ACTION_WIDTH = 26
_MOST_WIDTHS = 4000
#: How far columns give way in a narrow window before the table scrolls sideways.
_LEAST_SHARE = 0.96
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_SOFT = {"up": "up_soft", "down": "down_soft", "accent": "accent_soft", "warning": "warning_soft"}


class CellDelegate(QStyledItemDelegate):
    """Paints a cell: text in its tone, a chip, or the row's buttons."""

    def __init__(self, theme: Theme, view: "TradeTable") -> None:
        super().__init__(view)
        self._theme, self._view = theme, view
        self._colors: dict[str, QColor] = {}
        self._widths: dict[str, dict[str, int]] = {}
        self._load_fonts()
        theme.changed.connect(self._load_fonts)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paints one cell."""
        rect, row, section = option.rect, index.row(), index.column()
        column = self._view.table.columns[section]
        look, hovered = column.look, row == self._view.hovered_row
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._color("selected"))
        elif hovered:
            painter.fillRect(rect, self._color("raised"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self._color("line"))
        if look == "actions":
            self._paint_actions(painter, rect, hovered=hovered)
            return
        text, tone = self._view.table.cell(row, section)
        painter.setFont(self._fonts.get(look, self._fonts["text"]))
        if look == "chip":
            self._paint_chip(painter, rect, text, tone)
            return
        painter.setPen(self._color(tone or "text"))
        area = rect.adjusted(_PADDING, 0, -_PADDING, 0)
        painter.drawText(area, _RIGHT if column.right else _LEFT, self._fitting(text, look, area.width()))

    def _fitting(self, text: str, look: str, width: int) -> str:
        widths = self._widths.setdefault(look, {})
        if len(widths) > _MOST_WIDTHS:
            widths.clear()
        metrics = self._metrics.get(look, self._metrics["text"])
        if text not in widths:
            widths[text] = metrics.horizontalAdvance(text)
        return text if widths[text] <= width else metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)

    def _color(self, token: str) -> QColor:
        color = self._colors.get(token)
        if color is None:
            color = self._colors[token] = self._theme.color(token)
        return color

    def createEditor(  # noqa: N802
        self, parent: QWidget, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        """Edits a level in its cell."""
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

    def _paint_chip(self, painter: QPainter, rect: QRect, text: str, tone: str) -> None:
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        chip = QRectF(rect.left() + _PADDING, rect.center().y() - 8, width, 17)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(_SOFT.get(tone, "raised")))
        painter.drawRoundedRect(chip, 4, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(self._theme.color(tone or "dim"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_actions(self, painter: QPainter, rect: QRect, *, hovered: bool) -> None:
        painter.setFont(self._fonts["text"])
        for number, (_name, sign, _tip) in enumerate(self._view.actions_of_rows):
            area = self._view.action_rect(rect, number)
            lit = hovered and self._view.hovered_action == number
            if lit:
                painter.fillRect(area.adjusted(2, 4, -2, -4), self._theme.color("hover"))
            painter.setPen(self._theme.color("text" if lit else "dim" if hovered else "mute"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, sign)

    def _load_fonts(self) -> None:
        self._fonts = {
            "text": self._theme.font("body"), "strong": self._theme.font("body", QFont.Weight.DemiBold),
            "chip": self._theme.font("tiny", QFont.Weight.DemiBold), "small": self._theme.font("small"),
        }  # fmt: skip
        self._metrics = {look: QFontMetrics(font) for look, font in self._fonts.items()}
        self._widths.clear()
        self._colors.clear()


class TradeTable(QTableView):
    """A table of positions, orders or deals.

    Signals:
        acted: Name of a row's button and the row, when one is pressed.
        menu_wanted: A row and the place on the screen for its menu.
    """

    acted = Signal(str, object)
    menu_wanted = Signal(object, QPoint)

    def __init__(
        self, theme: Theme, name: str, model: TableModel[Any], actions: tuple[tuple[str, str, str], ...] = ()
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.table = model
        self.actions_of_rows = actions
        self.hovered_row = self.hovered_action = -1
        self.hidden: set[str] = set()
        self.setAccessibleName(name.split(".", maxsplit=1)[0].capitalize())
        model.visible_rows = self.visible_rows
        self.setModel(model)
        self.setItemDelegate(CellDelegate(theme, self))
        self.setMouseTracking(True)
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
        header.setHighlightSections(False)
        header.setMinimumSectionSize(44)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setStretchLastSection(False)
        for section, column in enumerate(model.columns):
            self.setColumnWidth(section, column.width)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Gives spare width to all columns but the buttons, so the table fills its panel like a page."""
        super().resizeEvent(event)
        self._spread()

    def hide_columns(self, titles: set[str]) -> None:
        """Hides the columns with these titles and shows the others."""
        self.hidden = {column.title for column in self.table.columns if column.title in titles and column.title}
        for section, column in enumerate(self.table.columns):
            self.setColumnHidden(section, column.title in self.hidden)
        self._spread()

    def shown_columns(self) -> list[Column[Any]]:
        """Returns the columns that are not hidden."""
        return [column for column in self.table.columns if column.title not in self.hidden]

    def _spread(self) -> None:
        columns = self.shown_columns()
        wanted = sum(column.width for column in columns)
        fixed = sum(column.width for column in columns if column.look == "actions")
        viewport = self.viewport().width()
        for column in sorted((each for each in columns if each.spare), key=lambda each: each.spare):
            tight = fixed + (wanted - fixed) * _LEAST_SHARE > viewport
            self.setColumnHidden(self.table.columns.index(column), tight)
            wanted -= column.width if tight else 0
        room = max(viewport - fixed, round((wanted - fixed) * _LEAST_SHARE))
        for section, column in enumerate(self.table.columns):
            if column.look == "actions" or wanted == fixed:
                self.setColumnWidth(section, column.width)
            else:
                self.setColumnWidth(section, column.width * room // (wanted - fixed))

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
        if event.button() is Qt.MouseButton.LeftButton and number >= 0:
            row = self.table.rows[self.rowAt(point.y())]
            self.acted.emit(self.actions_of_rows[number][0], row)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Asks for the menu of the row under the pointer, or of the current row when a key asks."""
        keyed = event.reason() == QContextMenuEvent.Reason.Keyboard
        point = self.visualRect(self.currentIndex()).bottomLeft() if keyed else event.pos()
        index = self.currentIndex() if keyed else self.indexAt(point)
        if index.isValid():
            self.selectRow(index.row())
            self.menu_wanted.emit(self.table.row_at(index), self.viewport().mapToGlobal(point))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Takes the light away."""
        super().leaveEvent(event)
        self._hover(-1, -1)

    def _action_at(self, point: QPoint) -> int:
        index = self.indexAt(point)
        if not index.isValid() or self.table.columns[index.column()].look != "actions":
            return -1
        cell = self.visualRect(index)
        count = len(self.actions_of_rows)
        return next((n for n in range(count) if self.action_rect(cell, n).contains(point)), -1)

    def _hover(self, row: int, action: int) -> None:
        if (row, action) == (self.hovered_row, self.hovered_action):
            return
        self.hovered_row, self.hovered_action = row, action
        self.setToolTip(self.actions_of_rows[action][2] if action >= 0 else "")
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
