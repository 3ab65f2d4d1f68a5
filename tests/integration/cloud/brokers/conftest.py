"""The real cloud with users whose OANDA accounts are at the stand-in, on a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from cloud.app import create_app
from cloud.brokers.oanda import search
from cloud.embedded.oanda.app import create_oanda_app
from cloud.embedded.oanda.faults import Faults
from cloud.settings import CloudSettings

KEY, ACCOUNT = "practice-key", "101-001-1234567-001"


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def oanda(faults: Faults) -> AsyncIterator[str]:
    async with serving(create_oanda_app(KEY, ACCOUNT, faults)) as url:
        yield url


@pytest.fixture
def cloud_settings(backend: Any, oanda: str) -> CloudSettings:
    nowhere = "http://127.0.0.1:9"
    settings: CloudSettings = backend.settings(
        oanda_practice_url=oanda, oanda_live_url=nowhere, glm_base_url=nowhere
    )  # fmt: skip
    return settings


@pytest.fixture
async def app(cloud_settings: CloudSettings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    monkeypatch.setattr(search, "LOOK_AFTER_SECONDS", (0.02, 0.05))
    application = create_app(cloud_settings)
    async with application.router.lifespan_context(application):
        application.state.services.oanda.set_answer_seconds(0.6)
        yield application


@dataclass(frozen=True)
class OandaTrader:
    """A user with a connected OANDA account."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    claims: Any
    connection_id: str

    async def send(self, method: str, path: str, body: Any = None, *, key: str | None = None, **query: str) -> Any:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        query = {"broker_connection_id": self.connection_id, **query} if body is None or method == "PATCH" else query
        return await self.client.request(method, f"/api/v1{path}", json=body, params=query, headers=headers)

    async def order(self, *, key: str | None = None, **changes: Any) -> httpx.Response:
        body = {"broker_connection_id": self.connection_id, "instrument": "EURUSD", "side": "BUY", "units": "1000"}
        answer: httpx.Response = await self.send("POST", "/orders", {**body, **changes}, key=key or uuid4().hex)
        return answer

    async def positions(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.send("GET", "/positions")).json()
        return rows

    async def events(self) -> list[str]:
        rows = (await self.client.get("/api/v1/trade-events", headers=self.headers)).json()
        return [row["event_type"] for row in rows]


@pytest.fixture
def connect_oanda(client: httpx.AsyncClient) -> Callable[[Any], Awaitable[httpx.Response]]:
    async def connect(user: Any, **credentials: str) -> httpx.Response:
        body = {"type": "OANDA", "label": "Practice", "credentials": {"api_key": KEY, **credentials}}
        return await client.put("/api/v1/onboarding/brokers", json=body, headers=user.headers)

    return connect


@pytest.fixture
async def oanda_trader(client: httpx.AsyncClient, trader: Any, connect_oanda: Any) -> AsyncIterator[OandaTrader]:
    answer = await connect_oanda(trader)
    assert answer.status_code == 200, answer.text
    body = {"disclaimer_accepted": True}
    await client.put("/api/v1/onboarding/preferences", json=body, headers=trader.headers)
    made = OandaTrader(client, trader.headers, trader.claims, answer.json()["broker_connection_id"])
    yield made
    # Else the next tests' auditors have its journal to read as well, and only so many are read at once.
    await client.delete(f"/api/v1/onboarding/brokers/{made.connection_id}", headers=made.headers)
