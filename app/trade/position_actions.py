"""What can be done to open positions and pending orders, one action at a time for each of them."""

from collections.abc import Awaitable, Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QWidget

from agent_core.protocol.jobs import CloseAllPayload, JobType
from agent_core.terminal.models import PendingOrder, Position
from agent_core.trading import numbers
from agent_core.trading.models import KEEP, Keep, Level, OrderOutcome, OutcomeStatus
from app import formatting
from app.context import AppContext
from app.trade.levels import snap_price
from app.widgets.dialogs import ConfirmDialog, answer_of

#: Shares of a position that can be closed, and how they are called.
SHARES = {Decimal("0.25"): "A quarter", Decimal("0.5"): "Half", Decimal("0.75"): "Three quarters"}


class PositionActions:
    """Sends what the tables' buttons and menus ask for, and tells what became of it."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        self._context, self._parent = context, parent
        self._busy: set[int] = set()

    def close(self, position: Position, share: Decimal = Decimal(1)) -> None:
        """Closes a position, or a share of it rounded down to the volume step."""
        volume = None
        if share < 1:
            spec = self._context.agent.terminal.known_symbol(position.symbol)
            if spec is None:
                return
            volume = numbers.snap_volume_down(numbers.decimal(position.volume) * share, spec)
            if volume < numbers.decimal(spec.volume_min):
                self._context.toasts.warning(
                    f"{SHARES[share]} of {position.volume:g} lots is below the smallest volume of {position.symbol} "
                    f"({spec.volume_min:g}). Close the whole position instead."
                )
                return
        if position.ticket not in self._busy:
            self._start(position.ticket, self._context.agent.desk.close_position(position.ticket, volume))

    def cancel(self, order: PendingOrder) -> None:
        """Cancels a pending order."""
        if order.ticket not in self._busy:
            self._start(order.ticket, self._context.agent.desk.cancel_order(order.ticket))

    def set_levels(self, position: Position, *, sl: Level, tp: Level) -> None:
        """Changes stop and target of a position; None removes one, `KEEP` leaves it as it is at the broker."""
        if position.ticket not in self._busy:
            self._start(position.ticket, self._context.agent.desk.modify_position(position.ticket, sl=sl, tp=tp))

    def set_order_levels(self, order: PendingOrder, *, price: Decimal | Keep, sl: Level, tp: Level) -> None:
        """Changes the price and the levels of a pending order."""
        if order.ticket not in self._busy:
            self._start(order.ticket, self._context.agent.desk.modify_order(order.ticket, price=price, sl=sl, tp=tp))

    def break_even(self, position: Position) -> None:
        """Moves the stop to the entry price."""
        spec = self._context.agent.terminal.known_symbol(position.symbol)
        if spec is None:
            return
        self.set_levels(position, sl=snap_price(position.price_open, spec), tp=KEEP)

    def trail(self, position: Position, pips: Decimal | None) -> None:
        """Lets the stop follow the price at a distance in pips, or at the one it has now."""
        spec = self._context.agent.terminal.known_symbol(position.symbol)
        if spec is None:
            return
        if pips is not None:
            distance = pips * numbers.decimal(spec.pip)
        else:
            sl = numbers.decimal(position.sl or 0.0)
            distance = position.side.sign * (numbers.decimal(position.price_current) - sl)
        if distance <= 0:
            self._context.toasts.warning(f"The stop of {position.symbol} is beyond the price: set it again first.")
            return
        self._context.agent.trailing.start(position, distance)
        wide = formatting.number(distance / numbers.decimal(spec.pip), 1)
        self._context.toasts.info(
            f"The stop of {position.symbol} follows the price at {wide} pips while this program runs. "
            "When it is closed, the stop stays where it is."
        )

    def stop_trailing(self, position: Position) -> None:
        """Leaves the stop where it is."""
        self._context.agent.trailing.stop(position.ticket)

    def reverse(self, position: Position) -> None:
        """Closes a position and opens one of the same size on the other side, after a question; the desk does both."""
        if position.ticket not in self._busy:
            self._context.tasks.start(self._reverse(position))

    def close_by(self, position: Position, opposite: Position) -> None:
        """Closes two opposite positions of a symbol by each other, which saves a spread."""
        if not self._busy & {position.ticket, opposite.ticket}:
            self._start(position.ticket, self._context.agent.desk.close_by(position.ticket, opposite.ticket))

    def close_many(self, positions: Sequence[Position], what: str, name: str) -> None:
        """Closes several positions after a question. `what` says which, `name` is the dialog's object name."""
        self._context.tasks.start(self._close_many(tuple(positions), what, name))

    def close_all(self, count: int) -> None:
        """Closes everything that is open then, after a question."""
        self._context.tasks.start(self._close_all(count))

    async def _reverse(self, position: Position) -> None:
        lots = formatting.lots(position.volume)
        other = position.side.opposite
        text = f"Closes {position.side.value.lower()} {lots} {position.symbol} at market, then opens {other.lower()} "
        dialog = ConfirmDialog(
            self._parent.window(), "positions.reverse.confirm", title=f"Reverse {position.symbol}?",
            text=f"{text}{lots} at market. The new position has no stop loss.", accept="Reverse", kind="danger",
        )  # fmt: skip
        if not await answer_of(dialog) or position.ticket in self._busy:
            return
        self._start(position.ticket, self._context.agent.desk.reverse_position(position.ticket))

    async def _close_many(self, positions: tuple[Position, ...], what: str, name: str) -> None:
        count = len(positions)
        if positions and await self._agreed(f"Close {count} {what}{'' if count == 1 else 's'}?", name):
            for position in positions:
                self.close(position)

    async def _close_all(self, count: int) -> None:
        if not await self._agreed(f"Close all {count} positions?", "positions.close_all.confirm"):
            return
        # As a job: after a crash amid it the agent says what was closed and what was not.
        payload = CloseAllPayload(cancel_orders=False, stop_eas=False)
        outcome = await self._context.agent.jobs.run(JobType.CLOSE_ALL, payload)
        failed = [str(sentence) for sentence in outcome.result.get("failed", [])]
        for failure in [outcome.error_detail] if outcome.error_detail else failed:
            self._context.toasts.error(failure)
        if closed := outcome.result.get("closed_positions"):
            self._context.toasts.success(f"Closed {closed} position{'' if closed == 1 else 's'}.")

    async def _agreed(self, title: str, name: str) -> bool:
        text = "They are closed at market, one after the other. Pending orders and running EAs stay."
        dialog = ConfirmDialog(self._parent.window(), name, title=title, text=text, accept="Close", kind="danger")
        return await answer_of(dialog)

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
        show: dict[OutcomeStatus, Any] = {OutcomeStatus.REFUSED: toasts.error, OutcomeStatus.UNKNOWN: toasts.warning}
        show.get(outcome.status, toasts.success)(outcome.message)
