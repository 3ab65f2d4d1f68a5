"""`GET /api/v1/candles/{instrument}` and the price sockets."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.market import CandleAnswer, Timeframe
from cloud.auth.sockets import SOCKETS_A_USER, TOO_MANY, UNKNOWN_INSTRUMENT, accept, attend, refuse
from cloud.deps import CurrentUser, ServicesDep
from cloud.market.hub import Subscriber, Subscription
from cloud.market.wire import wire_of
from cloud.services import Services

router = APIRouter(tags=["market data"])
sockets = APIRouter()

MAX_INSTRUMENTS = 50


@router.get("/candles/{instrument:path}")
async def candles(
    instrument: str,
    _user: CurrentUser,
    services: ServicesDep,
    timeframe: Timeframe = "H1",
    count: Annotated[int, Query(ge=1, le=5000)] = 100,
    to: datetime | None = None,
) -> list[CandleAnswer]:
    """Mid-price bars, oldest first."""
    return await services.market.candles(instrument, timeframe, count, to)


@sockets.websocket("/ws/prices/{instrument:path}")
async def one_instrument(socket: WebSocket, services: ServicesDep, instrument: str) -> None:
    """Frames of one instrument."""
    await _serve(socket, services, [instrument], batch=False)


@sockets.websocket("/ws/prices")
async def several_instruments(socket: WebSocket, services: ServicesDep, instruments: str = "") -> None:
    """Frames with what changed of several instruments."""
    await _serve(socket, services, [name for name in instruments.split(",") if name][:MAX_INSTRUMENTS], batch=True)


async def _serve(socket: WebSocket, services: Services, names: list[str], *, batch: bool) -> None:
    market = services.market
    claims = await accept(socket, services.tokens)
    if claims is None:
        return
    try:
        wanted = [market.require(name) for name in names]
        if not wanted:
            raise ForexEliteError(ErrorCode.UNKNOWN_INSTRUMENT, "Name the instruments, like ?instruments=EURUSD.")
    except ForexEliteError as error:
        await refuse(socket, UNKNOWN_INSTRUMENT, error.detail)
        return
    if market.sockets[claims.user_id] >= SOCKETS_A_USER:
        await refuse(socket, TOO_MANY, f"At most {SOCKETS_A_USER} price sockets at a time. Close one first.")
        return
    subscriber = Subscriber(Subscription(frozenset(wanted), batch), wire_of(socket))
    with market.watched_by(claims.user_id, subscriber):
        await attend(socket, claims)
