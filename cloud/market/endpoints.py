"""`GET /api/v1/candles/{instrument}`, `GET /api/v1/prices/status` and the price sockets."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, WebSocket
from pydantic import AwareDatetime

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.market import CandleAnswer, CandleTimeframe, PriceStatus
from cloud.auth.sockets import TOO_MANY, UNKNOWN_INSTRUMENT, accept, attend, refuse
from cloud.deps import CurrentUser, ServicesDep
from cloud.market.candles import MAX_BARS, checked_span
from cloud.market.hub import Subscriber, Subscription
from cloud.market.wire import wire_of
from cloud.services import Services
from cloud.trading.repository import broker_account

router = APIRouter(prefix="/api/v1", tags=["market data"])
sockets = APIRouter()

MAX_INSTRUMENTS = 50
DEFAULT_BARS = 100


@router.get("/prices/status")
async def price_status(_user: CurrentUser, services: ServicesDep) -> PriceStatus:
    """Whether the streamed prices are those of the market now, and how old they are."""
    return services.market.freshness.status()


@router.get("/candles/{instrument:path}")
async def candles(
    instrument: str,
    user: CurrentUser,
    services: ServicesDep,
    timeframe: CandleTimeframe = "H1",
    count: Annotated[int | None, Query(ge=1, le=MAX_BARS, description="100 where it is needed and left out")] = None,
    start: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    broker_connection_id: UUID | None = None,
) -> list[CandleAnswer]:
    """Mid-price bars, oldest first: the last `count`, `count` before `to`, `count` from `from` on, or all between.

    With a `broker_connection_id` of a MetaTrader account they come from its terminal.
    """
    span = checked_span(count, start, end, DEFAULT_BARS)
    if broker_connection_id is not None:
        async with services.db.as_service() as tx:
            account = await broker_account(tx, user.user_id, broker_connection_id)
        if account is None:
            raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such broker connection.")
        if account.type == "MT5":
            return await services.market.terminal_candles(services.jobs, account, instrument, timeframe, span)
    return await services.market.candles(instrument, timeframe, span)


@sockets.websocket("/ws/prices/{instrument:path}")
async def one_instrument(socket: WebSocket, services: ServicesDep, instrument: str) -> None:
    """Frames of one instrument."""
    await _serve(socket, services, [instrument], batch=False)


@sockets.websocket("/ws/prices")
async def several_instruments(socket: WebSocket, services: ServicesDep, instruments: str = "") -> None:
    """Frames with what changed of several instruments."""
    await _serve(socket, services, [name for name in instruments.split(",") if name], batch=True)


async def _serve(socket: WebSocket, services: Services, names: list[str], *, batch: bool) -> None:
    market = services.market
    claims = await accept(socket, services.tokens)
    if claims is None:
        return
    if len(names) > MAX_INSTRUMENTS:
        await refuse(socket, TOO_MANY, f"At most {MAX_INSTRUMENTS} instruments a socket. Open another for the rest.")
        return
    try:
        wanted = [market.require(name) for name in names]
        if not wanted:
            raise ForexEliteError(ErrorCode.UNKNOWN_INSTRUMENT, "Name the instruments, like ?instruments=EURUSD.")
    except ForexEliteError as error:
        await refuse(socket, UNKNOWN_INSTRUMENT, error.detail)
        return
    subscriber = Subscriber(Subscription(frozenset(wanted), batch), wire_of(socket))
    try:
        await services.limits.socket(claims.user_id)
        async with services.sockets.place(claims.user_id):
            market.hub.add(subscriber)
            try:
                await attend(socket, claims)
            finally:
                market.hub.remove(subscriber)
    except ForexEliteError as error:
        await refuse(socket, TOO_MANY, error.detail)
