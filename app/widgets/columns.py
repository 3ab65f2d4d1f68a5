"""What every table model of the window has in common: its columns, their titles and where they stand."""

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.language import tr

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


class TitledColumn(Protocol):
    """A column with a title; `right` tells that it holds numbers, which stand at the right."""

    @property
    def title(self) -> str:
        """Its header."""

    @property
    def right(self) -> bool:
        """Whether its cells stand at the right."""


C = TypeVar("C", bound=TitledColumn)


class ColumnsModel(QAbstractTableModel, Generic[C]):
    """A model made of columns; titles stand where their column's cells stand."""

    def __init__(self, columns: Sequence[C], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)

    def columnCount(self, parent: Index = NO_PARENT) -> int:  # noqa: N802
        """Number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles and their alignment."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(self.columns[section].title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(self.columns[section].right)
        return None


def alignment(right: bool) -> Qt.AlignmentFlag:
    """Returns where text stands in its cell: in the middle of the height, at the left or at the right."""
    return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
