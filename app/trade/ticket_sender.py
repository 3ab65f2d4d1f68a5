"""Sends the ticket's order exactly once, and follows it until its outcome is known."""

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_core.protocol.errors import ForexEliteError
from agent_core.terminal.models import Side
from agent_core.trading.models import OrderOutcome, OrderTicket, OutcomeStatus
from app import formatting
from app.tasks import describe

if TYPE_CHECKING:
    from app.context import AppContext

_RECONCILE_SECONDS = 2.0
_TONES = {
    OutcomeStatus.FILLED: "good", OutcomeStatus.PLACED: "good", OutcomeStatus.DONE: "good",
    OutcomeStatus.PARTIAL: "warning", OutcomeStatus.UNKNOWN: "warning", OutcomeStatus.REFUSED: "bad",
}  # fmt: skip


class TicketSender(QObject):
    """Holds the one order that is under way; while there is one, no other can be sent from the ticket.

    Attributes:
        message: What became of the last order, in one sentence; empty when there is nothing to say.
        tone: Tone of that sentence.

    Signals:
        changed: One of the above changed.
        succeeded: The order was filled or placed.
    """

    changed = Signal()
    succeeded = Signal()

    def __init__(self, context: "AppContext", parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._order: OrderTicket | None = None
        self._held = False
        self.message, self.tone = "", "dim"
        context.signals.order_settled.connect(self._on_settled)

    @property
    def busy(self) -> bool:
        """Whether an order waits for its confirmation or its outcome."""
        return self._held or self._order is not None

    @property
    def sending(self) -> Side | None:
        """Side of the order that is under way."""
        return self._order.side if self._order is not None else None

    def hold(self) -> None:
        """Lets no order through while one is being confirmed."""
        self._held = True
        self.changed.emit()

    def release(self) -> None:
        """Ends `hold`."""
        self._held = False
        self.changed.emit()

    def send(self, order: OrderTicket) -> None:
        """Sends an order, unless one is under way."""
        if self.busy:
            return
        self._order = order
        self.message = ""
        self._context.tasks.start(self._place(order), on_error=self._failed)
        self.changed.emit()

    def forget_outcome(self) -> None:
        """Takes the last sentence away because the user goes on; one about an unknown outcome stays."""
        if self._order is None:
            self.message = ""

    async def _place(self, order: OrderTicket) -> None:
        outcome = await self._context.agent.desk.place(order)
        self._settle(outcome)
        while self._order is order:
            # Unknown: nothing may be sent until the terminal's own records say what became of it.
            await asyncio.sleep(_RECONCILE_SECONDS)
            try:
                found = await self._context.agent.desk.reconcile()
            except ForexEliteError:
                continue
            for each in found:
                self._settle(each)

    def _on_settled(self, outcome: OrderOutcome) -> None:
        self._settle(outcome)

    def _settle(self, outcome: OrderOutcome) -> None:
        order = self._order
        if order is None or outcome.client_id != order.client_id:
            return
        self.message, self.tone = sentence(outcome, order, self._digits(order.symbol)), _TONES[outcome.status]
        if outcome.final:
            self._order = None
        self.changed.emit()
        if outcome.status in (OutcomeStatus.FILLED, OutcomeStatus.PARTIAL, OutcomeStatus.PLACED):
            self.succeeded.emit()

    def _digits(self, symbol: str) -> int:
        spec = self._context.agent.terminal.known_symbol(symbol)
        return spec.digits if spec is not None else 5

    def _failed(self, error: Exception) -> None:
        self._order = None
        self.message, self.tone = describe(error), "bad"
        self.changed.emit()


def sentence(outcome: OrderOutcome, order: OrderTicket, digits: int) -> str:
    """Returns what became of an order."""
    lots = formatting.lots(outcome.lots)
    if outcome.status is OutcomeStatus.FILLED and outcome.price is not None and outcome.lots is not None:
        price = formatting.price(outcome.price, digits)
        return f"{'Bought' if order.side is Side.BUY else 'Sold'} {lots} {order.symbol} at {price}."
    return outcome.message
