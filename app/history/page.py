"""The history page: trades of the chosen range, and what they come to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from agent_core.terminal.models import Account
from app import formatting
from app.context import AppContext
from app.history.columns import trade_columns
from app.history.equity_log import equity_points
from app.history.journal_panel import JournalPanel
from app.history.performance import day_of
from app.history.performance_view import PerformanceView
from app.history.trades import Trade, trades_of
from app.language import tr
from app.trade.owners import Owners
from app.trade.table_model import TableModel
from app.trade.table_tools import TablePanel, filter_field, table_button
from app.trade.table_view import TradeTable
from app.widgets.buttons import MenuButton, button
from app.widgets.empty_state import EmptyState
from app.widgets.labels import label, separator, set_tone

RANGES = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}


class HistoryPage(QWidget):
    """Three views of the same deals: one line a position, newest first; the performance; the journal."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("page.history")
        self._context = context
        self._digits: dict[str, int] = {}
        self._days = 30
        self._account = ""
        self._owners = Owners(context, self)
        self.model = TableModel(trade_columns(self._digits_of, self._owners.name), lambda trade: trade.position, self)
        self._owners.changed.connect(self.model.refresh)
        self.table = TradeTable(context.theme, "history.table", self.model)
        empty = EmptyState(
            context.theme, "history.empty", icon="history", title="No trades in this time",
            text="A position appears here as soon as it is opened, and keeps its line after it is closed.",
        )  # fmt: skip
        groups: dict[str, Callable[[Trade], str]] = {
            "symbol": lambda trade: trade.symbol, "owner": lambda trade: self._owners.name(trade.magic) or tr("Manual"),
            "day": day_of,
        }  # fmt: skip
        self.panel = TablePanel(context, self.table, empty, groups)
        self.performance = PerformanceView(context, self._owners.name)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.panel)
        self._stack.addWidget(self.performance)
        self.journal = JournalPanel(context, self._owners.name)
        self._stack.addWidget(self.journal)
        self._total = label("", "strong", "history.total")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._build_bar())
        layout.addWidget(separator())
        layout.addWidget(self._stack, 1)
        context.signals.deals.connect(self._on_deals)
        context.signals.account.connect(self._on_account)

    def reload(self) -> None:
        """Reads the deals again."""
        if self._context.agent.terminal.connected:
            self._context.tasks.start(self._read())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Reads when the page comes into view."""
        self.reload()
        super().showEvent(event)

    def _on_deals(self, _deals: object) -> None:
        if self.isVisible():
            self.reload()

    def _on_account(self, account: Account) -> None:
        if account.key != self._account:
            self._account = account.key
            self._on_deals(account)

    async def _read(self) -> None:
        terminal, days = self._context.agent.terminal, self._days
        since = datetime.now(UTC) - timedelta(days=days)
        deals = await terminal.deals(since)
        trades = trades_of(deals)
        for name in {trade.symbol for trade in trades} - self._digits.keys():
            self._digits[name] = (await terminal.symbol(name)).digits
        account = terminal.account
        if days != self._days or account is None:
            return
        self.model.set_rows(trades)
        self._show_total()
        self.journal.show_trades(trades)
        equity = equity_points(self._context.agent.store, account, since)
        self.performance.show_trades(trades, deals, account, equity)

    def _show_total(self) -> None:
        account, trades = self._context.agent.terminal.account, self.model.rows
        net = sum(trade.net for trade in trades)
        count = f"{len(trades)} trade{'' if len(trades) == 1 else 's'}"
        currency = account.currency if account else ""
        self._total.setText(f"{count} · {formatting.money(net, 2, currency, signed=True)}" if trades else "")
        set_tone(self._total, formatting.tone(round(net, 2)))

    def _digits_of(self, symbol: str) -> int:
        return self._digits.get(symbol, 5)

    def _choose_range(self, days: int) -> None:
        self._days = days
        self._range.show_choice(RANGES[days])
        self.reload()

    def _filter(self, text: str) -> None:
        self.panel.set_filter(text)
        self.journal.panel.set_filter(text)
        self._show_total()

    def _shown_panel(self) -> TablePanel:
        return (self.panel, self.performance.panel, self.journal.panel)[self._stack.currentIndex()]

    def _build_bar(self) -> QHBoxLayout:
        bar, group = QHBoxLayout(), QButtonGroup(self)
        bar.setContentsMargins(12, 0, 8, 0)
        bar.setSpacing(14)
        tabs: list[QPushButton] = []
        for number, (name, title) in enumerate(
            (("trades", "Trades"), ("performance", "Performance"), ("journal", "Journal"))
        ):
            tab = button(title, f"history.{name}", "tab", partial(self._stack.setCurrentIndex, number))
            tab.setCheckable(True)
            tab.setChecked(number == 0)
            group.addButton(tab)
            bar.addWidget(tab)
            tabs.append(tab)
        bar.addStretch(1)
        self.filter = filter_field("history.filter")
        self.filter.textChanged.connect(self._filter)
        self._range = MenuButton("history.range", "Time")
        self._range.setProperty("kind", "ghost")
        self._range.show_choice(RANGES[self._days])
        for days, title in RANGES.items():
            self._range.choices.addAction(tr(title)).triggered.connect(lambda _checked, n=days: self._choose_range(n))
        export = table_button("history.table_menu", self._shown_panel)
        for widget in (self._total, self.filter, self._range, export):
            bar.addWidget(widget)
        bar.addWidget(button("Refresh", "history.refresh", "ghost", self.reload))
        return bar
