"""Trading through a user's broker connections; every order and refusal goes to the audit log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import canonical_instrument
from agent_core.protocol.trading import (
    AccountAnswer,
    CloseAnswer,
    ModifyRequest,
    OrderAnswer,
    OrderRequest,
    PendingOrderAnswer,
    PositionAnswer,
    SideName,
    StopAllAnswer,
    StopAllRequest,
    TradeEvent,
)
from cloud.auth.claims import Claims
from cloud.brokers.base import BrokerAccount, BrokerAdapter, Closing, ClosingTold, LevelChange, PlacedOrder
from cloud.db.gone import DATABASE_GONE, is_gone, outcome_unknown_without_database
from cloud.idempotency import idempotent_id
from cloud.pages import PAGE_SIZE, Place
from cloud.services import Services
from cloud.trading import ledger, repository
from cloud.trading.repository import TradeFact

_log = structlog.get_logger(__name__)

#: There was no such thing to trade with, or another request is at it and tells what comes of it.
_NO_FACT = frozenset({ErrorCode.NOT_FOUND, ErrorCode.CONFLICT})
_NOTHING_SENT = frozenset({ErrorCode.AGENT_OFFLINE, ErrorCode.JOB_EXPIRED, ErrorCode.BROKER_UNAVAILABLE})


async def account(services: Services, claims: Claims, connection_id: UUID) -> AccountAnswer:
    """Balance, equity and margin now."""
    _, adapter = await _open(services, claims, connection_id)
    return await adapter.account()


async def positions(services: Services, claims: Claims, connection_id: UUID) -> list[PositionAnswer]:
    """Open positions."""
    _, adapter = await _open(services, claims, connection_id)
    return await adapter.positions()


async def orders(services: Services, claims: Claims, connection_id: UUID) -> list[PendingOrderAnswer]:
    """Pending orders."""
    _, adapter = await _open(services, claims, connection_id)
    return await adapter.orders()


async def place_order(services: Services, claims: Claims, request: OrderRequest, key: str | None) -> OrderAnswer:
    """Sends an order.

    Args:
        services: The cloud's parts.
        claims: Who orders.
        request: What.
        key: The request's Idempotency-Key. It is the order's identity down to the terminal's journal, so that even a
            repetition after a crash of the cloud can't send the order twice.

    Raises:
        ForexEliteError: the refusal, or why nothing could be sent, or OUTCOME_UNKNOWN.
    """
    request = _checked(request)
    client_order_id = idempotent_id(claims.user_id, "POST /orders", key) if key else uuid4()
    try:
        account, adapter = await _open(services, claims, request.broker_connection_id)
        with outcome_unknown_without_database("positions and orders"):
            placed = await adapter.place_order(request, client_order_id)
    except ForexEliteError as error:
        if error.code not in _NO_FACT:
            await _record_refusal(services, claims, request, client_order_id, error)
        raise
    fact = ledger.placing_fact(
        account, client_order_id, placed, instrument=request.instrument, side=request.side, price=request.price,
        raw=request.model_dump(mode="json"),
    )  # fmt: skip
    await _keep(services, fact)
    return _answer(placed)


async def modify_position(
    services: Services, claims: Claims, connection_id: UUID, position_id: str, request: ModifyRequest
) -> None:
    """Moves a position's stop loss and take profit.

    Raises:
        ForexEliteError: VALIDATION_ERROR, nothing to change or a price given; else as the broker says.
    """
    change = _change(request)
    if "price" not in change.keep:
        raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "A position has no price to change.", field="price")
    account, adapter = await _open(services, claims, connection_id)
    async with _refusals_recorded(services, account, "modify_position", position_id=position_id):
        await adapter.modify_position(position_id, change)
    await _record(
        services, account, ledger.POSITION_MODIFIED,
        position_id=position_id, raw=request.model_dump(mode="json", exclude_unset=True),
    )  # fmt: skip


async def modify_order(
    services: Services, claims: Claims, connection_id: UUID, order_id: str, request: ModifyRequest
) -> None:
    """Moves a pending order's price, stop loss and take profit.

    Raises:
        ForexEliteError: VALIDATION_ERROR, nothing to change or the price removed; else as the broker says.
    """
    change = _change(request)
    if "price" not in change.keep and change.price is None:
        raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "A pending order needs a price.", field="price")
    account, adapter = await _open(services, claims, connection_id)
    async with _refusals_recorded(services, account, "modify_order", order_id=order_id):
        await adapter.modify_order(order_id, change)
    await _record(
        services, account, ledger.ORDER_MODIFIED,
        order_id=order_id, raw=request.model_dump(mode="json", exclude_unset=True),
    )  # fmt: skip


async def cancel_order(services: Services, claims: Claims, connection_id: UUID, order_id: str) -> None:
    """Cancels a pending order."""
    account, adapter = await _open(services, claims, connection_id)
    async with _refusals_recorded(services, account, "cancel_order", order_id=order_id):
        await adapter.cancel_order(order_id)
    await _record(services, account, ledger.ORDER_CANCELLED, order_id=order_id, raw={})


async def close_position(
    services: Services,
    claims: Claims,
    connection_id: UUID,
    position_id: str,
    units: Decimal | None,
    client_order_id: UUID,
) -> CloseAnswer:
    """Closes a position, or so many units of it; under the same `client_order_id` never a second time."""
    account, adapter = await _open(services, claims, connection_id)
    async with _refusals_recorded(services, account, "close_position", position_id=position_id):
        closing = await adapter.close_position(position_id, units, client_order_id)
    await _record_close(services, account, client_order_id, position_id, closing)
    return _close_answer(closing)


async def close_by(
    services: Services, claims: Claims, connection_id: UUID, position_id: str, opposite: str, client_order_id: UUID
) -> CloseAnswer:
    """Closes a position by an opposite one of the same instrument."""
    account, adapter = await _open(services, claims, connection_id)
    async with _refusals_recorded(services, account, "close_by", position_id=position_id):
        closing = await adapter.close_by(position_id, opposite, client_order_id)
    await _record_close(services, account, client_order_id, position_id, closing)
    return _close_answer(closing)


async def reverse(
    services: Services, claims: Claims, connection_id: UUID, position_id: str, client_order_id: UUID
) -> OrderAnswer:
    """Closes a position and opens one of the same size on the other side; answers the opening."""
    account, adapter = await _open(services, claims, connection_id)
    async with _refusals_recorded(services, account, "reverse", position_id=position_id):
        held = next((row for row in await adapter.positions() if row.position_id == position_id), None)
        placed = await adapter.reverse(position_id, client_order_id, _closings_recorded(services, account))
    side: SideName | None = None if held is None else "SELL" if held.side == "BUY" else "BUY"
    fact = ledger.placing_fact(
        account, client_order_id, placed, instrument=held.instrument if held else None, side=side,
        raw={"reversed_position_id": position_id},
    )  # fmt: skip
    await _keep(services, fact)
    return _answer(placed)


async def stop_all(services: Services, claims: Claims, request: StopAllRequest) -> StopAllAnswer:
    """The kill switch."""
    account, adapter = await _open(services, claims, request.broker_connection_id)
    async with _refusals_recorded(services, account, "stop_all"):
        answer = await adapter.stop_all(request, _closings_recorded(services, account))
    await _record(services, account, ledger.STOP_ALL, raw=answer.model_dump(mode="json"))
    return answer


async def trade_events(
    services: Services, claims: Claims, connection_id: UUID | None, before: Place | None
) -> list[TradeEvent]:
    """The audit log, newest first."""
    async with services.db.as_user(claims) as tx:
        return await repository.page(tx, claims.user_id, connection_id=connection_id, before=before, limit=PAGE_SIZE)


async def _open(services: Services, claims: Claims, connection_id: UUID) -> tuple[BrokerAccount, BrokerAdapter]:
    async with services.db.as_service_once() as tx:
        account = await repository.broker_account(tx, claims.user_id, connection_id)
    if account is None:
        raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such broker connection.", field="broker_connection_id")
    return account, services.brokers.of(account)


def _closings_recorded(services: Services, account: BrokerAccount) -> ClosingTold:
    async def closed(position_id: str, client_order_id: UUID, closing: Closing) -> None:
        await _record_close(services, account, client_order_id, position_id, closing)

    return closed


async def _record_close(
    services: Services, account: BrokerAccount, client_order_id: UUID, position_id: str, closing: Closing
) -> None:
    fact = ledger.closing_fact(account.user_id, account.id, client_order_id, position_id, closing, {})
    await _keep(services, fact, "command")


def _answer(placed: PlacedOrder) -> OrderAnswer:
    return OrderAnswer(
        order_id=placed.order_id, position_id=placed.position_id, fill_price=placed.fill_price, units=placed.units,
        timestamp=placed.timestamp,
    )  # fmt: skip


def _close_answer(closing: Closing) -> CloseAnswer:
    return CloseAnswer(closed_price=closing.price, pnl=closing.pnl, units=closing.units)


def _checked(request: OrderRequest) -> OrderRequest:
    try:
        instrument = canonical_instrument(request.instrument)
    except ValueError as error:
        raise ForexEliteError(ErrorCode.VALIDATION_ERROR, str(error), field="instrument") from error
    if request.type == "MARKET" and request.price is not None:
        raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "A market order takes no price.", field="price")
    if request.type != "MARKET" and request.price is None:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, f"A {request.type.lower()} order needs a price.", field="price"
        )
    return request.model_copy(update={"instrument": instrument})


def _change(request: ModifyRequest) -> LevelChange:
    if not request.model_fields_set:
        raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "Nothing to change: give sl, tp or price.")
    keep = frozenset({"sl", "tp", "price"} - request.model_fields_set)
    return LevelChange(sl=request.sl, tp=request.tp, price=request.price, keep=keep)  # type: ignore[arg-type]


async def _record_refusal(
    services: Services, claims: Claims, request: OrderRequest, client_order_id: UUID, error: ForexEliteError
) -> None:
    event_type = _refused_type(error)
    # What the terminal refused, its event log tells too; what never got there is a fact of its own each time.
    fact_id = uuid4() if error.code in _NOTHING_SENT else ledger.order_fact_id(client_order_id, event_type)
    fact = TradeFact(
        id=fact_id, user_id=claims.user_id, broker_connection_id=request.broker_connection_id,
        event_type=event_type, instrument=request.instrument, side=request.side, units=request.units,
        price=request.price,
        raw={"client_order_id": client_order_id, "code": error.code, "detail": error.detail},
    )  # fmt: skip
    await _keep(services, fact)


@asynccontextmanager
async def _refusals_recorded(
    services: Services, account: BrokerAccount, action: str, *, order_id: str | None = None,
    position_id: str | None = None,
) -> AsyncIterator[None]:  # fmt: skip
    """What was refused, or whose outcome nobody knows, is a fact too."""
    try:
        with outcome_unknown_without_database("positions and orders"):
            yield
    except ForexEliteError as error:
        if error.code not in _NO_FACT:
            await _record(
                services, account, _refused_type(error), order_id=order_id, position_id=position_id,
                raw={"action": action, "code": error.code, "detail": error.detail},
            )  # fmt: skip
        raise


async def _keep(services: Services, fact: TradeFact, witness: str | None = None) -> None:
    """Appends a fact. What was done is answered even if that fails, for another witness tells of it too."""
    placed = fact.event_type == ledger.ORDER_PLACED
    try:
        # That an order was placed is told by the agent's event log, or the broker's, even after a crash just now.
        async with services.db.as_service_once() if placed else services.db.as_service() as tx:
            if witness is None:
                await ledger.record(tx, fact)
            else:
                await ledger.record_close(tx, fact, witness)
    except DATABASE_GONE as error:
        if not is_gone(error):
            raise
        _log.error("trade_fact_not_kept", event_type=fact.event_type, error=type(error).__name__)


def _refused_type(error: ForexEliteError) -> str:
    return ledger.ORDER_UNKNOWN if error.code is ErrorCode.OUTCOME_UNKNOWN else ledger.ORDER_REJECTED


async def _record(
    services: Services,
    account: BrokerAccount,
    event_type: str,
    *,
    raw: dict[str, Any],
    order_id: str | None = None,
    position_id: str | None = None,
) -> None:
    fact = TradeFact(
        user_id=account.user_id, broker_connection_id=account.id, event_type=event_type, broker_order_id=order_id,
        broker_position_id=position_id, raw=raw,
    )  # fmt: skip
    await _keep(services, fact)
