import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import websockets

from cloud.services import Services


async def _next(socket: Any, kind: str) -> dict[str, Any]:
    while True:
        update: dict[str, Any] = json.loads(await socket.recv())
        if update["kind"] == kind:
            data: dict[str, Any] = update["data"]
            return data


async def test_changes_arrive_at_their_owner_alone(
    live: str, desk: Any, open_desk: Callable[[], Awaitable[Any]], make_event: Any
) -> None:
    other = await open_desk()
    async with (
        websockets.connect(f"ws://{live}/ws/updates", additional_headers=desk.headers) as mine,
        websockets.connect(
            f"ws://{live}/ws/updates", subprotocols=["bearer", other.trader.session.access_token]
        ) as theirs,
    ):
        assert theirs.subprotocol == "bearer"
        await _next(mine, "hello")
        await _next(theirs, "hello")
        await desk.agent.upload(make_event(1, "alert", level="error", message="Disk is full"))
        await other.agent.upload(make_event(1, "alert", level="info", message="For the other"))
        assert (await _next(mine, "alert"))["message"] == "Disk is full"
        assert (await _next(theirs, "alert"))["message"] == "For the other"
        await desk.agent.beat(status="stopping")
        while (await _next(mine, "agent"))["status"] != "offline":
            pass


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
async def test_without_a_valid_token_it_closes(live: str, headers: dict[str, str]) -> None:
    async with websockets.connect(f"ws://{live}/ws/updates", additional_headers=headers) as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_one_user_gets_ten_sockets(live: str, desk: Any, services: Services) -> None:
    async with contextlib.AsyncExitStack() as stack:
        connect = lambda: websockets.connect(f"ws://{live}/ws/updates", additional_headers=desk.headers)  # noqa: E731
        for _ in range(10):
            socket = await stack.enter_async_context(connect())
            await _next(socket, "hello")
        extra = await stack.enter_async_context(connect())
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await extra.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4429
        assert services.updates.sockets_of(desk.trader.user_id) == 10
