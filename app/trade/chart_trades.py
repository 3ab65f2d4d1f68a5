"""Puts executed trades on a chart: marks of the account's deals, filtered by owner, and what a clicked one came to."""

import asyncio
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QMenu

from agent_core.terminal.models import Deal, SymbolSpec
from app.chart.marks import TradeMark, TradeMarks
from app.chart.panel import ChartPanel
from app.context import AppContext
from app.history.trades import trades_of
from app.language import tr
from app.trade.chart_card import TradeCard
from app.trade.chart_marks import owner_colours, trade_marks
from app.trade.owners import Owners

#: Deals are read piece by piece, the latest first, as far back as a chart shows bars.
_PIECE, _FURTHEST = timedelta(days=60), timedelta(days=730)
_MANUAL = "Manual"


class DealBook(QObject):
    """The account's deals, as far back as a chart wanted them. `changed` tells that there are more."""

    changed = Signal()

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.deals: dict[int, Deal] = {}
        self._account: tuple[str, int] | None = None
        self._since: datetime | None = None
        self._wanted = datetime.max.replace(tzinfo=UTC)
        self._reading = False
        context.signals.deals.connect(self._add)

    def reach(self, since: datetime) -> None:
        """Reads the deals since a time, unless they are there."""
        account = self._context.agent.terminal.account
        key = (account.server, account.login) if account is not None else None
        if key != self._account:
            self._account, self._since = key, None
            self._wanted = datetime.max.replace(tzinfo=UTC)
            self.deals = {}
        self._wanted = min(self._wanted, max(since, datetime.now(UTC) - _FURTHEST))
        if key is not None and not self._reading and (self._since is None or self._wanted < self._since):
            self._reading = True
            self._context.tasks.start(self._read(), on_error=lambda _error: None)

    async def _read(self) -> None:
        try:
            while self._since is None or self._wanted < self._since:
                account, until = self._account, self._since
                begin = max(self._wanted, (until or datetime.now(UTC)) - _PIECE)
                deals = await self._context.agent.terminal.deals(begin, until)
                if account == self._account:
                    self._since = begin
                    self._add(tuple(deals))
        finally:
            self._reading = False

    def _add(self, deals: tuple[Deal, ...]) -> None:
        fresh = {deal.ticket: deal for deal in deals if deal.ticket not in self.deals}
        if fresh:
            self.deals |= fresh
            self.changed.emit()


class ChartTrades(QObject):
    """Keeps the marks of one chart in step with the deals, the owners' names and the filter."""

    def __init__(self, context: AppContext, panel: ChartPanel, book: DealBook, owners: Owners) -> None:
        super().__init__(panel)
        self._context, self._panel, self._chart = context, panel, panel.chart
        self._book, self._owners = book, owners
        self._spec: SymbolSpec | None = None
        self._all = TradeMarks()
        self._building = False
        self._stale = False
        self.card = TradeCard(self._chart)
        self.menu: QMenu = panel.bar.trades
        self.menu.aboutToShow.connect(self.fill_menu)
        panel.focused.connect(self._focus)
        book.changed.connect(self.rebuild)
        owners.changed.connect(self.rebuild)
        context.theme.changed.connect(self._show)
        self._chart.bars_merged.connect(self._reach)
        self._chart.mark_clicked.connect(self._clicked)
        self._chart.view_moved.connect(self.card.hide)
        self._chart.drawings_changed.connect(self.card.hide)

    @property
    def hidden(self) -> frozenset[str]:
        """The owners whose marks are not shown; "" stands for the trader's own hand."""
        return self._panel.states.hidden_owners(self._panel.account_key)

    def set_shown(self, owner: str, shown: bool) -> None:
        """Shows or hides the marks of an owner, on all charts of this account."""
        hidden = self.hidden - {owner} if shown else self.hidden | {owner}
        self._panel.states.set_hidden_owners(self._panel.account_key, hidden)
        self._book.changed.emit()

    def rebuild(self) -> None:
        """Makes the marks anew from the deals, beside the window's work."""
        if self._spec is None or self._building:
            self._stale = True
            return
        self._building, self._stale = True, False
        self._context.tasks.start(self._build(self._spec.name))

    def fill_menu(self) -> None:
        """Lists everyone who has traded this symbol."""
        self.menu.clear()
        hidden, colours = self.hidden, self._colours()
        for owner in self._all.owners:
            action = self.menu.addAction(owner or tr(_MANUAL))
            action.setCheckable(True)
            action.setChecked(owner not in hidden)
            action.setIcon(_swatch(colours[owner]))
            action.toggled.connect(lambda shown, who=owner: self.set_shown(who, shown))
        if not self._all.marks:
            self.menu.addAction(tr("No trades of this symbol yet")).setEnabled(False)

    def _focus(self, spec: SymbolSpec) -> None:
        self.card.hide()
        self._spec, self._all = spec, TradeMarks()
        self._reach()
        self.rebuild()

    def _reach(self) -> None:
        bars = self._chart.model.bars
        if len(bars):
            self._book.reach(datetime.fromtimestamp(int(bars["time"][0]), UTC))

    async def _build(self, symbol: str) -> None:
        try:
            deals = [deal for deal in self._book.deals.values() if deal.symbol == symbol]
            names = {magic: self._owners.name(magic) for magic in {deal.magic for deal in deals}}
            made = await asyncio.to_thread(trade_marks, deals, symbol, names.__getitem__)
        finally:
            self._building = False
        if not self._panel.symbol:
            return  # closed meanwhile
        if self._spec is not None and self._spec.name == symbol:
            self._all = made
            self._show()
        if self._stale:
            self.rebuild()

    def _show(self) -> None:
        shown = frozenset(self._all.owners) - self.hidden
        self._chart.set_marks(self._all.of_owners(shown), self._colours())

    def _colours(self) -> dict[str, str]:
        return owner_colours(self._all.owners, self._context.theme.tokens)

    def _clicked(self, mark: TradeMark | None, place: QPointF) -> None:
        spec = self._spec
        deals = [deal for deal in self._book.deals.values() if mark and deal.position_id == mark.position]
        trades = trades_of(deals)
        if mark is None or spec is None or not trades:
            self.card.hide()
            return
        account = self._context.agent.terminal.account
        self.card.show_trade(trades[0], mark.owner or _MANUAL, spec, account, place)


def _swatch(colour: str) -> QIcon:
    pixmap = QPixmap(12, 12)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
