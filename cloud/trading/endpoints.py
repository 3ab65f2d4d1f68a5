"""`/api/v1` orders, positions, account, trade events and the kill switch."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Query, Response

from agent_core.protocol.base import WireModel
from agent_core.protocol.jobs import ClosePayload
from agent_core.protocol.onboarding import Success
from agent_core.protocol.trading import (
    MAX_DIGITS,
    AccountAnswer,
    CloseAnswer,
    CloseByRequest,
    ModifyRequest,
    OrderAnswer,
    OrderRequest,
    PendingOrderAnswer,
    PositionAnswer,
    StopAllAnswer,
    StopAllRequest,
    TradeEvent,
)
from cloud.deps import IdempotencyKey, LeavingUser, OnboardedUser, ServicesDep
from cloud.idempotency import idempotent_id, once
from cloud.pages import Cursor, cursor_after, decode_cursor, name_next
from cloud.trading import service
from cloud.trading.pages import cut_page

router = APIRouter(prefix="/api/v1", tags=["trading"])
BrokerId = Annotated[str, Path(min_length=1, max_length=40)]


@router.post("/orders", status_code=201)
async def place_order(
    services: ServicesDep, user: OnboardedUser, request: OrderRequest, key: IdempotencyKey = None
) -> OrderAnswer:
    """Sends an order and answers what the broker made of it."""

    async def work() -> OrderAnswer:
        return await service.place_order(services, user, request, key)

    return await once(services, user, "POST /orders", key, request, work, OrderAnswer)


@router.get("/orders")
async def list_orders(
    services: ServicesDep,
    user: OnboardedUser,
    response: Response,
    broker_connection_id: UUID,
    cursor: Cursor = None,
) -> list[PendingOrderAnswer]:
    """Pending orders, newest first."""
    orders = await service.orders(services, user, broker_connection_id)
    page, more = cut_page(orders, lambda order: (order.placed_at, order.order_id), cursor)
    name_next(response, more)
    return page


@router.patch("/orders/{order_id}")
async def modify_order(
    services: ServicesDep, user: OnboardedUser, order_id: BrokerId, broker_connection_id: UUID, request: ModifyRequest
) -> Success:
    """Moves a pending order's price and levels."""
    await service.modify_order(services, user, broker_connection_id, order_id, request)
    return Success()


@router.delete("/orders/{order_id}", status_code=204)
async def cancel_order(
    services: ServicesDep, user: LeavingUser, order_id: BrokerId, broker_connection_id: UUID
) -> None:
    """Cancels a pending order."""
    await service.cancel_order(services, user, broker_connection_id, order_id)


@router.get("/positions")
async def list_positions(
    services: ServicesDep,
    user: OnboardedUser,
    response: Response,
    broker_connection_id: UUID,
    cursor: Cursor = None,
) -> list[PositionAnswer]:
    """Open positions, newest first."""
    positions = await service.positions(services, user, broker_connection_id)
    page, more = cut_page(positions, lambda position: (position.opened_at, position.position_id), cursor)
    name_next(response, more)
    return page


@router.patch("/positions/{position_id}")
async def modify_position(
    services: ServicesDep,
    user: OnboardedUser,
    position_id: BrokerId,
    broker_connection_id: UUID,
    request: ModifyRequest,
) -> Success:
    """Moves a position's stop loss and take profit."""
    await service.modify_position(services, user, broker_connection_id, position_id, request)
    return Success()


@router.delete("/positions/{position_id}")
async def close_position(
    services: ServicesDep,
    user: LeavingUser,
    position_id: BrokerId,
    broker_connection_id: UUID,
    units: Annotated[
        Decimal | None, Query(gt=0, max_digits=MAX_DIGITS, description="closes a part; left out, the whole")
    ] = None,
    key: IdempotencyKey = None,
) -> CloseAnswer:
    """Closes a position. Sent again with the same Idempotency-Key, it does not close a part a second time."""
    route = f"DELETE /positions of {broker_connection_id}"
    client_order_id = idempotent_id(user.user_id, route, key) if key else uuid4()

    async def work() -> CloseAnswer:
        return await service.close_position(services, user, broker_connection_id, position_id, units, client_order_id)

    wanted = ClosePayload(position_id=position_id, units=units)
    return await once(services, user, route, key, wanted, work, CloseAnswer)


@router.post("/positions/{position_id}/close-by")
async def close_position_by(
    services: ServicesDep,
    user: OnboardedUser,
    position_id: BrokerId,
    broker_connection_id: UUID,
    request: CloseByRequest,
    key: IdempotencyKey = None,
) -> CloseAnswer:
    """Closes a position by an opposite one of the same instrument, which saves a spread; the rest stays open.

    Hedging accounts of MetaTrader alone.
    """
    route = f"POST /positions/{position_id}/close-by of {broker_connection_id}"
    client_order_id = idempotent_id(user.user_id, route, key) if key else uuid4()

    async def work() -> CloseAnswer:
        return await service.close_by(
            services, user, broker_connection_id, position_id, request.opposite_position_id, client_order_id
        )

    return await once(services, user, route, key, request, work, CloseAnswer)


@router.post("/positions/{position_id}/reverse", status_code=201)
async def reverse_position(
    services: ServicesDep,
    user: OnboardedUser,
    position_id: BrokerId,
    broker_connection_id: UUID,
    key: IdempotencyKey = None,
) -> OrderAnswer:
    """Closes a position and opens one of the same size on the other side, without stop and target."""
    route = f"POST /positions/{position_id}/reverse of {broker_connection_id}"
    client_order_id = idempotent_id(user.user_id, route, key) if key else uuid4()

    async def work() -> OrderAnswer:
        return await service.reverse(services, user, broker_connection_id, position_id, client_order_id)

    return await once(services, user, route, key, WireModel(), work, OrderAnswer)


@router.get("/account")
async def get_account(services: ServicesDep, user: OnboardedUser, broker_connection_id: UUID) -> AccountAnswer:
    """Balance, equity and margin now."""
    return await service.account(services, user, broker_connection_id)


@router.post("/stop-all")
async def stop_all(
    services: ServicesDep, user: LeavingUser, request: StopAllRequest, key: IdempotencyKey = None
) -> StopAllAnswer:
    """The kill switch: closes positions, cancels orders, stops Expert Advisors."""

    async def work() -> StopAllAnswer:
        return await service.stop_all(services, user, request)

    return await once(services, user, "POST /stop-all", key, request, work, StopAllAnswer)


@router.get("/trade-events")
async def list_trade_events(
    services: ServicesDep,
    user: OnboardedUser,
    response: Response,
    broker_connection_id: UUID | None = None,
    cursor: Cursor = None,
) -> list[TradeEvent]:
    """The audit log, newest first."""
    events = await service.trade_events(services, user, broker_connection_id, decode_cursor(cursor))
    name_next(response, cursor_after(events))
    return events
