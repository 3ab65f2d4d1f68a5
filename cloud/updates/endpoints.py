"""`WS /ws/updates`: one frame `{"kind", "data"}` for each change of the user's data."""

import asyncio

from fastapi import APIRouter, WebSocket

from cloud.auth.sockets import SOCKETS_A_USER, TOO_MANY, accept, converse, refuse
from cloud.deps import ServicesDep
from cloud.updates.hub import Update

router = APIRouter()


@router.websocket("/ws/updates")
async def updates(socket: WebSocket, services: ServicesDep) -> None:
    """Pushes changes until the token runs out. The first frame, `hello`, says that nothing is missed from now on."""
    claims = await accept(socket, services.tokens)
    if claims is None:
        return
    if services.updates.sockets_of(claims.user_id) >= SOCKETS_A_USER:
        await refuse(socket, TOO_MANY, f"At most {SOCKETS_A_USER} sockets a user. Close one and try again.")
        return
    with services.updates.subscribe(claims.user_id) as queue:
        await converse(socket, claims, _send(socket, queue))


async def _send(socket: WebSocket, queue: asyncio.Queue[Update]) -> None:
    await socket.send_json({"kind": "hello", "data": {}})
    while True:
        await socket.send_json(await queue.get())
