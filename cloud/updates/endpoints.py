"""`WS /ws/updates`: one frame `{"kind", "data"}` for each change of the user's data."""

import asyncio
import time
from contextlib import suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.auth.sockets import socket_token
from cloud.deps import ServicesDep
from cloud.updates.hub import Update

router = APIRouter()
UNAUTHORISED, TOO_MANY, TRY_AGAIN = 4401, 4429, 1013
SOCKETS_A_USER = 10


@router.websocket("/ws/updates")
async def updates(socket: WebSocket, services: ServicesDep) -> None:
    """Pushes changes until the token runs out. The first frame, `hello`, says that nothing is missed from now on."""
    token, subprotocol = socket_token(socket)
    await socket.accept(subprotocol=subprotocol)
    try:
        claims = await services.tokens.verify(token)
    except ForexEliteError as error:
        await socket.close(UNAUTHORISED if error.code is ErrorCode.INVALID_JWT else TRY_AGAIN, error.detail[:120])
        return
    if services.updates.sockets_of(claims.user_id) >= SOCKETS_A_USER:
        await socket.close(TOO_MANY, f"At most {SOCKETS_A_USER} sockets a user. Close one and try again.")
        return
    remaining = max(0.0, float(claims.raw["exp"]) - time.time())
    with services.updates.subscribe(claims.user_id) as queue:
        sending = asyncio.create_task(_send(socket, queue))
        reading = asyncio.create_task(_drain(socket))
        try:
            await asyncio.wait({sending, reading}, timeout=remaining, return_when=asyncio.FIRST_COMPLETED)
        finally:
            expired = not sending.done() and not reading.done()
            sending.cancel()
            reading.cancel()
            await asyncio.gather(sending, reading, return_exceptions=True)
    if expired:
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(UNAUTHORISED, "The access token has run out. Connect again with a new one.")


async def _send(socket: WebSocket, queue: asyncio.Queue[Update]) -> None:
    await socket.send_json({"kind": "hello", "data": {}})
    while True:
        await socket.send_json(await queue.get())


async def _drain(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect):
        while (await socket.receive())["type"] != "websocket.disconnect":
            continue
