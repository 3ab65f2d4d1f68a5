"""What happens to prices when OANDA's stream is cut, silent or full of garbage: they are marked, and come back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvicorn
from pydantic import SecretStr

from cloud.embedded.oanda.app import create_oanda_app
from cloud.embedded.oanda.faults import Faults
from cloud.market import freshness
from cloud.market.hub import Subscriber, Subscription
from cloud.market.service import MarketService
from cloud.market.wire import text_frame
from cloud.providers.oanda import prices
from cloud.providers.oanda.transport import OandaTransport
from cloud.settings import CloudSettings

KEY, ACCOUNT = "practice-key", "101-001-1234567-001"


class Tape:
    full = False

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    def write(self, frame: bytes) -> None:
        self.frames.append(json.loads(frame[frame.index(b"{") :]))
        assert text_frame(frame[frame.index(b"{") :].decode()) == frame

    def cut(self) -> None:
        raise AssertionError


class Upstream:
    """OANDA; notes when each stream was asked for."""

    def __init__(self, faults: Faults) -> None:
        self.asked: list[float] = []
        self.queries: list[str] = []
        self._app = create_oanda_app(KEY, ACCOUNT, faults)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/pricing/stream"):
            self.asked.append(time.monotonic())
            self.queries.append(scope["query_string"].decode())
        await self._app(scope, receive, send)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def served(faults: Faults) -> AsyncIterator[tuple[Upstream, str]]:
    upstream = Upstream(faults)
    config = uvicorn.Config(upstream, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield upstream, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
def upstream(served: tuple[Upstream, str]) -> Upstream:
    return served[0]


@pytest.fixture
async def market(served: tuple[Upstream, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MarketService]:
    monkeypatch.setattr(prices, "SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(freshness, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(freshness, "BROKEN_SECONDS", 0.3)
    monkeypatch.setattr("cloud.market.service.LOOK_SECONDS", 0.05)
    url = served[1]
    settings = CloudSettings(
        mode="local", oanda_url=url, oanda_stream_url=url, oanda_api_key=SecretStr(KEY), oanda_account_id=ACCOUNT
    )
    async with OandaTransport.opened() as transport:
        made = MarketService(transport, settings)
        await made.start()
        await until(lambda: len(made.hub.last) >= 8)
        yield made
        await made.stop()


async def until(condition: Callable[[], bool], seconds: float = 8.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("fault", ["cut", "garbage", "silent"])
async def test_prices_are_marked_as_old_and_come_back(
    fault: Any, faults: Faults, market: MarketService, upstream: Upstream
) -> None:
    assert market.freshness.status().status == "live"
    tape = Tape()
    market.hub.add(Subscriber(Subscription(frozenset({"EURUSD"}), batch=False), tape))
    assert "stale" not in tape.frames[0]
    faults.stream = fault
    await until(lambda: tape.frames[-1].get("stale") is True)
    status = market.freshness.status()
    assert status.status == "stale"
    assert status.age_seconds is not None
    assert status.age_seconds > 0.1
    assert tape.frames[-1]["bid"] == market.hub.last["EURUSD"].bid
    await until(lambda: len(upstream.asked) >= 3)
    faults.stream = ""
    await until(lambda: not any(frame.stale for frame in market.hub.last.values()))
    await until(lambda: "stale" not in tape.frames[-1])
    assert market.freshness.status().status == "live"
    gaps = [later - earlier for earlier, later in zip(upstream.asked, upstream.asked[1:], strict=False)]
    assert min(gaps) > 0.45
    assert all("snapshot=true" in query for query in upstream.queries)
