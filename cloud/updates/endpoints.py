"""`WS /ws/updates`: one frame `{"kind", "data"}` for each change of the user's data."""

import asyncio

from fastapi import APIRouter, WebSocket

from agent_core.protocol.errors import ForexEliteError
from cloud.auth.sockets import TOO_MANY, accept, converse, refuse
from cloud.deps import ServicesDep
from cloud.updates.hub import Update

router = APIRouter()


@router.websocket("/ws/updates")
async def updates(socket: WebSocket, services: ServicesDep) -> None:
    """Pushes changes until the token runs out. The first frame, `hello`, says that nothing is missed from now on."""
    claims = await accept(socket, services.tokens)
    if claims is None:
        return
    try:
        await services.limits.socket(claims.user_id)
        async with services.sockets.place(claims.user_id):
            with services.updates.subscribe(claims.user_id) as queue:
                await converse(socket, claims, _send(socket, queue))
    except ForexEliteError as error:
        await refuse(socket, TOO_MANY, error.detail)


async def _send(socket: WebSocket, queue: asyncio.Queue[Update]) -> None:
    await socket.send_json({"kind": "hello", "data": {}})
    while True:
        await socket.send_json(await queue.get())
