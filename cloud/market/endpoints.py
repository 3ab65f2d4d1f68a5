"""`GET /api/v1/candles/{instrument}` and the price sockets."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.market import CandleAnswer, Timeframe
from cloud.deps import CurrentUser, ServicesDep
from cloud.market.hub import Subscriber

router = APIRouter(tags=["market data"])
sockets = APIRouter()

UNAUTHORISED, UNKNOWN_INSTRUMENT, TOO_MANY = 4401, 4404, 4429
SOCKETS_A_USER = 10
MAX_INSTRUMENTS = 50
PROTOCOL = "bearer"


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
async def one_instrument(socket: WebSocket, instrument: str) -> None:
    """Frames of one instrument."""
    await _serve(socket, [instrument], batch=False)


@sockets.websocket("/ws/prices")
async def several_instruments(socket: WebSocket, instruments: str = "") -> None:
    """Frames with what changed of several instruments."""
    await _serve(socket, [name for name in instruments.split(",") if name][:MAX_INSTRUMENTS], batch=True)


async def _serve(socket: WebSocket, names: list[str], *, batch: bool) -> None:
    services = socket.app.state.services
    token, subprotocol = _token(socket)
    await socket.accept(subprotocol=subprotocol)
    try:
        user = (await services.tokens.verify(token)).user_id
    except ForexEliteError as error:
        await socket.close(UNAUTHORISED, error.detail)
        return
    try:
        wanted = [services.market.require(name) for name in names]
        if not wanted:
            raise ForexEliteError(ErrorCode.UNKNOWN_INSTRUMENT, "Name the instruments, like ?instruments=EURUSD.")
    except ForexEliteError as error:
        await socket.close(UNKNOWN_INSTRUMENT, error.detail[:120])
        return
    counts: dict[UUID, int] = services.market.sockets
    if counts.get(user, 0) >= SOCKETS_A_USER:
        await socket.close(TOO_MANY, f"At most {SOCKETS_A_USER} price sockets at a time. Close one first.")
        return
    counts[user] = counts.get(user, 0) + 1
    subscriber = Subscriber(wanted, socket.send_text, batch=batch)
    services.market.hub.add(subscriber)
    sending = asyncio.create_task(subscriber.run(services.market.hub))
    try:
        await _until_gone(socket, sending)
    finally:
        services.market.hub.remove(subscriber)
        counts[user] -= 1
        sending.cancel()
        with suppress(asyncio.CancelledError, TimeoutError, WebSocketDisconnect, RuntimeError):
            await sending


async def _until_gone(socket: WebSocket, sending: asyncio.Task[None]) -> None:
    receiving = asyncio.create_task(_drain(socket))
    done, _ = await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
    receiving.cancel()
    with suppress(asyncio.CancelledError):
        await receiving
    if sending in done:
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(1013, "Too slow for the prices; connect again.")


async def _drain(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        continue


def _token(socket: WebSocket) -> tuple[str, str | None]:
    """The access token, from the header or from the offered subprotocols `bearer, <token>`."""
    header = socket.headers.get("authorization", "")
    if header.lower().startswith("bearer "):
        return header[7:].strip(), None
    offered = [item.strip() for item in socket.headers.get("sec-websocket-protocol", "").split(",")]
    if len(offered) == 2 and offered[0] == PROTOCOL:
        return offered[1], PROTOCOL
    return "", None
