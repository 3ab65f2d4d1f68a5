"""Small tables of frozen rows: a model made of columns, and a view in the product's look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.language import tr
from app.theme import Theme
from app.widgets.columns import NO_PARENT, ColumnsModel, Index, alignment
from app.widgets.pill_delegate import PillDelegate

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column.

    Attributes:
        title: Its header.
        text: What a row shows in it.
        width: Width in pixels; 0 takes the room that is left.
        right: Whether it holds numbers, which stand at the right.
        color: Token of a row's text; None for the usual one.
        strong: Whether it is semi-bold.
        pill: Tone of a row's chip, for columns that show one.
    """

    title: str
    text: Callable[[Row], str]
    width: int = 90
    right: bool = False
    color: Callable[[Row], str | None] | None = None
    strong: bool = False
    pill: Callable[[Row], str] | None = None


class RowsModel(ColumnsModel[Column[Row]], Generic[Row]):
    """Rows in the order they are given; equal row counts update in place, so selection and scroll stay."""

    def __init__(self, theme: Theme, columns: Sequence[Column[Row]], parent: QObject | None = None) -> None:
        super().__init__(columns, parent)
        self.theme = theme
        self._rows: list[Row] = []
        theme.changed.connect(self.refresh)

    @property
    def rows(self) -> list[Row]:
        """The rows that are shown."""
        return self._rows

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Shows other rows."""
        if len(rows) == len(self._rows):
            self._rows = list(rows)
            self.refresh()
            return
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def refresh(self) -> None:
        """Asks the view to read all rows again."""
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self.columns) - 1))

    def rowCount(self, parent: Index = NO_PARENT) -> int:  # noqa: N802
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, alignment, colour and weight of a cell."""
        column, row = self.columns[index.column()], self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column.right)
        if role == Qt.ItemDataRole.ForegroundRole and column.color is not None:
            token = column.color(row)
            return self.theme.color(token) if token else None
        if role == PillDelegate.TONE_ROLE and column.pill is not None:
            return column.pill(row)
        if role == Qt.ItemDataRole.FontRole:
            return self.theme.font("body", QFont.Weight.DemiBold if column.strong else QFont.Weight.Normal)
        return None


class RowDelegate(QStyledItemDelegate):
    """Keeps a cell's own colour while its row is selected."""

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Takes the cell's text colour for the selected state too."""
        super().initStyleOption(option, index)
        option.palette.setColor(QPalette.ColorRole.HighlightedText, option.palette.color(QPalette.ColorRole.Text))


def table_view(model: RowsModel[Any], name: str) -> QTableView:
    """Returns a view of the model: whole rows are selected, nothing is edited."""
    view = QTableView()
    view.setObjectName(name)
    view.setAccessibleName(tr(name.partition(".")[0].capitalize()))
    view.setProperty("role", "rows")
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setShowGrid(False)
    view.setItemDelegate(RowDelegate(view))
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(32)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(40)
    for section, column in enumerate(model.columns):
        if column.pill is not None:
            view.setItemDelegateForColumn(section, PillDelegate(model.theme, view))
        if column.width:
            view.setColumnWidth(section, column.width)
        else:
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
    return view
