"""The watchlist: search, quotes, selection of the charted symbol."""

import asyncio
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QStackedWidget, QVBoxLayout, QWidget

from agent_core.protocol.errors import ForexEliteError
from agent_core.terminal.models import SymbolSpec, Tick
from app.alerts.dialog import ask_alert
from app.context import AppContext
from app.language import tr
from app.shell.commands import Command
from app.trade.quote_list import QuoteList
from app.trade.watch_model import WatchModel, WatchRow
from app.trade.watchlist_menu import WatchlistMenu
from app.widgets.empty_state import EmptyState
from app.widgets.labels import SectionHeader

#: Instruments of a new watchlist, as far as the broker has them.
FIRST_SYMBOLS = (
    "EURUSD", "GBPUSD", "USDJPY", "USDCHF", "AUDUSD", "USDCAD", "NZDUSD", "EURJPY", "XAUUSD",
)  # fmt: skip
_MATCHES = 40
_HOURS = 24
_PAST_MS = 10 * 60 * 1000
_APPLY_MS = 125


class Watchlist(QWidget):
    """The list at the left. `chosen` tells the symbol that was selected."""

    chosen = Signal(str)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._all: dict[str, SymbolSpec] = {}
        self._watched: list[str] = []
        self._past: dict[str, tuple[float | None, tuple[float, ...]]] = {}
        self._loading: asyncio.Task[Any] | None = None
        self.model = WatchModel(self)
        self.search = QLineEdit()
        self.search.setObjectName("watchlist.search")
        self.search.setPlaceholderText(tr("Search symbol  (/)"))
        self.search.setAccessibleName(tr("Search symbol"))
        self.search.setClearButtonEnabled(False)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._take_first)
        self.view = QuoteList(context.theme, self.model)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.clicked.connect(self._clicked)
        self.view.selectionModel().currentChanged.connect(self._moved)
        self._empty = EmptyState(
            context.theme, "watchlist.empty", icon="terminal", title="No prices yet",
            text="Connect MetaTrader 5 and your symbols appear here.",
        )  # fmt: skip
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.lists = WatchlistMenu(context, lambda: list(self._watched))
        self.lists.changed.connect(self._another_list)
        layout.addWidget(SectionHeader("Watchlist", self.lists))
        field = QVBoxLayout()
        field.setContentsMargins(10, 0, 10, 8)
        field.addWidget(self.search)
        layout.addLayout(field)
        layout.addWidget(self._stack, 1)
        self._fresh: dict[str, Tick] = {}
        self._apply_soon = QTimer(self, singleShot=True, interval=_APPLY_MS)
        self._apply_soon.timeout.connect(self._apply)
        context.signals.ticks.connect(self._take)
        context.ui.changed.connect(self._watch)
        context.commands.add(Command("watchlist.search", "Search a symbol", self.search.setFocus, "/"))
        self._past_timer = QTimer(self, interval=_PAST_MS)
        self._past_timer.timeout.connect(self._read_past)
        self._past_timer.start()

    async def load(self) -> str:
        """Reads the broker's symbols, fills the list; returns the symbol to begin with, empty when there is none."""
        terminal = self._context.agent.terminal
        self._all = {spec.name: spec for spec in await terminal.symbols()}
        stored = self._context.ui.values.watchlist
        watched = [name for name in stored if name in self._all]
        if not watched:
            for name in FIRST_SYMBOLS:
                try:
                    watched.append((await terminal.symbol(name)).name)
                except ForexEliteError:
                    continue
        self._watched = watched or list(self._all)[: len(FIRST_SYMBOLS)]
        self._watch()
        self._fill()
        self._read_past()
        last = self._context.ui.values.symbol
        return last if last in self._all else next(iter(self._watched), "")

    def select(self, symbol: str) -> None:
        """Marks a symbol as the charted one, without telling so."""
        number = self.model.row_of(symbol)
        if number >= 0:
            self.view.selectionModel().blockSignals(True)
            self.view.setCurrentIndex(self.model.index(number))
            self.view.selectionModel().blockSignals(False)
            self.view.viewport().update()

    def add(self, symbol: str) -> None:
        """Puts a symbol into the list."""
        if symbol not in self._watched:
            self._remember([*self._watched, symbol])
            self._read_past()

    def remove(self, symbol: str) -> None:
        """Takes a symbol out of the list."""
        self._remember([name for name in self._watched if name != symbol])

    def _another_list(self) -> None:
        self._watched = [name for name in self._context.ui.values.watchlist if name in self._all]
        self._watch()
        self._fill()
        self._read_past()

    def _remember(self, watched: list[str]) -> None:
        self._watched = watched
        self._context.ui.set("watchlist", watched)
        self._watch()
        self._fill()

    def _take(self, ticks: dict[str, Tick]) -> None:
        # Many symbols move in every frame; nobody reads prices faster than they are shown here.
        self._fresh |= ticks
        if not self._apply_soon.isActive():
            self._apply_soon.start()

    def _apply(self) -> None:
        fresh, self._fresh = self._fresh, {}
        self.model.apply(fresh)

    def _watch(self, changed: str = "price_alerts") -> None:
        # An alert must see its symbol's quotes, whether that is in the list or not.
        if changed == "price_alerts" and self._watched:
            alerted = [alert.symbol for alert in self._context.ui.values.price_alerts if alert.armed]
            self._context.agent.feed.watch(dict.fromkeys([*self._watched, *alerted]))

    def _fill(self) -> None:
        wanted = self.search.text().strip().casefold()
        shown = [self._row(name, watched=True) for name in self._watched if self._matches(name, wanted)]
        if wanted:
            others = [name for name in self._all if name not in self._watched and self._matches(name, wanted)]
            shown += [self._row(name, watched=False) for name in others[:_MATCHES]]
        current = self._context.ui.values.symbol
        self.model.set_rows(shown)
        self._empty.title.setText("Nothing found" if wanted else "No prices yet")
        self._empty.text.setText(
            "The broker has no symbol like that. Try another name."
            if wanted and self._all
            else "Connect MetaTrader 5 and your symbols appear here."
        )
        self._stack.setCurrentWidget(self.view if shown else self._empty)
        self.select(current)

    def _matches(self, name: str, wanted: str) -> bool:
        plain = wanted.replace("/", "").replace("_", "")
        return plain in name.casefold() or wanted in self._all[name].description.casefold()

    def _row(self, name: str, *, watched: bool) -> WatchRow:
        spec, last = self._all[name], self._context.agent.feed.last(name)
        day_open, closes = self._past.get(name, (None, ()))
        row = WatchRow(name, spec.description, spec.digits, open=day_open, watched=watched, pip=spec.pip, closes=closes)
        if last is not None:
            row.bid, row.ask = last.bid, last.ask
        return row

    def _take_first(self) -> None:
        if self.model.rowCount():
            self._clicked(self.model.index(0))

    def _moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        # The arrow keys change the chart too; matches of a search wait for a click.
        if current.isValid() and self.model.rows[current.row()].watched:
            self.chosen.emit(self.model.rows[current.row()].symbol)

    def _clicked(self, index: QModelIndex) -> None:
        row = self.model.rows[index.row()]
        if not row.watched:
            self.add(row.symbol)
        if self.search.text():
            self.search.clear()
        self.select(row.symbol)
        self.chosen.emit(row.symbol)

    def _read_past(self) -> None:
        if self._loading is None or self._loading.done():
            self._loading = self._context.tasks.start(self._fetch_past(), on_error=lambda _error: None)

    async def _fetch_past(self) -> None:
        bars = self._context.agent.terminal.bars
        for name in list(self._watched):
            day, hours = await bars(name, "D1", 1), await bars(name, "H1", _HOURS)
            day_open = float(day[-1]["open"]) if len(day) and day[-1]["open"] > 0 else None
            self._past[name] = (day_open, tuple(float(close) for close in hours["close"] if close > 0))
            self.model.set_past(name, *self._past[name])

    def _open_menu(self, point: Any) -> None:
        index = self.view.indexAt(point)
        if not index.isValid() or not self.model.rows[index.row()].watched:
            return
        self.row_menu(self.model.rows[index.row()]).popup(self.view.viewport().mapToGlobal(point))

    def row_menu(self, row: WatchRow) -> QMenu:
        """Returns the menu of a symbol."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Price alert …")).triggered.connect(lambda: self._ask_alert(row))
        menu.addAction(tr(f"Remove {row.symbol}")).triggered.connect(lambda: self.remove(row.symbol))
        return menu

    def _ask_alert(self, row: WatchRow) -> None:
        self._context.tasks.start(ask_alert(self, self._context, row.symbol, row.digits))
