"""Puts positions, pending orders and the ticket's plan on the chart as lines, and takes what the user drags."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

from PySide6.QtCore import QObject

from agent_core.terminal.models import PendingOrder, Position, Side, SymbolSpec
from agent_core.trading.models import KEEP, OrderOutcome, OutcomeStatus
from app import formatting
from app.chart.lines import LineKey, TradeLine
from app.chart.widget import ChartWidget
from app.context import AppContext
from app.language import tr
from app.trade.draft import level_money
from app.trade.levels import snap_price
from app.trade.line_texts import order_lines, position_lines, ticket_lines
from app.trade.ticket import Ticket
from app.widgets.dialogs import ConfirmDialog, answer_of

_TICKET = "ticket."
#: Lines that belong to positions and orders.
_HELD = {"entry", "sl", "tp", "order", "order.sl", "order.tp"}
_NAMES = {
    "sl": "stop loss", "tp": "take profit", "order": "pending order", "order.sl": "stop loss of the order",
    "order.tp": "take profit of the order",
}  # fmt: skip
#: Share of the visible range a new level is put away from the entry.
_FIRST_DISTANCE = 0.12


class ChartLines(QObject):
    """Keeps the chart's lines in step. What the terminal says always wins over what was dragged.

    A drag only previews; on release the change is sent, and the line stays where it was dropped until the terminal
    has answered.

    Attributes:
        leads: Tells whether this is the chart on which the ticket puts new levels.
    """

    def __init__(self, context: AppContext, chart: ChartWidget, ticket: Ticket) -> None:
        super().__init__(chart)
        self._context, self._chart, self._ticket = context, chart, ticket
        self.spec: SymbolSpec | None = None
        self.leads: Callable[[], bool] = lambda: True
        self._dropped: dict[LineKey, Decimal] = {}
        signals = context.signals
        signals.positions.connect(self.rebuild)
        signals.orders.connect(self.rebuild)
        ticket.levels_changed.connect(self.rebuild)
        ticket.level_wanted.connect(self._place_level)
        chart.line_dragged.connect(self._dragged)
        chart.line_dropped.connect(self._let_go)
        chart.line_cancelled.connect(self._forget)
        chart.line_closed.connect(self._closed)

    def focus(self, spec: SymbolSpec) -> None:
        """Shows the lines of another symbol."""
        self.spec = spec
        self._dropped.clear()
        self.rebuild()

    def rebuild(self, _event: object = None) -> None:
        """Draws all lines anew from what is known now."""
        spec = self.spec
        if spec is None:
            return
        account = self._context.agent.terminal.account
        lines: list[TradeLine] = []
        for position in self._positions():
            risk = self._context.agent.initial_stops.risk(position)
            lines += position_lines(position, spec, self._dropped, account, risk)
        for order in self._orders():
            lines += order_lines(order, spec, self._dropped, account)
        levels = self._ticket.levels() if self._ticket.spec and self._ticket.spec.name == spec.name else None
        planned, zones = ticket_lines(levels, spec, account) if levels else ([], [])
        self._chart.set_lines([*lines, *planned], zones)

    def money_between(self, first: float, second: float) -> str:
        """Returns what the ticket's order would gain from one price to another; empty while it has no size."""
        ticket, spec = self._ticket, self.spec
        if spec is None or ticket.spec is None or ticket.spec.name != spec.name or ticket.lots is None:
            return ""
        account = self._context.agent.terminal.account
        amount = level_money(spec, ticket.side, float(ticket.lots), first, second)
        text = formatting.money(amount, account.currency_digits if account else 2, signed=True)
        currency = f" {account.currency}" if account else ""
        return f"{text}{currency} ({tr(ticket.side.value.lower())} {formatting.lots(ticket.lots)})"

    def _positions(self) -> list[Position]:
        return [p for p in self._context.agent.feed.positions if self.spec and p.symbol == self.spec.name]

    def _orders(self) -> list[PendingOrder]:
        return [o for o in self._context.agent.feed.orders if self.spec and o.symbol == self.spec.name]

    def _place_level(self, name: str) -> None:
        levels, spec, tick = self._ticket.levels(), self.spec, self._ticket.tick
        if spec is None or tick is None or not len(self._chart.model) or not self.leads():
            return
        side = levels.side if levels else Side.BUY
        entry = levels.entry if levels else Decimal(str(tick.ask))
        least = Decimal(str(max(spec.stops_level * spec.point * 2, 10 * spec.pip)))
        away = max(least, Decimal(str((self._chart.view.high - self._chart.view.low) * _FIRST_DISTANCE)))
        if name == "tp" and levels is not None and levels.sl is not None:
            away = abs(entry - levels.sl) * 2
        toward = side.sign if name == "tp" else -side.sign
        self._ticket.set_level(name, snap_price(entry + toward * away, spec))

    # Dragging

    def _dragged(self, key: LineKey, price: float) -> None:
        if self.spec is None or not _is_ours(key):
            return
        snapped = snap_price(price, self.spec)
        if key.kind.startswith(_TICKET):
            self._ticket.set_level(key.kind.removeprefix(_TICKET), snapped)
            return
        self._dropped[self._level_of(key, snapped)] = snapped
        self.rebuild()

    def _let_go(self, key: LineKey, price: float) -> None:
        if self.spec is None or key.kind not in _HELD:
            self.rebuild()
            return
        snapped = snap_price(price, self.spec)
        level = self._level_of(key, snapped)
        self._dropped[level] = snapped
        if self._context.ui.values.confirm_drags:
            self._context.tasks.start(self._ask(level, snapped))
        else:
            self._send(level, snapped)

    async def _ask(self, key: LineKey, price: Decimal) -> None:
        spec = self.spec
        if spec is None:
            return
        name = _NAMES[key.kind]
        dialog = ConfirmDialog(
            self._chart.window(), "chart.drag.confirm", title=f"Move the {name} of {spec.name}?",
            text=f"To {formatting.price(price, spec.digits)}.", accept="Move it", reject="Leave it",
        )  # fmt: skip
        if await answer_of(dialog) and self.spec is spec:
            self._send(key, price)
        else:
            self._forget(key)

    def _closed(self, key: LineKey) -> None:
        if key.kind.startswith(_TICKET):
            self._ticket.set_level(key.kind.removeprefix(_TICKET), None)
        elif not _is_ours(key):
            return
        elif key.kind == "order":
            desk = self._context.agent.desk
            self._run(key, lambda: desk.cancel_order(key.ticket))
        else:
            self._send(key, None)

    def _forget(self, key: LineKey) -> None:
        for level in [level for level in self._dropped if level == key or level.ticket == key.ticket]:
            del self._dropped[level]
        self.rebuild()

    def _level_of(self, key: LineKey, price: Decimal) -> LineKey:
        # A level is pulled out of the entry line: on the losing side a stop, on the other a target.
        if key.kind != "entry":
            return key
        for stale in (LineKey("sl", key.ticket), LineKey("tp", key.ticket)):
            self._dropped.pop(stale, None)
        position = next((p for p in self._positions() if p.ticket == key.ticket), None)
        losing = position is not None and (float(price) - position.price_open) * position.side.sign < 0
        return LineKey("sl" if losing else "tp", key.ticket)

    # Sending

    def _send(self, key: LineKey, price: Decimal | None) -> None:
        desk = self._context.agent.desk
        position = next((p for p in self._positions() if p.ticket == key.ticket), None)
        order = next((o for o in self._orders() if o.ticket == key.ticket), None)
        # What is not dragged may have been changed in MetaTrader since it was drawn.
        sl = price if key.kind in ("sl", "order.sl") else KEEP
        tp = price if key.kind in ("tp", "order.tp") else KEEP
        if position is not None:
            self._run(key, lambda: desk.modify_position(position.ticket, sl=sl, tp=tp))
        elif order is not None:
            at = price if key.kind == "order" and price is not None else KEEP
            self._run(key, lambda: desk.modify_order(order.ticket, price=at, sl=sl, tp=tp))
        else:
            self._forget(key)

    def _run(self, key: LineKey, change: Callable[[], Awaitable[OrderOutcome]]) -> None:
        self._context.tasks.start(self._change(key, change), on_error=lambda error: self._refused(key, error))

    async def _change(self, key: LineKey, change: Callable[[], Awaitable[OrderOutcome]]) -> None:
        outcome = await change()
        if outcome.status is OutcomeStatus.REFUSED:
            self._context.toasts.error(outcome.message)
        elif outcome.status is OutcomeStatus.UNKNOWN:
            self._context.toasts.warning(outcome.message)
        else:
            await self._context.agent.feed.poll_account()
        self._forget(key)

    def _refused(self, key: LineKey, error: Exception) -> None:
        self._context.tasks.report(error)
        self._forget(key)


def _is_ours(key: LineKey) -> bool:
    return key.kind in _HELD or key.kind.startswith(_TICKET)
