"""The trading desk: previews, places, changes and closes, each order exactly once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from agent_core.events import EventBus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.models import OrderKind
from agent_core.terminal.service import TerminalService
from agent_core.terminal.symbols import canonical_name
from agent_core.trading import order_request
from agent_core.trading.arming import ArmSwitch
from agent_core.trading.changes import OrderChanges
from agent_core.trading.close_all import end_all, part_id, parts_done
from agent_core.trading.commission import CommissionBook
from agent_core.trading.guard import WITHIN_LIMITS
from agent_core.trading.journal import Action, Entry, OrderJournal
from agent_core.trading.models import (
    CloseAllOutcome,
    Keep,
    Level,
    OrderOutcome,
    OrderPreview,
    OrderTicket,
    OutcomeStatus,
    RiskLimits,
    SizeMode,
)
from agent_core.trading.numbers import decimal
from agent_core.trading.order_checks import refuse
from agent_core.trading.planner import OrderPlanner, Plan, preview_of
from agent_core.trading.reconcile import SETTLE_AFTER
from agent_core.trading.recorder import FactRecorder
from agent_core.trading.risk_guard import RiskGuard
from agent_core.trading.risk_state import RiskState
from agent_core.trading.runner import OrderRunner
from agent_core.trading.sender import OrderSender


class TradingDesk:
    """Everything that changes the account goes through here.

    Every method that sends returns an outcome: refusals too, with a code and one clear sentence. Sending again with a
    client id used before returns the first outcome.

    Raises:
        ForexEliteError: (from every coroutine) no terminal is connected; nothing was journaled or sent.
    """

    def __init__(
        self, terminal: TerminalService, feed: MarketFeed, store: Store, bus: EventBus, events: EventLog,
        *, settle_after: timedelta = SETTLE_AFTER,
    ) -> None:  # fmt: skip
        self._terminal = terminal
        self._feed = feed
        self._switch = ArmSwitch(terminal, bus)
        self._journal = OrderJournal(store)
        self._sender = OrderSender(terminal, self._journal, settle_after)
        self._recorder = FactRecorder(bus, events, terminal, self._journal)
        self._guard = RiskGuard(terminal, store, bus, self._recorder)
        self._runner = OrderRunner(terminal, self._journal, self._sender, self._recorder, self._switch, bus)
        self._planner = OrderPlanner(terminal, CommissionBook(terminal, bus))
        self._changes = OrderChanges(terminal, self._sender, self._switch)
        self._opening = asyncio.Lock()

    @property
    def armed(self) -> bool:
        """Whether new orders and changes may be sent: at once on a demo account, on a live one after `arm`."""
        return self._switch.armed

    def arm(self) -> None:
        """Lets orders out."""
        self._switch.arm()

    def disarm(self) -> None:
        """Holds new orders and changes back; closing and cancelling stay possible."""
        self._switch.disarm()

    @property
    def limits(self) -> RiskLimits:
        """The trader's risk limits in force."""
        return self._guard.limits

    @property
    def risk(self) -> RiskState:
        """What the risk guard knows of the present account, its lock above all."""
        return self._guard.state

    def set_limits(self, limits: RiskLimits) -> None:
        """Sets and keeps the risk limits.

        Raises:
            ForexEliteError: trading is locked.
        """
        self._guard.set_limits(limits)

    def ask_unlock(self) -> RiskState:
        """Asks the risk guard to unlock trading, which it does after the delay that the limits name."""
        return self._guard.ask_unlock()

    def owner_of(self, magic: int) -> str | None:
        """Who asked for the order with this magic number; None if it was not sent from here."""
        return self._journal.owner_of(magic)

    async def preview(self, ticket: OrderTicket) -> OrderPreview:
        """Says what an order would do. Nothing is sent or written."""
        plan = await self._planner.plan(ticket)
        breach = await self._guard.judge(plan)
        problems = [finding.text for finding in (*plan.findings, self._switch.finding()) if finding is not None]
        if breach is not None:
            problems.append(breach.message)
        return preview_of(plan, problems, breach.message if breach is not None else WITHIN_LIMITS)

    async def place(self, ticket: OrderTicket) -> OrderOutcome:
        """Opens a position or places a pending order."""
        return await self._runner.run(
            ticket.client_id, Action.OPEN, ticket.symbol, lambda entry: self._place(entry, ticket), owner=ticket.owner
        )

    async def modify_position(
        self, ticket: int, *, sl: Level, tp: Level, client_id: UUID | None = None
    ) -> OrderOutcome:
        """Sets a position's stop and target; None removes a level, `KEEP` leaves it as it is by then."""
        key = client_id or uuid4()
        symbol = self._symbol_of(ticket)
        return await self._runner.run(
            key,
            Action.MODIFY_POSITION,
            symbol,
            lambda entry: self._changes.modify_position(entry, ticket, sl, tp),
            target=ticket,
        )

    async def move_stop(self, ticket: int, sl: Decimal) -> OrderOutcome:
        """Moves a position's stop towards its profit; a stop that is closer by then stays, the target in any case."""
        symbol = self._symbol_of(ticket)
        return await self._runner.run(
            uuid4(),
            Action.MODIFY_POSITION,
            symbol,
            lambda entry: self._changes.move_stop(entry, ticket, sl),
            target=ticket,
        )

    async def close_position(
        self, ticket: int, volume: Decimal | None = None, *, client_id: UUID | None = None
    ) -> OrderOutcome:
        """Closes a position, or `volume` lots of it."""
        key = client_id or uuid4()
        symbol = self._symbol_of(ticket)
        return await self._runner.run(
            key, Action.CLOSE, symbol, lambda entry: self._changes.close_position(entry, ticket, volume), target=ticket
        )

    async def close_by(self, ticket: int, opposite: int, *, client_id: UUID | None = None) -> OrderOutcome:
        """Closes a position by an opposite one of the same symbol, which saves a spread. Hedging accounts only."""
        key = client_id or uuid4()
        symbol = self._symbol_of(ticket)
        return await self._runner.run(
            key, Action.CLOSE_BY, symbol, lambda entry: self._changes.close_by(entry, ticket, opposite), target=ticket
        )

    async def reverse_position(self, ticket: int, *, client_id: UUID | None = None) -> OrderOutcome:
        """Closes a position and opens one of the same size on the other side, without stop and target.

        Both are journaled before the first is sent, so a crash between them is told as what it is: closed, not opened.
        The outcome is the opening's; where the closing did not succeed, nothing is opened and it says why.
        """
        key = client_id or uuid4()
        symbol = self._symbol_of(ticket)
        return await self._runner.run(
            key, Action.OPEN, symbol, lambda entry: self._reverse(entry, ticket), target=ticket
        )

    async def modify_order(
        self, ticket: int, *, price: Decimal | Keep, sl: Level, tp: Level, client_id: UUID | None = None
    ) -> OrderOutcome:
        """Moves a pending order and its levels; None removes a level, `KEEP` leaves it as it is by then."""
        key = client_id or uuid4()
        symbol = self._symbol_of(ticket)
        return await self._runner.run(
            key,
            Action.MODIFY_ORDER,
            symbol,
            lambda entry: self._changes.modify_order(entry, ticket, price, sl, tp),
            target=ticket,
        )

    async def cancel_order(self, ticket: int, *, client_id: UUID | None = None) -> OrderOutcome:
        """Cancels a pending order."""
        key = client_id or uuid4()
        symbol = self._symbol_of(ticket)
        return await self._runner.run(
            key, Action.CANCEL, symbol, lambda entry: self._changes.cancel_order(entry, ticket), target=ticket
        )

    async def close_all(
        self, *, close_positions: bool, cancel_orders: bool, client_id: UUID | None = None
    ) -> CloseAllOutcome:
        """The kill switch: cancels and closes one after the other, whatever fails on the way."""
        key = client_id or uuid4()
        cancelled, closed, failed = 0, 0, list[str]()
        # Orders first: none may fill while positions are being closed.
        if cancel_orders:
            cancelled, failed = await end_all(
                self._terminal.orders,
                lambda ticket, attempt: self.cancel_order(ticket, client_id=part_id(key, ticket, attempt)),
                "Order",
            )
        if close_positions:
            closed, more = await end_all(
                self._terminal.positions,
                lambda ticket, attempt: self.close_position(ticket, client_id=part_id(key, ticket, attempt)),
                "Position",
            )
            failed += more
        return CloseAllOutcome(closed, cancelled, tuple(failed))

    def closed_all_so_far(self, client_id: UUID) -> CloseAllOutcome:
        """Returns what a `close_all` that was cut off had done by then; `failed` tells the ends not known yet."""
        return parts_done(client_id, self._journal.entries_since(datetime.now(UTC) - timedelta(days=7)))

    async def reconcile(self) -> list[OrderOutcome]:
        """Finds out about orders whose end is unknown; it also runs by itself whenever the terminal connects."""
        return await self._runner.reconcile()

    async def close(self) -> None:
        """Waits for orders under way. Call it before the terminal is disconnected."""
        await self._guard.close()
        await self._runner.close()

    async def _place(self, entry: Entry, ticket: OrderTicket) -> OrderOutcome:
        async with self._opening:
            plan = await self._planner.plan(ticket)
            try:
                refuse(self._switch.finding(), *plan.findings)
            except ForexEliteError:
                self._recorder.intent(_intent(plan))
                raise
            breach = await self._guard.judge(plan)
            if breach is not None:
                self._recorder.intent(_intent(plan))
                self._recorder.decision("refused", breach.rule, breach.message)
                raise ForexEliteError(ErrorCode.RISK_LIMIT, breach.message)
            request = order_request.open_request(plan.ticket, plan.spec, plan.sizing.lots, plan.entry, entry.magic)
            return await self._sender.send(entry, request, plan.spec, lambda: self._note(plan))

    async def _reverse(self, entry: Entry, ticket: int) -> OrderOutcome:
        held = await self._changes.position(ticket)
        refuse(self._switch.finding())
        closed = await self.close_position(ticket, client_id=uuid5(entry.client_id, "close"))
        if closed.status is not OutcomeStatus.FILLED:
            text = f"{closed.message} The opposite position was not opened."
            raise ForexEliteError(closed.code or ErrorCode.CONFLICT, text)
        size = decimal(held.volume)
        order = OrderTicket(entry.client_id, held.symbol, held.side.opposite, OrderKind.MARKET, SizeMode.LOTS, size)
        try:
            opened = await self._place(entry, order)
        except ForexEliteError as error:
            text = f"{closed.message} The opposite position was not opened: {error.detail}"
            raise ForexEliteError(error.code, text) from error
        return replace(opened, message=f"{closed.message} {opened.message}")

    def _note(self, plan: Plan) -> None:
        """The facts of an order that leaves now."""
        self._recorder.intent(_intent(plan))
        if self.limits != RiskLimits():
            self._recorder.decision("allowed", None, WITHIN_LIMITS)

    def _symbol_of(self, ticket: int) -> str:
        symbols = {position.ticket: position.symbol for position in self._feed.positions}
        symbols.update({order.ticket: order.symbol for order in self._feed.orders})
        return symbols.get(ticket, "")


def _intent(plan: Plan) -> dict[str, Any]:
    ticket = plan.ticket
    return {
        "client_order_id": ticket.client_id,
        "instrument": canonical_name(plan.spec.name),
        "side": ticket.side,
        "type": ticket.kind,
        "lots": plan.sizing.lots,
        "units": plan.sizing.units,
        "price": ticket.price,
        "sl": ticket.sl,
        "tp": ticket.tp,
        "owner": ticket.owner,
    }
