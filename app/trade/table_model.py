"""Tables whose numbers change many times a second: only cells that are seen and have changed are painted anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
#: Text and tone of each cell of a row.
Cells = tuple[tuple[str, str], ...]

#: Number or text a column is sorted by.
SORT_ROLE = int(Qt.ItemDataRole.UserRole)
#: Token of the cell's colour, "" for the usual one.
TONE_ROLE = SORT_ROLE + 1


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column.

    Attributes:
        title: Its header.
        text: What a row shows.
        key: What it is sorted by; numbers, never their text.
        width: Width in pixels.
        right: Numbers stand at the right.
        tone: Token of a row's colour.
        look: "text", "strong", "chip" (a tinted chip in its tone), "small", or "actions" (the row's buttons).
        export: What other programs get instead of the key or text, such as a full time.
        editable: Whether a double click edits it in place.
        spare: Place in the order in which columns go when the table is too narrow for all; 0 stays.
    """

    title: str
    text: Callable[[Row], str]
    key: Callable[[Row], Any]
    width: int = 90
    right: bool = True
    tone: Callable[[Row], str] = lambda _row: ""
    look: str = "text"
    export: Callable[[Row], str | float | None] | None = None
    editable: bool = False
    spare: int = 0

    @property
    def worded(self) -> bool:
        """Whether it holds words, which the filter looks at; figures change while one reads."""
        return self.look != "actions" and (not self.right or self.look == "small")


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows by a key, in the user's order. Numbers that change do not reorder rows: nothing jumps while it is read.

    Attributes:
        visible_rows: Asks the view for the first and last row on screen; changes outside are not announced, since
            a row that is scrolled in is read anyway.

    Signals:
        edited: A row, the title of the column, and what was typed into it.
    """

    edited = Signal(object, str, str)

    def __init__(self, columns: Sequence[Column[Row]], identity: Callable[[Row], Any], parent: QObject) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._identity = identity
        usual = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        self._flags = [usual | Qt.ItemFlag.ItemIsEditable if column.editable else usual for column in self.columns]
        self._all: list[Row] = []
        self._filter = ""
        self._rows: list[Row] = []
        self._cells: list[Cells | None] = []
        self._sort: tuple[int, Qt.SortOrder] | None = None
        self.visible_rows: Callable[[], tuple[int, int]] = lambda: (0, len(self._rows) - 1)

    @property
    def rows(self) -> list[Row]:
        """The rows in the order shown."""
        return self._rows

    def row_at(self, index: Index) -> Row:
        """Returns the row of an index."""
        return self._rows[index.row()]

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Shows these rows. The same ones in another state are updated in place, so selection and scroll stay."""
        self._all = list(rows)
        self._show([row for row in rows if self._matches(row)] if self._filter else rows)

    def set_filter(self, text: str) -> None:
        """Shows only rows in whose words every word of the text occurs."""
        self._filter = text.strip().casefold()
        self.set_rows(self._all)

    @property
    def all_rows(self) -> list[Row]:
        """All rows, those that the filter hides too."""
        return self._all

    def _matches(self, row: Row) -> bool:
        words = " ".join(column.text(row) for column in self.columns if column.worded).casefold()
        return all(word in words for word in self._filter.split())

    def _show(self, rows: Sequence[Row]) -> None:
        fresh = {self._identity(row): row for row in rows}
        known = [self._identity(row) for row in self._rows]
        if fresh.keys() == set(known):
            self._update([fresh[identity] for identity in known])
            return
        for number in range(len(known) - 1, -1, -1):
            if known[number] not in fresh:
                self.beginRemoveRows(_NO_PARENT, number, number)
                del self._rows[number], self._cells[number]
                self.endRemoveRows()
        kept = set(known)
        added = [row for identity, row in fresh.items() if identity not in kept]
        if added:
            count = len(self._rows)
            self.beginInsertRows(_NO_PARENT, count, count + len(added) - 1)
            self._rows += added
            self._cells += [None] * len(added)
            self.endInsertRows()
        self._update([fresh[self._identity(row)] for row in self._rows])
        if self._sort is not None:
            self.sort(*self._sort)

    def refresh(self) -> None:
        """Works the cells out again: something they depend on has changed."""
        self._update(list(self._rows), anew=True)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Orders the rows by a column's key; a column without keys leaves them."""
        if not 0 <= column < len(self.columns):
            self._sort = None
            return
        self._sort = (column, order)
        key = self.columns[column].key
        self.layoutAboutToBeChanged.emit()
        before = [self._identity(row) for row in self._rows]
        reverse = order == Qt.SortOrder.DescendingOrder
        self._rows.sort(key=lambda row: _comparable(key(row)), reverse=reverse)
        self._cells = [None] * len(self._rows)
        places = {self._identity(row): number for number, row in enumerate(self._rows)}
        old = self.persistentIndexList()
        moved = [self.index(places[before[index.row()]], index.column()) for index in old]
        self.changePersistentIndexList(old, moved)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802
        """Number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, sort key and tone of a cell."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells_at(index.row())[index.column()][0]
        if role == TONE_ROLE:
            return self._cells_at(index.row())[index.column()][1]
        if role == SORT_ROLE:
            return self.columns[index.column()].key(self._rows[index.row()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.columns[index.column()].right)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be selected; some columns edited."""
        return self._flags[index.column()] if index.isValid() else Qt.ItemFlag.NoItemFlags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Tells what was typed; the row changes when the terminal says so."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self.edited.emit(self._rows[index.row()], self.columns[index.column()].title, str(value))
        return True

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles, standing where their column's cells stand."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.columns[section].right)
        return None

    def _update(self, rows: list[Row], *, anew: bool = False) -> None:
        before, self._rows = self._rows, rows
        first, last = self.visible_rows()
        changed: set[int] = set()
        touched: list[int] = []
        for number, row in enumerate(rows):
            old = self._cells[number]
            if old is None or (row == before[number] and not anew):
                continue
            if not first <= number <= last:
                self._cells[number] = None  # worked out when it is scrolled in
                continue
            cells = self._cells[number] = self._cells_of(row) if anew else self._cells_after(before[number], row, old)
            if cells != old:
                touched.append(number)
                changed.update(column for column, cell in enumerate(cells) if cell != old[column])
        if touched:
            for left, right in _runs(sorted(changed)):
                self.dataChanged.emit(self.index(touched[0], left), self.index(touched[-1], right))

    def cell(self, row: int, column: int) -> tuple[str, str]:
        """Returns text and tone of a cell; what a delegate asks for many times a second."""
        return self._cells_at(row)[column]

    def _cells_at(self, number: int) -> Cells:
        cells = self._cells[number]
        if cells is None:
            cells = self._cells[number] = self._cells_of(self._rows[number])
        return cells

    def _cells_of(self, row: Row) -> Cells:
        return tuple((column.text(row), column.tone(row)) for column in self.columns)

    def _cells_after(self, before: Row, row: Row, cells: Cells) -> Cells:
        # Writing a number out costs more than comparing what it is written from.
        return tuple(
            cell if column.key(before) == column.key(row) else (column.text(row), column.tone(row))
            for column, cell in zip(self.columns, cells, strict=True)
        )


def _runs(columns: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for column in columns:
        if runs and column == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], column)
        else:
            runs.append((column, column))
    return runs


def _comparable(key: Any) -> tuple[bool, Any]:
    # None (no stop, no R) sorts before every number.
    return (key is not None, key if key is not None else 0)


def _alignment(right: bool) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
