"""The watchlist's rows: quotes with their direction and the day's change."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer

from agent_core.terminal.models import Tick
from app.trade.symbol_drop import symbol_data

Index = QModelIndex | QPersistentModelIndex
FLASH_SECONDS = 0.15
ROW_HEIGHT = 46
_NO_PARENT = QModelIndex()
_SIZE = QSize(120, ROW_HEIGHT)


@dataclass(slots=True)
class WatchRow:
    """One symbol.

    Attributes:
        open: Price at the start of the broker's day, for the change; None until known.
        direction: +1 after a rise of the bid, −1 after a fall, 0 at first.
        flash_until: Monotonic time until which the price is lit.
        pip: Size of a pip, for the spread.
        closes: Closing prices of the last hours, for the small curve.
        watched: Whether it belongs to the list; others are matches of the search.
    """

    symbol: str
    description: str = ""
    digits: int = 5
    bid: float | None = None
    ask: float | None = None
    open: float | None = None
    direction: int = 0
    flash_until: float = 0.0
    watched: bool = True
    pip: float = 0.0
    closes: tuple[float, ...] = ()

    @property
    def spread(self) -> float | None:
        """Ask less bid in pips."""
        return (self.ask - self.bid) / self.pip if self.bid and self.ask and self.pip > 0 else None

    @property
    def change(self) -> float | None:
        """The day's change in percent."""
        return (self.bid / self.open - 1) * 100 if self.bid and self.open else None


class WatchModel(QAbstractListModel):
    """Rows in the user's order; a quote announces its own row alone, and only when it is on screen."""

    def __init__(self, parent: QObject, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._rows: list[WatchRow] = []
        self._places: dict[str, int] = {}
        self._clock = clock
        self._lit: set[str] = set()
        self._dim = QTimer(self, singleShot=True, interval=int(FLASH_SECONDS * 1000) + 10)
        self._dim.timeout.connect(self._end_flashes)
        self.visible_rows: Callable[[], tuple[int, int]] = lambda: (0, len(self._rows) - 1)

    @property
    def rows(self) -> list[WatchRow]:
        """All rows."""
        return self._rows

    def row_of(self, symbol: str) -> int:
        """Returns the number of a symbol's row, −1 when it is not shown."""
        return self._places.get(symbol, -1)

    def set_rows(self, rows: Sequence[WatchRow]) -> None:
        """Shows other rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self._places = {row.symbol: number for number, row in enumerate(self._rows)}
        self.endResetModel()

    def set_past(self, symbol: str, price: float | None, closes: tuple[float, ...]) -> None:
        """Sets the price the day's change is counted from, and the closes of the small curve."""
        number = self.row_of(symbol)
        if number >= 0:
            self._rows[number].open = price
            self._rows[number].closes = closes
            self._announce(number)

    def apply(self, ticks: dict[str, Tick]) -> None:
        """Takes in the quotes of one frame."""
        first, last = self.visible_rows()
        for symbol, tick in ticks.items():
            number = self.row_of(symbol)
            if number < 0:
                continue
            row = self._rows[number]
            if row.bid is not None and tick.bid != row.bid:
                row.direction = 1 if tick.bid > row.bid else -1
                row.flash_until = self._clock() + FLASH_SECONDS
                self._lit.add(symbol)
            row.bid, row.ask = tick.bid, tick.ask
            if first <= number <= last:
                self._announce(number)
        if self._lit and not self._dim.isActive():
            self._dim.start()

    def lit(self, row: WatchRow) -> bool:
        """Whether a row's price is lit now."""
        return row.flash_until > self._clock()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Its symbol as text, and how high it is."""
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.symbol
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.description or row.symbol
        return _SIZE if role == Qt.ItemDataRole.SizeHintRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be dragged onto a chart."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:  # noqa: N802
        """What is dragged."""
        return symbol_data("").formats()

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802
        """The symbol of the row that is dragged."""
        return symbol_data(self._rows[indexes[0].row()].symbol)

    def _announce(self, number: int) -> None:
        index = self.createIndex(number, 0)
        self.dataChanged.emit(index, index)

    def _end_flashes(self) -> None:
        ended = {symbol for symbol in self._lit if (n := self.row_of(symbol)) < 0 or not self.lit(self._rows[n])}
        self._lit -= ended
        for symbol in ended:
            if (number := self.row_of(symbol)) >= 0:
                self._announce(number)
        if self._lit:
            self._dim.start()
