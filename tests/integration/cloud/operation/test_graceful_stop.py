"""A worker that stops: its sockets and long polls go elsewhere at once, requests under way are answered."""

import asyncio
import time
from typing import Any

import httpx
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from cloud.app import create_app
from cloud.serving import PROTOCOLS
from cloud.settings import CloudSettings


async def test_sockets_and_polls_are_drained(cloud_settings: CloudSettings) -> None:
    app = create_app(cloud_settings)
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=10, **PROTOCOLS)
    )
    running = asyncio.create_task(server.serve())
    while not server.started:
        assert not running.done()
        await asyncio.sleep(0.01)
    address = f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with asyncio.timeout(20), httpx.AsyncClient(base_url=f"http://{address}/api/v1", timeout=30) as http:
        body = {"email": f"drain{time.time_ns()}@example.com", "password": "correct horse 8", "name": "Drain"}
        token = (await http.post("/auth/signup", json=body)).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        pairing = (await http.post("/agents/pair", json={"agent_name": "VPS"}, headers=bearer)).json()
        path = f"/agents/{pairing['agent_id']}/jobs/next?wait=25"
        poll = asyncio.create_task(http.get(path, headers={"X-Agent-Key": pairing["pairing_key"]}))
        async with connect(f"ws://{address}/ws/updates", additional_headers=bearer) as updates:
            await updates.recv()
            while not app.state.services.delivery.waiting:
                await asyncio.sleep(0.01)
            begun = time.monotonic()
            server.should_exit = True
            answer = await poll
            closed = await _end_of(updates)
        await running
    assert (answer.status_code, answer.json()) == (200, {"no_jobs": True})
    assert closed == 1012
    assert time.monotonic() - begun < 5


async def _end_of(socket: Any) -> int | None:
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
