"""Tables whose numbers change many times a second: only cells that are seen and have changed are painted anew."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from app.widgets.columns import NO_PARENT, ColumnsModel, Index, alignment

Row = TypeVar("Row")
#: Text and tone of a cell.
Cell = tuple[str, str]
Cells = tuple[Cell, ...]
_EMPTY: Cell = ("", "")

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
        total: Text and tone of the line over a group of rows; None leaves it empty there.
        tip: What is told when the pointer rests on a cell; None tells nothing.
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
    total: Callable[[Sequence[Row]], Cell] | None = None
    tip: Callable[[Row], str] | None = None

    @property
    def worded(self) -> bool:
        """Whether it holds words, which the filter looks at; figures change while one reads."""
        return self.look != "actions" and (not self.right or self.look == "small")


@dataclass(frozen=True, slots=True)
class GroupLine(Generic[Row]):
    """The line over the rows of a group; `opened` tells whether they are shown."""

    name: str
    rows: tuple[Row, ...]
    opened: bool


class TableModel(ColumnsModel[Column[Row]], Generic[Row]):
    """Rows by a key, in the user's order. Numbers that change do not reorder rows: nothing jumps while it is read.

    Its lines are the rows, and where they are grouped, the lines over the groups too.

    Attributes:
        visible_rows: Asks the view for the first and last line on screen; changes outside are not announced, since
            a line that is scrolled in is read anyway.

    Signals:
        edited: A row, the title of the column, and what was typed into it.
    """

    edited = Signal(object, str, str)

    def __init__(self, columns: Sequence[Column[Row]], identity: Callable[[Row], Any], parent: QObject) -> None:
        super().__init__(columns, parent)
        self._identity = identity
        usual = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        self._usual = usual
        self._flags = [usual | Qt.ItemFlag.ItemIsEditable if column.editable else usual for column in self.columns]
        self._all: list[Row] = []
        self._filter = ""
        self._lines: list[Row | GroupLine[Row]] = []
        self._places: dict[Any, int] = {}
        self._cells: list[Cells | None] = []
        self._sort: tuple[int, Qt.SortOrder] | None = None
        self._group: Callable[[Row], str] | None = None
        self._closed: set[str] = set()
        self.visible_rows: Callable[[], tuple[int, int]] = lambda: (0, len(self._lines) - 1)

    @property
    def rows(self) -> list[Row]:
        """The rows that pass the filter, in the order shown; those of closed groups too."""
        found: list[Row] = []
        for line in self._lines:
            if not isinstance(line, GroupLine):
                found.append(line)
            elif not line.opened:
                found += line.rows
        return found

    @property
    def all_rows(self) -> list[Row]:
        """All rows, those that the filter hides too."""
        return self._all

    def line(self, number: int) -> Row | GroupLine[Row]:
        """Returns a row, or the line over a group."""
        return self._lines[number]

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Shows these rows. The same ones in another state are updated in place, so selection and scroll stay."""
        self._all = list(rows)
        self._show([row for row in rows if self._matches(row)] if self._filter else rows)

    def set_filter(self, text: str) -> None:
        """Shows only rows in whose words every word of the text occurs."""
        self._filter = text.strip().casefold()
        self.set_rows(self._all)

    def set_group(self, name_of: Callable[[Row], str] | None) -> None:
        """Puts rows of the same name together under a line; None shows them without."""
        self._group = name_of
        self._closed.clear()
        self.set_rows(self._all)

    def toggle(self, name: str) -> None:
        """Opens or closes a group."""
        self._closed ^= {name}
        self.set_rows(self._all)

    def refresh(self) -> None:
        """Works the cells out again: something they depend on has changed."""
        self._update(list(self._lines), anew=True)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Orders the rows by a column's key; no column takes the order they were given in."""
        self._sort = (column, order) if 0 <= column < len(self.columns) else None
        self.arrange()

    def arrange(self) -> None:
        """Puts the lines where they belong by now: new rows stand at the end, and numbers change."""
        rows = self.rows
        if self._sort is not None:
            column, order = self._sort
            key = self.columns[column].key
            rows.sort(key=lambda row: _comparable(key(row)), reverse=order == Qt.SortOrder.DescendingOrder)
        else:
            given = {self._identity(row): number for number, row in enumerate(self._all)}
            rows.sort(key=lambda row: given[self._identity(row)])
        before = list(self._places)
        lines = self._lines_of(rows)
        places = self._places_of(lines)
        if list(places) == before:
            return
        self.layoutAboutToBeChanged.emit()
        self._lines, self._places = lines, places
        self._cells = [None] * len(lines)
        old = self.persistentIndexList()
        moved = [self.index(places[before[index.row()]], index.column()) for index in old]
        self.changePersistentIndexList(old, moved)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = NO_PARENT) -> int:  # noqa: N802
        """Number of lines."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, sort key and tone of a cell."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cells(index.row())[index.column()][0]
        if role == TONE_ROLE:
            return self.cells(index.row())[index.column()][1]
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column.right)
        line = self._lines[index.row()]
        if isinstance(line, GroupLine):
            return None
        if role == SORT_ROLE:
            return column.key(line)
        return column.tip(line) if role == Qt.ItemDataRole.ToolTipRole and column.tip is not None else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Lines can be selected; some columns of rows edited."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return self._usual if isinstance(self._lines[index.row()], GroupLine) else self._flags[index.column()]

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Tells what was typed; the row changes when the terminal says so."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self.edited.emit(self._lines[index.row()], self.columns[index.column()].title, str(value))
        return True

    def cells(self, number: int) -> Cells:
        """Returns text and tone of a line's cells; what a view asks for many times a second."""
        cells = self._cells[number]
        if cells is None:
            cells = self._cells[number] = self._cells_of(self._lines[number])
        return cells

    def _matches(self, row: Row) -> bool:
        words = " ".join(column.text(row) for column in self.columns if column.worded).casefold()
        return all(word in words for word in self._filter.split())

    def _key(self, line: Row | GroupLine[Row]) -> Any:
        return (GroupLine, line.name) if isinstance(line, GroupLine) else self._identity(line)

    def _lines_of(self, rows: Iterable[Row]) -> list[Row | GroupLine[Row]]:
        if self._group is None:
            return list(rows)
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(self._group(row), []).append(row)
        lines: list[Row | GroupLine[Row]] = []
        for name in sorted(groups, key=str.casefold):
            opened = name not in self._closed
            lines.append(GroupLine(name, tuple(groups[name]), opened))
            lines += groups[name] if opened else []
        return lines

    def _show(self, rows: Iterable[Row]) -> None:
        fresh = {self._key(line): line for line in self._lines_of(rows)}
        if fresh.keys() == self._places.keys():
            self._update([fresh[key] for key in self._places])
            return
        known = list(self._places)
        for number in range(len(known) - 1, -1, -1):
            if known[number] not in fresh:
                self.beginRemoveRows(NO_PARENT, number, number)
                del self._lines[number], self._cells[number]
                self.endRemoveRows()
        kept = set(known)
        added = [line for key, line in fresh.items() if key not in kept]
        if added:
            count = len(self._lines)
            self.beginInsertRows(NO_PARENT, count, count + len(added) - 1)
            self._lines += added
            self._cells += [None] * len(added)
            self.endInsertRows()
        self._places = self._places_of(self._lines)
        self._update([fresh[key] for key in self._places])
        self.arrange()

    def _places_of(self, lines: Iterable[Row | GroupLine[Row]]) -> dict[Any, int]:
        return {self._key(line): number for number, line in enumerate(lines)}

    def _update(self, lines: list[Row | GroupLine[Row]], *, anew: bool = False) -> None:
        before, self._lines = self._lines, lines
        first, last = self.visible_rows()
        changed: set[int] = set()
        touched: list[int] = []
        for number, line in enumerate(lines):
            old = self._cells[number]
            if old is None or (not anew and line == before[number]):
                continue
            if not first <= number <= last:
                self._cells[number] = None  # worked out when it is scrolled in
                continue
            cells = self._cells[number] = self._cells_after(None if anew else before[number], line, old)
            if cells != old:
                touched.append(number)
                changed.update(column for column, cell in enumerate(cells) if cell != old[column])
        if touched:
            for left, right in _runs(sorted(changed)):
                self.dataChanged.emit(self.index(touched[0], left), self.index(touched[-1], right))

    def _cells_of(self, line: Row | GroupLine[Row]) -> Cells:
        if not isinstance(line, GroupLine):
            return tuple((column.text(line), column.tone(line)) for column in self.columns)
        name = (f"{'▾' if line.opened else '▸'}  {line.name}  {len(line.rows)}", "")
        totals = (column.total(line.rows) if column.total is not None else _EMPTY for column in self.columns[1:])
        return (name, *totals)

    def _cells_after(self, before: Row | GroupLine[Row] | None, line: Row | GroupLine[Row], cells: Cells) -> Cells:
        if before is None or isinstance(line, GroupLine) or isinstance(before, GroupLine):
            return self._cells_of(line)
        # Writing a number out costs more than comparing what it is written from.
        return tuple(
            cell if column.key(before) == column.key(line) else (column.text(line), column.tone(line))
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
