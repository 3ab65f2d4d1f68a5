"""The tables under the chart: positions, orders, history and journal, with what can be done to them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from agent_core.terminal.models import Deal, PendingOrder, Position, Side, Tick
from agent_core.trading.models import KEEP, Level
from app import formatting
from app.context import AppContext
from app.history.columns import trade_columns
from app.history.journal_panel import JournalPanel
from app.history.performance import day_of
from app.history.trades import trades_of
from app.language import tr
from app.trade.columns import PositionRow, order_columns, position_columns
from app.trade.draft import pips_between, read_number
from app.trade.levels import DraftError, snap_price
from app.trade.owners import Owners
from app.trade.panels import KeptTab
from app.trade.position_actions import PositionActions
from app.trade.row_menus import group_menu, order_menu, position_menu
from app.trade.table_model import GroupLine, TableModel
from app.trade.table_tools import TablePanel, filter_field, table_button
from app.trade.table_view import TradeTable
from app.widgets.buttons import button
from app.widgets.empty_state import EmptyState
from app.widgets.labels import separator

Row = TypeVar("Row")
HISTORY_DAYS = 30
_ROOMY = 14
_CLOSE = ("close", "✕", "Close the position at market")
_HALF = ("half", "½", "Close half of the position")
_CANCEL = ("cancel", "✕", "Cancel the order")


class Blotter(QWidget):
    """Positions, orders, history and journal.

    Args:
        context: What every page gets.
        at_once: Whether it is built at once; else it has its bar, until `pieces` has added the tables.
    """

    def __init__(self, context: AppContext, *, at_once: bool = True) -> None:
        super().__init__()
        self.setObjectName("blotter")
        self._context = context
        self._actions = PositionActions(context, self)
        self._owners = Owners(context, self)
        self._trailing = context.agent.trailing.distances
        terminal = context.agent.terminal

        def digits(symbol: str) -> int:
            spec = terminal.known_symbol(symbol)
            return spec.digits if spec is not None else 5

        def currency() -> str:
            return terminal.account.currency if terminal.account is not None else ""

        self.positions = TableModel(position_columns(digits, currency), lambda row: row.position.ticket, self)
        self.orders = TableModel(order_columns(digits, self._distance), lambda order: order.ticket, self)
        self.trades = TableModel(trade_columns(digits, self._owners.name), lambda trade: trade.position, self)
        self._deals: dict[int, Deal] = {}
        self._pages = QStackedWidget()
        self.panels: list[TablePanel] = []
        self._tabs: dict[str, QPushButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._bar = self._build_bar()
        layout.addLayout(self._bar)
        layout.addWidget(separator())
        layout.addWidget(self._pages, 1)
        if at_once:
            for _ in self.pieces():
                pass

    def pieces(self) -> Iterator[None]:
        """Adds the tables, one at each step, so that the window can be moved between them."""
        context, theme = self._context, self._context.theme
        self.positions_table = TradeTable(theme, "positions.table", self.positions, (_HALF, _CLOSE))
        self.positions_table.acted.connect(self._act_on_position)
        self.positions_table.menu_wanted.connect(self._open_position_menu)
        self.positions.edited.connect(self._edit_position)
        text = "Buy or sell from the ticket on the right; the position appears here."
        self._add_page("positions", self.positions_table, "trade", "No open positions", text, {
            "symbol": lambda row: row.position.symbol, "owner": lambda row: row.owner or tr("Manual"),
        })  # fmt: skip
        yield
        self.orders_table = TradeTable(theme, "orders.table", self.orders, (_CANCEL,))
        self.orders_table.acted.connect(lambda _action, order: self._actions.cancel(order))
        self.orders_table.menu_wanted.connect(self._open_order_menu)
        self.orders.edited.connect(self._edit_order)
        text = "Choose Limit or Stop in the ticket to wait for a price."
        self._add_page("orders", self.orders_table, "trade", "No pending orders", text, {
            "symbol": lambda order: order.symbol,
        })  # fmt: skip
        yield
        self.history_table = TradeTable(theme, "trades.table", self.trades)
        text = f"Positions of the last {HISTORY_DAYS} days are listed here, open and closed."
        self._add_page("history", self.history_table, "history", "No trades yet", text, {
            "symbol": lambda trade: trade.symbol,
            "owner": lambda trade: self._owners.name(trade.magic) or tr("Manual"), "day": day_of,
        })  # fmt: skip
        yield
        self.journal = JournalPanel(context, self._owners.name)
        self.panels.append(self.journal.panel)
        self._pages.addWidget(self.journal)
        KeptTab(context.ui, "blotter.tab", self._pages, lambda at: self.show_tab(list(self._tabs)[at]))
        self._owners.changed.connect(lambda: self.show_positions(context.agent.feed.positions))
        signals = context.signals
        signals.positions.connect(self.show_positions)
        signals.orders.connect(self.show_orders)
        signals.trailing.connect(self._show_trailing)
        signals.ticks.connect(self._on_ticks)
        signals.deals.connect(self._on_deals)
        self.show_positions(context.agent.feed.positions)
        self.show_orders(context.agent.feed.orders)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Gives up what the menus have too where there is little room."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Fits again when a text in the bar got longer."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        going = [self.close_winners, self.filter, self.close_all]
        if self.filter.text():
            going.remove(self.filter)  # it says why rows are missing
        widgets = [part.widget() for at in range(self._bar.count()) if (part := self._bar.itemAt(at)) is not None]
        shown = [widget for widget in widgets if widget is not None]
        spacing = _ROOMY
        while _width(shown, spacing) > self.width() and (spacing > 0 or going):
            if spacing > 2:
                spacing = 2
            elif going:
                shown.remove(going.pop(0))
            else:
                spacing = 0
        if self._bar.spacing() != spacing:  # each setting asks to be laid out again, and so for another fit
            self._bar.setSpacing(spacing)
            self._bar.setContentsMargins(spacing // 2 + 4, 0, spacing // 2 + 2, 0)
        for widget in widgets:
            if widget is not None and widget.isHidden() == (widget in shown):
                widget.setVisible(widget in shown)

    async def load_history(self) -> None:
        """Reads the deals of the last days."""
        since = datetime.now(UTC) - timedelta(days=HISTORY_DAYS)
        self._show_deals(await self._context.agent.terminal.deals(since))

    def show_positions(self, positions: tuple[Position, ...]) -> None:
        """Shows all open positions."""
        name, trailing, risk = self._owners.name, self._trailing, self._context.agent.initial_stops.risk
        self.positions.set_rows(
            [PositionRow(each, name(each.magic), each.ticket in trailing, risk(each)) for each in positions]
        )
        self._count("positions", len(positions))
        rows = self.positions.all_rows
        self.close_all.setEnabled(bool(positions))
        self.close_winners.setEnabled(any(row.profit > 0 for row in rows))
        self._total(0, self.positions.rows, lambda row: row.profit, lambda row: row.position.volume)

    def _show_trailing(self, distances: dict[int, Decimal]) -> None:
        self._trailing = distances
        self.show_positions(self._context.agent.feed.positions)

    def show_orders(self, orders: tuple[PendingOrder, ...]) -> None:
        """Shows all pending orders."""
        self.orders.set_rows(orders)
        self._count("orders", len(orders))
        self._total(1, self.orders.rows, None, lambda order: order.volume)

    def show_tab(self, name: str) -> None:
        """Opens positions, orders, history or journal."""
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
        self._show_deals([*self._deals.values(), *deals])

    def _show_deals(self, deals: list[Deal]) -> None:
        self._deals = {deal.ticket: deal for deal in deals}
        trades = trades_of(self._deals.values())
        self.trades.set_rows(trades)
        self.journal.show_trades(trades)
        self._total(2, self.trades.rows, lambda trade: trade.net, lambda trade: trade.lots)

    def _total(
        self, panel: int, rows: Sequence[Row], profit: Callable[[Row], float] | None, lots: Callable[[Row], float]
    ) -> None:
        account = self._context.agent.terminal.account
        count = f"{len(rows)} · {formatting.lots(round(sum(lots(row) for row in rows), 8))} lots" if rows else ""
        result = sum(profit(row) for row in rows) if profit is not None else 0.0
        digits, currency = (account.currency_digits, account.currency) if account is not None else (2, "")
        total = formatting.money(result, digits, currency, signed=True) if profit is not None and rows else ""
        self.panels[panel].show_totals(count, total, formatting.tone(round(result, digits)))

    # Actions

    def _act_on_position(self, action: str, row: PositionRow) -> None:
        self._actions.close(row.position, Decimal("0.5") if action == "half" else Decimal(1))

    def position_menu(self, row: PositionRow) -> QMenu:
        """Returns the menu of a position."""
        return position_menu(self, self._actions, row, self.positions.all_rows)

    def _open_position_menu(self, line: PositionRow | GroupLine[PositionRow], place: QPoint) -> None:
        if isinstance(line, GroupLine):
            group_menu(self, self._actions, line).popup(place)
        else:
            self.position_menu(line).popup(place)

    def _open_order_menu(self, line: PendingOrder | GroupLine[PendingOrder], place: QPoint) -> None:
        if not isinstance(line, GroupLine):
            order_menu(self, self._actions, line, self.orders.all_rows).popup(place)

    def _edit_position(self, row: PositionRow, title: str, text: str) -> None:
        # What is not typed may have been changed in MetaTrader since the table showed it.
        typed = self._typed(title, text, row.position.symbol)
        if typed is not None:
            self._actions.set_levels(row.position, sl=typed.get("S/L", KEEP), tp=typed.get("T/P", KEEP))

    def _edit_order(self, order: PendingOrder, title: str, text: str) -> None:
        typed = self._typed(title, text, order.symbol)
        price = None if typed is None else typed.get("Price", KEEP)
        if typed is not None and price is not None:
            self._actions.set_order_levels(order, price=price, sl=typed.get("S/L", KEEP), tp=typed.get("T/P", KEEP))

    def _typed(self, title: str, text: str, symbol: str) -> dict[str, Level] | None:
        """Reads what was typed into a cell; None if that is no number."""
        spec = self._context.agent.terminal.known_symbol(symbol)
        if spec is None:
            return None
        try:
            value = read_number(text, title, title)
        except DraftError as error:
            self._context.toasts.warning(str(error))
            return None
        return {title: None if value is None else snap_price(value, spec)}

    def _close_winners(self) -> None:
        winners = [row.position for row in self.positions.all_rows if row.profit > 0]
        self._actions.close_many(winners, "winning position", "positions.close_winners.confirm")

    # Filter and export

    @property
    def _panel(self) -> TablePanel:
        return self.panels[self._pages.currentIndex()]

    def _filter(self, text: str) -> None:
        for panel in self.panels:
            panel.set_filter(text)
        feed = self._context.agent.feed
        self.show_positions(feed.positions)
        self.show_orders(feed.orders)
        self._show_deals(list(self._deals.values()))

    # Building

    def _build_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 0, 8, 0)
        bar.setSpacing(14)
        group = QButtonGroup(self)
        for number, (name, title) in enumerate(
            (("positions", "Positions"), ("orders", "Orders"), ("history", "History"), ("journal", "Journal"))
        ):
            tab = button(title, f"blotter.{name}", "tab", partial(self._pages.setCurrentIndex, number))
            tab.setCheckable(True)
            tab.setChecked(number == 0)
            group.addButton(tab)
            bar.addWidget(tab)
            self._tabs[name] = tab
        bar.addStretch(1)
        self.filter = filter_field("blotter.filter")
        self.filter.textChanged.connect(self._filter)
        self.close_winners = button("Close winners", "positions.close_winners", "ghost", self._close_winners)
        self.close_all = button(
            "Close all", "positions.close_all", "ghost",
            lambda: self._actions.close_all(len(self.positions.all_rows)),
        )  # fmt: skip
        bar.addWidget(self.filter)
        bar.addWidget(table_button("blotter.table", lambda: self._panel))
        bar.addWidget(self.close_winners)
        bar.addWidget(self.close_all)
        return bar

    def _add_page(
        self, name: str, table: TradeTable, icon: str, title: str, text: str, groups: dict[str, Callable[[Any], str]]
    ) -> None:
        empty = EmptyState(self._context.theme, f"{name}.empty", icon=icon, title=title, text=text)
        panel = TablePanel(self._context, table, empty, groups)
        self.panels.append(panel)
        self._pages.addWidget(panel)

    def _count(self, name: str, count: int) -> None:
        title = tr(name.capitalize())
        text = f"{title}  {count}" if count else title
        if self._tabs[name].text() != text:
            self._tabs[name].setText(text)


def _width(widgets: list[QWidget], spacing: int) -> int:
    least = (max(widget.minimumWidth(), widget.minimumSizeHint().width()) for widget in widgets)
    return sum(least) + spacing * len(widgets) + 8
