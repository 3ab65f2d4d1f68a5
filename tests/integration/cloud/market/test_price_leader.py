"""Several workers, one Redis, one price stream: who streams, who follows a dead leader, and how quickly."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from pydantic import SecretStr
from redis.asyncio import Redis

from agent_core.protocol.market import PriceFrame
from cloud.embedded.oanda.app import create_oanda_app
from cloud.market.bus import RedisBus
from cloud.market.freshness import Pulse
from cloud.market.leader import LOCK
from cloud.market.service import MarketService
from cloud.providers.oanda.transport import OandaTransport
from cloud.settings import CloudSettings

KEY, ACCOUNT = "practice-key", "101-001-1234567-001"
WORKER = Path(__file__).with_name("price_worker.py")


class Upstream:
    """OANDA, with an eye on how many streams are open at the same time."""

    def __init__(self) -> None:
        self.url, self.open, self.most, self.begun = "", 0, 0, 0
        self._app = create_oanda_app(KEY, ACCOUNT)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        streaming = scope["type"] == "http" and scope["path"].endswith("/pricing/stream")
        self.open += streaming
        self.begun += streaming
        self.most = max(self.most, self.open)
        try:
            await self._app(scope, receive, send)
        finally:
            self.open -= streaming


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    made = Upstream()
    config = uvicorn.Config(made, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=1)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    made.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield made
    server.should_exit = True
    await task


@asynccontextmanager
async def worker(upstream: Upstream, redis: str) -> AsyncIterator[MarketService]:
    settings = CloudSettings(
        mode="local", redis_url=SecretStr(redis), oanda_url=upstream.url, oanda_stream_url=upstream.url,
        oanda_api_key=SecretStr(KEY), oanda_account_id=ACCOUNT,
    )  # fmt: skip
    async with OandaTransport.opened() as transport:
        market = MarketService(transport, settings)
        await market.start()
        yield market
        await market.stop()


class Ear:
    """Notes when prices come."""

    def __init__(self, heard: list[float]) -> None:
        self._heard = heard

    def update(self, _frame: PriceFrame) -> None:
        self._heard.append(time.monotonic())

    def hear(self, _pulse: Pulse) -> None:
        return


def fresh(market: MarketService) -> bool:
    """The market's prices live, and none is marked as old."""
    return market.freshness.status().status == "live" and not any(frame.stale for frame in market.hub.last.values())


def start_worker(*addresses: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, str(WORKER), *addresses, KEY, ACCOUNT], stdout=subprocess.PIPE)


async def until(condition: Callable[[], bool], seconds: float) -> float:
    """Waits for a condition; returns how long it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def test_a_killed_leader_is_followed_within_five_seconds(upstream: Upstream, redis_server: Any) -> None:
    processes = [start_worker(upstream.url, redis_server.url) for _ in range(2)]
    heard: list[float] = []
    bus = RedisBus(redis_server.url)

    try:
        for process in processes:
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == b"ready\n"
        await bus.start(Ear(heard))
        await until(lambda: len(heard) > 20, 15)
        redis = Redis.from_url(redis_server.url)
        leader = int((await redis.get(LOCK)).decode().split(":")[1])
        await redis.aclose()
        assert leader in {process.pid for process in processes}
        os.kill(leader, signal.SIGKILL)
        killed, begun = time.monotonic(), upstream.begun
        await until(lambda: upstream.begun > begun, 8)
        await until(lambda: heard[-1] > killed + 1, 8)
        gap = min(moment for moment in heard if moment > killed + 1) - killed
        print(f"prices again {gap:.2f} s after the leader was killed")
        assert gap < 5
        assert upstream.most == 1
    finally:
        await bus.close()
        for process in processes:
            process.kill()
            await asyncio.to_thread(process.wait, 10)
            assert process.stdout is not None
            process.stdout.close()


async def test_a_leader_that_goes_is_followed_soon(upstream: Upstream, redis_server: Any) -> None:
    async with worker(upstream, redis_server.url) as second:
        # The server has just been started, so those who take the lock wait for one it might have forgotten.
        await until(lambda: len(second.hub.last) > 3, 10)
        async with worker(upstream, redis_server.url) as first:
            await until(lambda: len(first.hub.last) > 3, 5)
            await second.stop()
            begun = upstream.begun
            assert await until(lambda: upstream.begun > begun, 5) < 3
    assert upstream.most == 1


async def test_redis_gone_and_back(upstream: Upstream, redis_server: Any) -> None:
    async with worker(upstream, redis_server.url) as first, worker(upstream, redis_server.url) as second:
        await until(lambda: bool(first.hub.last and second.hub.last), 10)
        redis_server.kill()
        await until(lambda: upstream.open == 0, 5)
        redis_server.start()
        back = time.time()
        for market in (first, second):
            await until(lambda market=market: fresh(market) and market.freshness.age < time.time() - back, 12)  # type: ignore[misc]
        assert upstream.open == 1
    assert upstream.most == 1
