"""Handlers of the jobs that trade or read the terminal."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from uuid import UUID

from agent_core.ea.service import EaService
from agent_core.jobs.answers import (
    CandlesResult,
    OrdersResult,
    PermissionsResult,
    PositionsResult,
    account_answer,
    candle_answers,
    lots_of,
    pending_order_answer,
    permission_answers,
    position_answer,
    units_of,
)
from agent_core.jobs.models import JobContext
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import (
    CancelPayload,
    CloseAllPayload,
    ClosePayload,
    ModifyPayload,
    OrderOutcomeModel,
    OrderPayload,
    ProbePayload,
)
from agent_core.protocol.trading import AccountAnswer, StopAllAnswer
from agent_core.terminal.models import OrderKind, PendingOrder, Position, Side
from agent_core.terminal.service import TerminalService
from agent_core.trading.desk import TradingDesk
from agent_core.trading.journal import Entry, OrderJournal
from agent_core.trading.models import KEEP, Level, LevelMode, OrderOutcome, OrderTicket, OutcomeStatus, SizeMode
from agent_core.trading.numbers import decimal

ProbeResult = AccountAnswer | PositionsResult | OrdersResult | CandlesResult | PermissionsResult


class TradingJobs:
    """Orders, positions and reads, as jobs."""

    def __init__(self, terminal: TerminalService, desk: TradingDesk, ea: EaService, journal: OrderJournal) -> None:
        self._terminal = terminal
        self._journal = journal
        self._desk = desk
        self._ea = ea

    async def order(self, payload: OrderPayload, context: JobContext) -> OrderOutcomeModel:
        """Places an order; the same `client_order_id` again returns the first outcome."""
        context.progress(None, "Sending the order")
        symbol = self._terminal.resolved(payload.instrument) or await self._terminal.symbol(payload.instrument)
        ticket = _ticket(payload, symbol.name)
        return _settled(await self._desk.place(ticket), symbol.contract_size)

    async def close(self, payload: ClosePayload, context: JobContext) -> OrderOutcomeModel:
        """Closes a position, whole or in part; the same `client_order_id` again returns the first outcome."""
        client_id = payload.client_order_id or context.job_id
        known = self._journal.get(client_id)
        if known is not None:
            # Closed the first time, the position is not there any more.
            size = await self._contract_size(known)
        else:
            position = await self._position(payload.position_id)
            size = await self._size_of(position.symbol)
        context.progress(None, "Closing the position")
        return _settled(await self._closed(payload, size, client_id), size)

    async def _closed(self, payload: ClosePayload, contract_size: float, client_id: UUID) -> OrderOutcome:
        ticket = _number(payload.position_id)
        ways = (payload.units is not None, payload.opposite_position_id is not None, payload.reverse)
        if sum(ways) > 1:
            raise ForexEliteError(
                ErrorCode.VALIDATION_ERROR,
                "Close a part, close by another position, or reverse: one of them at a time.",
            )
        if payload.reverse:
            return await self._desk.reverse_position(ticket, client_id=client_id)
        if payload.opposite_position_id is not None:
            return await self._desk.close_by(ticket, _number(payload.opposite_position_id), client_id=client_id)
        lots = lots_of(payload.units, contract_size) if payload.units is not None else None
        return await self._desk.close_position(ticket, lots, client_id=client_id)

    async def modify(self, payload: ModifyPayload, context: JobContext) -> OrderOutcomeModel:
        """Moves levels of a position, or price and levels of a pending order."""
        context.progress(None, "Moving the levels")
        if payload.position_id is not None:
            position = await self._position(payload.position_id)
            size = await self._size_of(position.symbol)
            sl, tp = _levels(payload)
            outcome = await self._desk.modify_position(position.ticket, sl=sl, tp=tp, client_id=context.job_id)
            return _settled(outcome, size)
        if payload.order_id is None:
            raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "Say which position or order is to be changed.")
        order = await self._order(payload.order_id)
        size = await self._size_of(order.symbol)
        sl, tp = _levels(payload)
        price = KEEP if payload.price is None else payload.price
        outcome = await self._desk.modify_order(order.ticket, price=price, sl=sl, tp=tp, client_id=context.job_id)
        return _settled(outcome, size)

    async def cancel(self, payload: CancelPayload, context: JobContext) -> OrderOutcomeModel:
        """Cancels a pending order."""
        context.progress(None, "Cancelling the order")
        order = await self._order(payload.order_id)
        size = await self._size_of(order.symbol)
        return _settled(await self._desk.cancel_order(order.ticket, client_id=context.job_id), size)

    async def close_all(self, payload: CloseAllPayload, context: JobContext) -> StopAllAnswer:
        """The kill switch: EAs first, so that none opens what was just closed. One failure does not stop the rest."""
        stopped, failed = 0, list[str]()
        if payload.stop_eas:
            context.progress(0.1, "Stopping EAs")
            stopped, failed = await self._ea.stop_all()
        closed, cancelled = 0, 0
        if payload.close_positions or payload.cancel_orders:
            context.progress(0.5, "Closing positions and orders")
            try:
                outcome = await self._desk.close_all(
                    close_positions=payload.close_positions,
                    cancel_orders=payload.cancel_orders,
                    client_id=context.job_id,
                )
            except ForexEliteError as error:
                failed.append(error.detail)
            else:
                closed, cancelled = outcome.closed, outcome.cancelled
                failed.extend(outcome.failed)
        return StopAllAnswer(closed_positions=closed, cancelled_orders=cancelled, stopped_eas=stopped, failed=failed)

    async def recover_close_all(self, payload: CloseAllPayload, job_id: UUID) -> StopAllAnswer:
        """Says what the kill switch had done when a crash cut it off, and what is still there."""
        done = self._desk.closed_all_so_far(job_id)
        left = {
            "position": len(await self._terminal.positions()) if payload.close_positions else 0,
            "order": len(await self._terminal.orders()) if payload.cancel_orders else 0,
            "EA": sum(found.desired == "running" for found in self._ea.deployments()) if payload.stop_eas else 0,
        }
        if not any(left.values()):
            return StopAllAnswer(
                closed_positions=done.closed, cancelled_orders=done.cancelled, stopped_eas=0, failed=list(done.failed)
            )
        ended = f"{_count('position', done.closed)} closed, {_count('order', done.cancelled)} cancelled"
        there = ", ".join(_count(noun, number) for noun, number in left.items() if number)
        raise ForexEliteError(
            ErrorCode.CONFLICT,
            f"The program ended while everything was being closed. Done by then: {ended}. Still there: {there}. "
            "Close the rest if you still want to.",
        )

    async def recover_order(self, payload: OrderPayload, _: UUID) -> OrderOutcomeModel | None:
        """Finds out how an order job ended that a crash cut off."""
        return await self._recover(payload.client_order_id)

    async def recover_close(self, payload: ClosePayload, job_id: UUID) -> OrderOutcomeModel | None:
        """Finds out how a close job ended that a crash cut off."""
        return await self._recover(payload.client_order_id or job_id)

    async def recover_change(self, _: ModifyPayload | CancelPayload, job_id: UUID) -> OrderOutcomeModel | None:
        """Finds out how a modify or cancel job ended that a crash cut off."""
        return await self._recover(job_id)

    async def _recover(self, client_id: UUID) -> OrderOutcomeModel | None:
        """Nothing reaches the broker that is not in the order journal first."""
        entry = self._journal.get(client_id)
        if entry is None:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE, "The agent was ended before this was sent; nothing was done. Try again."
            )
        if entry.outcome is None or not entry.outcome.final:
            return None
        return _settled(entry.outcome, await self._contract_size(entry))

    async def _contract_size(self, entry: Entry) -> float:
        symbol = entry.symbol or (entry.request or {}).get("symbol")
        # An order that was only cancelled has no volume to convert.
        return await self._size_of(symbol) if symbol else 1.0

    async def _size_of(self, broker_symbol: str) -> float:
        """Units of a lot; the contract is read once."""
        known = self._terminal.known_symbol(broker_symbol) or await self._terminal.symbol(broker_symbol)
        return known.contract_size

    async def probe(self, payload: ProbePayload, context: JobContext) -> ProbeResult:
        """Reads something from the terminal at once."""
        context.progress(None, "Reading")
        readers: dict[str, Callable[[ProbePayload], Awaitable[ProbeResult]]] = {
            "account": self._read_account,
            "positions": self._read_positions,
            "orders": self._read_orders,
            "candles": self._read_candles,
            "permissions": self._read_permissions,
        }
        return await readers[payload.what](payload)

    async def _read_account(self, _: ProbePayload) -> AccountAnswer:
        return account_answer(await self._terminal.refresh_account())

    async def _read_positions(self, _: ProbePayload) -> PositionsResult:
        return PositionsResult(
            positions=[
                position_answer(found, await self._size_of(found.symbol), self._desk.owner_of(found.magic))
                for found in await self._terminal.positions()
            ]
        )

    async def _read_orders(self, _: ProbePayload) -> OrdersResult:
        return OrdersResult(
            orders=[
                pending_order_answer(found, await self._size_of(found.symbol))
                for found in await self._terminal.orders()
            ]
        )

    async def _read_candles(self, payload: ProbePayload) -> CandlesResult:
        if payload.instrument is None:
            raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "Say of which instrument.", field="instrument")
        bars = await self._terminal.bars(
            payload.instrument, payload.timeframe or "H1", payload.count or 500, payload.to
        )
        return CandlesResult(candles=candle_answers(bars))

    async def _read_permissions(self, payload: ProbePayload) -> PermissionsResult:
        found = await self._terminal.permissions(payload.instrument)
        return PermissionsResult(permissions=permission_answers(found))

    async def _position(self, position_id: str) -> Position:
        ticket = _number(position_id)
        found = next((found for found in await self._terminal.positions() if found.ticket == ticket), None)
        if found is None:
            raise ForexEliteError(ErrorCode.NOT_FOUND, f"Position {position_id} is not open (any more).")
        return found

    async def _order(self, order_id: str) -> PendingOrder:
        ticket = _number(order_id)
        found = next((found for found in await self._terminal.orders() if found.ticket == ticket), None)
        if found is None:
            raise ForexEliteError(ErrorCode.NOT_FOUND, f"Order {order_id} does not wait (any more).")
        return found


def _ticket(payload: OrderPayload, symbol: str) -> OrderTicket:
    sizes = [
        (mode, size)
        for mode, size in (
            (SizeMode.LOTS, payload.lots),
            (SizeMode.UNITS, payload.units),
            (SizeMode.RISK_PERCENT, payload.risk_percent),
            (SizeMode.RISK_MONEY, payload.risk_money),
        )
        if size is not None
    ]
    if len(sizes) != 1:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR,
            "Give the size either in lots, in units, or as risk in percent or money.",
            field="units",
        )
    mode, size = sizes[0]
    return OrderTicket(
        client_id=payload.client_order_id,
        symbol=symbol,
        side=Side(payload.side),
        kind=OrderKind(payload.type),
        size_mode=mode,
        size=size,
        price=payload.price,
        stop_limit_price=None,
        sl=payload.sl,
        tp=payload.tp,
        comment=payload.comment,
        sl_mode=LevelMode(payload.sl_mode),
        tp_mode=LevelMode(payload.tp_mode),
    )


def _settled(outcome: OrderOutcome, contract_size: float) -> OrderOutcomeModel:
    """A refusal or an unknown outcome is the job's error."""
    if outcome.status is OutcomeStatus.UNKNOWN:
        raise ForexEliteError(ErrorCode.OUTCOME_UNKNOWN, outcome.message)
    if outcome.status is OutcomeStatus.REFUSED:
        raise ForexEliteError(outcome.code or ErrorCode.ORDER_REFUSED, outcome.message)
    lots = outcome.lots or Decimal(0)
    filled = outcome.status in (OutcomeStatus.FILLED, OutcomeStatus.PARTIAL)
    return OrderOutcomeModel(
        order_id=str(outcome.order or outcome.deal or outcome.position or ""),
        position_id=str(outcome.position) if outcome.position else None,
        fill_price=decimal(outcome.price) if outcome.price and filled else None,
        lots=lots,
        units=units_of(lots, contract_size),
        pnl=None if outcome.profit is None else round(decimal(outcome.profit), 2),
        timestamp=outcome.at,
        message=outcome.message,
    )


def _count(noun: str, number: int) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _levels(payload: ModifyPayload) -> tuple[Level, Level]:
    return KEEP if "sl" in payload.keep else payload.sl, KEEP if "tp" in payload.keep else payload.tp


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ForexEliteError(ErrorCode.NOT_FOUND, f"'{text}' is not the number of a position or order.")
    return int(text)
