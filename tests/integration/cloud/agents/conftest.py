"""A scripted agent over HTTP, and a user whose MT5 connection goes through it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from agent_core.protocol.jobs import JobEnvelope
from cloud.services import Services

Reply = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], str, str]
Handler = Callable[[JobEnvelope], Reply]


@dataclass
class ScriptedAgent:
    """The agent's side of the wire, one call at a time or as a loop."""

    http: httpx.AsyncClient
    id: UUID
    key: str
    done: list[JobEnvelope] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Agent-Key": self.key}

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return await self.http.post(f"/api/v1/agents/{self.id}/{path}", json=body, headers=self.headers)

    async def poll(self, wait: float = 0) -> JobEnvelope | None:
        answer = await self.http.get(
            f"/api/v1/agents/{self.id}/jobs/next", params={"wait": wait}, headers=self.headers, timeout=30
        )
        assert answer.status_code == 200, answer.text
        return None if answer.json().get("no_jobs") else JobEnvelope.model_validate(answer.json())

    async def ack(self, job: JobEnvelope) -> httpx.Response:
        return await self.post(f"jobs/{job.job_id}/ack", {"attempt": job.attempt})

    async def report(self, job: JobEnvelope, status: str = "completed", **more: Any) -> httpx.Response:
        return await self.post(f"jobs/{job.job_id}/result", {"status": status, "attempt": job.attempt, **more})

    async def beat(self, **more: Any) -> httpx.Response:
        return await self.post("heartbeat", more)

    async def upload(self, *events: dict[str, Any]) -> int:
        answer = await self.post("events", {"events": list(events)})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["stored_through"])

    async def serve(self, handler: Handler) -> None:
        """The agent's loop: poll, confirm, do, report."""
        while True:
            job = await self.poll(wait=5)
            if job is None:
                continue
            await self.ack(job)
            status, result, *error = handler(job)
            more = {"error_code": error[0], "error_detail": error[1]} if error else {}
            self.done.append(job)
            await self.report(job, status, result=result, **more)

    @contextlib.asynccontextmanager
    async def serving(self, handler: Handler) -> AsyncIterator[None]:
        await self.beat()
        task = asyncio.create_task(self.serve(handler))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def event(seq: int, kind: str, **data: Any) -> dict[str, Any]:
    """One event as the agent uploads it."""
    return {"seq": seq, "kind": kind, "at": datetime.now(UTC).isoformat(), "data": data}


def order_outcome(order_id: str = "7001", price: str = "1.1003", units: str = "1000") -> dict[str, Any]:
    """Result of an order or close job."""
    return {
        "order_id": order_id, "position_id": "9001", "fill_price": price, "lots": "0.01", "units": units,
        "pnl": "1.25", "timestamp": datetime.now(UTC).isoformat(), "message": "done",
    }  # fmt: skip


@dataclass
class Desk:
    """A user who may trade, with a paired agent and the connection through it."""

    http: httpx.AsyncClient
    services: Services
    trader: Any
    agent: ScriptedAgent
    connection: UUID

    @property
    def headers(self) -> dict[str, str]:
        headers: dict[str, str] = self.trader.headers
        return headers

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(f"/api/v1{path}", params=params, headers=self.headers)

    async def post(self, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return await self.http.post(f"/api/v1{path}", json=body, headers=headers, timeout=30)

    async def request(
        self, method: str, path: str, body: dict[str, Any] | None = None, **params: Any
    ) -> httpx.Response:
        params.setdefault("broker_connection_id", self.connection)
        return await self.http.request(method, f"/api/v1{path}", json=body, params=params, headers=self.headers)

    def order(self, **more: Any) -> dict[str, Any]:
        body = {"broker_connection_id": str(self.connection), "instrument": "EUR/USD", "side": "BUY", "units": "1000"}
        return body | more

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What the user's own role sees in the database."""
        async with self.services.db.as_user(self.trader.claims) as tx:
            return [dict(row) for row in await tx.fetch(query, *values)]

    async def new_version(self, seq: int = 1) -> UUID:
        """A version of an EA, made on the agent's desktop. Uses two numbers of its event log."""
        project, version = uuid4(), uuid4()
        stored = await self.agent.upload(
            event(seq, "project_saved", project_id=str(project), name="Breakout"),
            event(seq + 1, "version_saved", version_id=str(version), project_id=str(project), version_number=1,
                  source_code="void OnTick() {}", sha256="0" * 64, origin="manual"),
        )  # fmt: skip
        assert stored == seq + 1
        return version


@pytest.fixture
def make_event() -> Callable[..., dict[str, Any]]:
    return event


@pytest.fixture
def make_outcome() -> Callable[..., dict[str, Any]]:
    return order_outcome


@pytest.fixture
def open_desk(
    client: httpx.AsyncClient, services: Services, sign_up: Callable[[], Awaitable[Any]]
) -> Callable[[], Awaitable[Desk]]:
    """Makes a new user with a paired agent through the public API alone."""

    async def make() -> Desk:
        trader = await sign_up()
        pairing = await client.post("/api/v1/agents/pair", json={"agent_name": "VPS"}, headers=trader.headers)
        assert pairing.status_code == 201, pairing.text
        agent = ScriptedAgent(client, UUID(pairing.json()["agent_id"]), pairing.json()["pairing_key"])
        broker = await client.put(
            "/api/v1/onboarding/brokers",
            json={
                "type": "MT5",
                "credentials": {"agent_id": str(agent.id), "account_number": "1001", "server": "Demo"},
                "label": "Demo account",
            },
            headers=trader.headers,
        )
        assert broker.status_code == 200, broker.text
        accepted = await client.put(
            "/api/v1/onboarding/preferences", json={"disclaimer_accepted": True}, headers=trader.headers
        )
        assert accepted.status_code == 200, accepted.text
        return Desk(client, services, trader, agent, UUID(broker.json()["broker_connection_id"]))

    return make


@pytest.fixture
async def desk(open_desk: Callable[[], Awaitable[Desk]]) -> Desk:
    return await open_desk()


class _QuietServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@pytest.fixture
async def live(app: FastAPI) -> AsyncIterator[str]:
    """The same application on a real socket: host and port."""
    config = uvicorn.Config(app, port=0, log_config=None, ws="websockets-sansio", lifespan="off")
    server = _QuietServer(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"127.0.0.1:{port}"
    server.should_exit = True
    await task
