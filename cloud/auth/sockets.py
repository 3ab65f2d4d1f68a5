"""What all WebSockets share: who is behind one, how long it may last, and how it ends."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog
from fastapi import WebSocket, WebSocketDisconnect

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.auth.claims import Claims
from cloud.auth.tokens import TokenVerifier

_log = structlog.get_logger(__name__)

PROTOCOL = "bearer"
UNAUTHORISED, UNKNOWN_INSTRUMENT, TOO_MANY, TRY_AGAIN = 4401, 4404, 4429, 1013
#: How sending ends when the client is gone or takes nothing any more.
_LEFT = (TimeoutError, WebSocketDisconnect, RuntimeError)


def socket_token(socket: WebSocket) -> tuple[str, str | None]:
    """Returns the access token and the subprotocol to accept.

    The token stands in the header `Authorization: Bearer ...`. Browsers can't set headers there, so it may also be the
    second of the subprotocols `bearer, <token>`.
    """
    header = socket.headers.get("authorization", "")
    if header.lower().startswith("bearer "):
        return header[7:].strip(), None
    offered = [item.strip() for item in socket.headers.get("sec-websocket-protocol", "").split(",")]
    if len(offered) == 2 and offered[0] == PROTOCOL:
        return offered[1], PROTOCOL
    return "", None


async def accept(socket: WebSocket, tokens: TokenVerifier) -> Claims | None:
    """Accepts a socket and returns whose it is; None, and it is closed again, where the token does not hold."""
    token, subprotocol = socket_token(socket)
    await socket.accept(subprotocol=subprotocol)
    try:
        return await tokens.verify(token)
    except ForexEliteError as error:
        await refuse(socket, UNAUTHORISED if error.code is ErrorCode.INVALID_JWT else TRY_AGAIN, error.detail)
        return None


async def refuse(socket: WebSocket, code: int, reason: str) -> None:
    """Closes a socket; the protocol has room for 123 bytes of reason."""
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(code, reason.encode()[:123].decode(errors="ignore"))


async def attend(socket: WebSocket, claims: Claims) -> None:
    """Waits until the client leaves or its token runs out; then the socket is closed."""
    try:
        async with asyncio.timeout(_seconds_left(claims)):
            await _drain(socket)
    except TimeoutError:
        await refuse(socket, UNAUTHORISED, "The access token has run out. Connect again with a new one.")


async def converse(socket: WebSocket, claims: Claims, sending: Coroutine[Any, Any, None]) -> None:
    """Sends until the client leaves, takes nothing any more or its token runs out; then the socket is closed."""
    sender, reader = asyncio.create_task(sending), asyncio.create_task(_drain(socket))
    try:
        done, _ = await asyncio.wait(
            {sender, reader}, timeout=_seconds_left(claims), return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        sender.cancel()
        reader.cancel()
        ended, _ = await asyncio.gather(sender, reader, return_exceptions=True)
    if not done:
        await refuse(socket, UNAUTHORISED, "The access token has run out. Connect again with a new one.")
    elif sender in done:
        if isinstance(ended, Exception) and not isinstance(ended, _LEFT):
            _log.error("socket_failed", path=socket.url.path, exc_info=ended)
        await refuse(socket, TRY_AGAIN, "Too slow; connect again.")


def _seconds_left(claims: Claims) -> float:
    return max(0.0, float(claims.raw["exp"]) - time.time())


async def _drain(socket: WebSocket) -> None:
    """Ends when the client has gone; what it says is of no interest."""
    with suppress(WebSocketDisconnect):
        while (await socket.receive())["type"] != "websocket.disconnect":
            continue
