"""The tables under the chart: positions, orders and history, with what can be done to them."""

from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from agent_core.ea.models import EaDeployment
from agent_core.terminal.models import Deal, PendingOrder, Position, Side, Tick
from agent_core.trading import numbers
from agent_core.trading.models import OrderOutcome, OutcomeStatus
from app.context import AppContext
from app.trade.columns import PositionRow, deal_columns, order_columns, position_columns
from app.trade.draft import pips_between
from app.trade.table_model import TableModel
from app.trade.table_view import TableOrEmpty, TradeTable
from app.widgets.buttons import button
from app.widgets.dialogs import ConfirmDialog, answer_of
from app.widgets.empty_state import EmptyState
from app.widgets.labels import separator

HISTORY_DAYS = 30
_CLOSE = ("close", "✕", "Close the position at market")
_HALF = ("half", "½", "Close half of the position")
_CANCEL = ("cancel", "✕", "Cancel the order")


class Blotter(QWidget):
    """Positions, orders and history."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._busy: set[int] = set()
        self._owners: dict[int, str] = {}
        terminal = context.agent.terminal

        def digits(symbol: str) -> int:
            spec = terminal.known_symbol(symbol)
            return spec.digits if spec is not None else 5

        def currency() -> str:
            return terminal.account.currency if terminal.account is not None else ""

        self.positions = TableModel(position_columns(digits, currency), lambda row: row.position.ticket, self)
        self.orders = TableModel(order_columns(digits, self._distance), lambda order: order.ticket, self)
        self.deals = TableModel(deal_columns(digits), lambda deal: deal.ticket, self)
        theme = context.theme
        self.positions_table = TradeTable(theme, "positions.table", self.positions, (_HALF, _CLOSE))
        self.orders_table = TradeTable(theme, "orders.table", self.orders, (_CANCEL,))
        self.history_table = TradeTable(theme, "history.table", self.deals)
        self.positions_table.acted.connect(self._act_on_position)
        self.orders_table.acted.connect(self._act_on_order)
        self._pages = QStackedWidget()
        self._tabs: dict[str, QPushButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._build_bar())
        layout.addWidget(separator())
        layout.addWidget(self._pages, 1)
        self._add_pages()
        signals = context.signals
        signals.positions.connect(self.show_positions)
        signals.orders.connect(self.show_orders)
        signals.ticks.connect(self._on_ticks)
        signals.deals.connect(self._on_deals)
        signals.deployment.connect(self._on_deployment)
        for deployment in context.agent.ea.deployments():
            self._on_deployment(deployment)
        self.show_positions(context.agent.feed.positions)
        self.show_orders(context.agent.feed.orders)

    async def load_history(self) -> None:
        """Reads the deals of the last days."""
        self.deals.set_rows(await self._context.agent.terminal.deals(datetime.now(UTC) - timedelta(days=HISTORY_DAYS)))

    def show_positions(self, positions: tuple[Position, ...]) -> None:
        """Shows all open positions."""
        self.positions.set_rows([PositionRow(each, self._owner(each.magic)) for each in positions])
        self._count("positions", len(positions))
        self.close_all.setEnabled(bool(positions))
        self.close_winners.setEnabled(any(row.profit > 0 for row in self.positions.rows))

    def show_orders(self, orders: tuple[PendingOrder, ...]) -> None:
        """Shows all pending orders."""
        self.orders.set_rows(orders)
        self._count("orders", len(orders))

    def show_tab(self, name: str) -> None:
        """Opens positions, orders or history."""
        self._tabs[name].setChecked(True)
        self._pages.setCurrentIndex(list(self._tabs).index(name))

    def _distance(self, order: PendingOrder) -> float | None:
        agent = self._context.agent
        spec, tick = agent.terminal.known_symbol(order.symbol), agent.feed.last(order.symbol)
        if spec is None or tick is None:
            return None
        return abs(pips_between(spec, tick.ask if order.side is Side.BUY else tick.bid, order.price))

    def _on_ticks(self, ticks: dict[str, Tick]) -> None:
        if any(order.symbol in ticks for order in self.orders.rows):
            self.orders.refresh()

    def _on_deals(self, deals: tuple[Deal, ...]) -> None:
        known = {deal.ticket: deal for deal in self.deals.rows}
        self.deals.set_rows(list((known | {deal.ticket: deal for deal in deals}).values()))

    def _on_deployment(self, deployment: EaDeployment) -> None:
        beat = deployment.beat
        name = f"{deployment.project_name} v{deployment.version_number}"
        if beat is not None and beat.magic and self._owners.get(beat.magic) != name:
            self._owners[beat.magic] = name
            self.show_positions(self._context.agent.feed.positions)

    def _owner(self, magic: int) -> str:
        if magic not in self._owners:
            sent_by = self._context.agent.desk.owner_of(magic)
            self._owners[magic] = "" if sent_by in (None, "manual") else str(sent_by)
        return self._owners[magic]

    # Actions

    def _act_on_position(self, action: str, row: PositionRow) -> None:
        held, volume = row.position, None
        if action == "half":
            spec = self._context.agent.terminal.known_symbol(held.symbol)
            if spec is None:
                return
            volume = numbers.snap_volume_down(numbers.decimal(held.volume) / 2, spec)
            if volume < numbers.decimal(spec.volume_min):
                self._context.toasts.warning(
                    f"Half of {held.volume:g} lots is below the smallest volume of {held.symbol} "
                    f"({spec.volume_min:g}). Close the whole position instead."
                )
                return
        self._close(held.ticket, volume)

    def _act_on_order(self, _action: str, order: PendingOrder) -> None:
        if order.ticket not in self._busy:
            self._start(order.ticket, self._context.agent.desk.cancel_order(order.ticket))

    def _close(self, ticket: int, volume: Decimal | None) -> None:
        if ticket not in self._busy:
            self._start(ticket, self._context.agent.desk.close_position(ticket, volume))

    def _start(self, ticket: int, work: Awaitable[OrderOutcome]) -> None:
        self._busy.add(ticket)
        self._context.tasks.start(self._follow(ticket, work))

    async def _follow(self, ticket: int, work: Awaitable[OrderOutcome]) -> None:
        try:
            outcome = await work
        finally:
            self._busy.discard(ticket)
        self._tell(outcome)

    def _tell(self, outcome: OrderOutcome) -> None:
        toasts = self._context.toasts
        show = {OutcomeStatus.REFUSED: toasts.error, OutcomeStatus.UNKNOWN: toasts.warning}
        show.get(outcome.status, toasts.success)(outcome.message)

    async def _close_winners(self) -> None:
        winners = [row for row in self.positions.rows if row.profit > 0]
        if not await self._agreed(f"Close {len(winners)} winning positions?", "positions.close_winners.confirm"):
            return
        for row in winners:
            self._close(row.position.ticket, None)

    async def _close_all(self) -> None:
        count = len(self.positions.rows)
        if not await self._agreed(f"Close all {count} positions?", "positions.close_all.confirm"):
            return
        outcome = await self._context.agent.desk.close_all(close_positions=True, cancel_orders=False)
        for failure in outcome.failed:
            self._context.toasts.error(failure)
        if outcome.closed:
            self._context.toasts.success(f"Closed {outcome.closed} positions.")

    async def _agreed(self, title: str, name: str) -> bool:
        text = "They are closed at market, one after the other. Pending orders and running EAs stay."
        dialog = ConfirmDialog(self.window(), name, title=title, text=text, accept="Close", kind="danger")
        return await answer_of(dialog)

    # Building

    def _build_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 0, 8, 0)
        bar.setSpacing(14)
        group = QButtonGroup(self)
        for number, (name, title) in enumerate(
            (("positions", "Positions"), ("orders", "Orders"), ("history", "History"))
        ):
            tab = button(title, f"blotter.{name}", "tab", partial(self._pages.setCurrentIndex, number))
            tab.setCheckable(True)
            tab.setChecked(number == 0)
            group.addButton(tab)
            bar.addWidget(tab)
            self._tabs[name] = tab
        bar.addStretch(1)
        start = self._context.tasks.start
        self.close_winners = button(
            "Close winners", "positions.close_winners", "ghost", lambda: start(self._close_winners())
        )
        self.close_all = button("Close all", "positions.close_all", "ghost", lambda: start(self._close_all()))
        bar.addWidget(self.close_winners)
        bar.addWidget(self.close_all)
        return bar

    def _add_pages(self) -> None:
        texts = {
            "positions": ("No open positions", "Buy or sell from the ticket on the right; the position appears here."),
            "orders": ("No pending orders", "Choose Limit or Stop in the ticket to wait for a price."),
            "history": (
                "No deals yet",
                f"Everything that was executed in the last {HISTORY_DAYS} days is listed here.",
            ),
        }
        tables = (self.positions_table, self.orders_table, self.history_table)
        for (name, (title, text)), table in zip(texts.items(), tables, strict=True):
            icon = "history" if name == "history" else "trade"
            empty = EmptyState(self._context.theme, f"{name}.empty", icon=icon, title=title, text=text)
            self._pages.addWidget(TableOrEmpty(table, empty))

    def _count(self, name: str, count: int) -> None:
        text = f"{name.capitalize()}  {count}" if count else name.capitalize()
        if self._tabs[name].text() != text:
            self._tabs[name].setText(text)
