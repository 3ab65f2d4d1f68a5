"""Redis dies, hangs and comes back: the API goes on and says so."""

import asyncio
import signal
import time
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from cloud import rate_limits
from cloud.settings import CloudSettings


@pytest.fixture
def cloud_settings(backend: Any, redis_server: Any, monkeypatch: pytest.MonkeyPatch) -> CloudSettings:
    monkeypatch.setattr(rate_limits, "_REDIS_PAUSE_SECONDS", 0.5)
    settings: CloudSettings = backend.settings(redis_url=SecretStr(redis_server.url), user_requests_a_minute=60)
    return settings


async def redis_status(client: httpx.AsyncClient) -> str:
    ready = await client.get("/readyz")
    assert ready.status_code == 200
    return str(ready.json()["redis"])


async def until(client: httpx.AsyncClient, status: str) -> None:
    async with asyncio.timeout(15):
        while await redis_status(client) != status:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("fault", ["dead", "hanging"])
async def test_requests_go_on(fault: str, client: httpx.AsyncClient, redis_server: Any, sign_up: Any) -> None:
    user, other = await sign_up(), await sign_up()
    await until(client, "ok")
    if fault == "dead":
        redis_server.kill()
    else:
        redis_server.signal(signal.SIGSTOP)
    begun = time.monotonic()
    for _ in range(10):
        assert (await client.get("/api/v1/auth/me", headers=user.headers)).status_code == 200
    assert time.monotonic() - begun < 5
    await until(client, "unavailable")
    if fault == "dead":
        redis_server.start()
    else:
        redis_server.signal(signal.SIGCONT)
    await until(client, "ok")

    async def limited() -> bool:
        return (await client.get("/api/v1/auth/me", headers=other.headers)).status_code == 429

    async with asyncio.timeout(15):
        while not await limited():
            pass
