"""Tables whose numbers change many times a second: only cells that are seen and have changed are painted anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

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
    """

    title: str
    text: Callable[[Row], str]
    key: Callable[[Row], Any]
    width: int = 90
    right: bool = True
    tone: Callable[[Row], str] = lambda _row: ""
    look: str = "text"


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows by a key, in the user's order. Numbers that change do not reorder rows: nothing jumps while it is read.

    Attributes:
        visible_rows: Asks the view for the first and last row on screen; changes outside are not announced, since
            a row that is scrolled in is read anyway.
    """

    def __init__(self, columns: Sequence[Column[Row]], identity: Callable[[Row], Any], parent: QObject) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._identity = identity
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
        for number, row in enumerate(rows):
            old = self._cells[number]
            if old is None or (row == before[number] and not anew):
                continue
            if not first <= number <= last:
                self._cells[number] = None  # worked out when it is scrolled in
                continue
            cells = self._cells[number] = self._cells_of(row)
            changed = [column for column, cell in enumerate(cells) if cell != old[column]]
            if changed:
                self.dataChanged.emit(self.index(number, changed[0]), self.index(number, changed[-1]))

    def _cells_at(self, number: int) -> Cells:
        cells = self._cells[number]
        if cells is None:
            cells = self._cells[number] = self._cells_of(self._rows[number])
        return cells

    def _cells_of(self, row: Row) -> Cells:
        return tuple((column.text(row), column.tone(row)) for column in self.columns)


def _comparable(key: Any) -> tuple[bool, Any]:
    # None (no stop, no R) sorts before every number.
    return (key is not None, key if key is not None else 0)


def _alignment(right: bool) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
