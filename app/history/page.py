"""The history page: trades of the last thirty days."""

from datetime import UTC, datetime, timedelta

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app import formatting
from app.context import AppContext
from app.history.trades import Trade, trades_of
from app.widgets.buttons import button
from app.widgets.empty_state import EmptyState
from app.widgets.labels import SectionHeader, label, set_tone
from app.widgets.table import Column, RowsModel, table_view

DAYS = 30


class HistoryPage(QWidget):
    """One line a position, newest first, with the sum in the header."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("page.history")
        self._context = context
        self._digits: dict[str, int] = {}
        self.model = RowsModel(context.theme, self._columns(), self)
        self.table = table_view(self.model, "history.table")
        self._total = label("", "strong", "history.total")
        refresh = button("Refresh", "history.refresh", "ghost", self.reload)
        self._empty = EmptyState(
            context.theme,
            "history.empty",
            icon="history",
            title=f"No trades in the last {DAYS} days",
            text="A position appears here as soon as it is opened, and keeps its line after it is closed.",
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(SectionHeader(f"History · last {DAYS} days", self._total, refresh))
        layout.addWidget(self._stack, 1)
        context.signals.deals.connect(self._on_deals)

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

    async def _read(self) -> None:
        terminal = self._context.agent.terminal
        trades = trades_of(await terminal.deals(datetime.now(UTC) - timedelta(days=DAYS)))
        for name in {trade.symbol for trade in trades} - self._digits.keys():
            self._digits[name] = (await terminal.symbol(name)).digits
        self.model.set_rows(trades)
        self._stack.setCurrentIndex(1 if trades else 0)
        net = sum(trade.net for trade in trades)
        currency = terminal.account.currency if terminal.account else ""
        count = f"{len(trades)} trade{'' if len(trades) == 1 else 's'}"
        self._total.setText(f"{count} · {formatting.money(net, 2, currency, signed=True)}" if trades else "")
        set_tone(self._total, formatting.tone(net))

    def _price(self, trade: Trade, value: float | None) -> str:
        return formatting.price(value, self._digits.get(trade.symbol, 5))

    def _columns(self) -> tuple[Column[Trade], ...]:
        return (
            Column("Symbol", lambda row: row.symbol, 100, strong=True),
            Column("Side", lambda row: row.side.title(), 70, pill=lambda row: "up" if row.side.sign > 0 else "down"),
            Column("Lots", lambda row: formatting.lots(round(row.lots, 8)), 80, right=True),
            Column("Opened", lambda row: formatting.day_and_time(row.opened), 120),
            Column("Open", lambda row: self._price(row, row.price_open), 100, right=True),
            Column("Closed", lambda row: formatting.day_and_time(row.closed) if row.closed else "open", 120),
            Column("Close", lambda row: self._price(row, row.price_close), 100, right=True),
            Column("Costs", lambda row: formatting.number(row.costs, 2), 90, right=True, color=lambda _row: "dim"),
            Column("Net P/L", lambda row: formatting.number(row.net, 2, signed=True), 110, right=True,
                   color=_net_color, strong=True),
            Column("Comment", lambda row: row.comment, 0, color=lambda _row: "dim"),
        )  # fmt: skip


def _net_color(trade: Trade) -> str | None:
    tone = formatting.tone(round(trade.net, 2))
    return None if tone == "flat" else tone
