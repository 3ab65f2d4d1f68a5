"""The database crashes in the middle of an order: what the agent may have done is never told as not done."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.trading import OrderRequest
from cloud.agents.keys import fingerprint, make_key
from cloud.app import create_app
from cloud.auth.claims import Claims
from cloud.embedded.bootstrap import bootstrap
from cloud.embedded.postgres import EmbeddedPostgres
from cloud.embedded.state import LocalSecrets
from cloud.services import Services
from cloud.settings import CloudSettings
from cloud.trading import service as trading

SECRET = "the secret of this test's agent keys"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes the POSIX way")


@dataclass
class Scene:
    """A cloud on a database that reaches the disk when it must, and not by chance."""

    postgres: EmbeddedPostgres
    services: Services
    http: httpx.AsyncClient
    user_id: UUID
    connection: UUID
    agent: str
    headers: dict[str, str]

    async def post(self, what: str, body: dict[str, Any]) -> httpx.Response:
        """The agent tells something, as often as it takes."""
        while True:
            answer = await self.http.post(f"{self.agent}/{what}", json=body, headers=self.headers)
            if answer.status_code < 500:
                return answer
            await asyncio.sleep(0.02)

    async def poll(self) -> dict[str, Any]:
        answer = await self.http.get(f"{self.agent}/jobs/next", params={"wait": 20}, headers=self.headers)
        job: dict[str, Any] = answer.json()
        return job

    async def order(self) -> None:
        request = OrderRequest(broker_connection_id=self.connection, instrument="EUR/USD", side="BUY", units="1000")
        await trading.place_order(self.services, Claims.of_user(self.user_id), request, None)

    async def crash(self) -> None:
        """Kills one of the database's processes, whereupon it starts afresh; returns when it is back."""
        victim = await asyncpg.connect(self.postgres.dsn())
        os.kill(victim.get_server_pid(), signal.SIGKILL)
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await (await asyncpg.connect(self.postgres.dsn())).close()
                    return
                await asyncio.sleep(0.01)


@pytest.fixture
async def scene(postgres_folder: Path) -> AsyncIterator[Scene]:
    postgres = EmbeddedPostgres(postgres_folder)
    await postgres.start()
    try:
        app_dsn, _ = await bootstrap(postgres.dsn(), LocalSecrets.of(postgres_folder))
        admin = await asyncpg.connect(postgres.dsn())
        await admin.execute("alter system set wal_writer_delay = '10s'")
        await admin.execute("select pg_reload_conf()")
        user_id = await admin.fetchval(
            "insert into auth.users (id, email) values (gen_random_uuid(), 'a@b.c') returning id"
        )
        agent_id = uuid4()
        key = make_key(SECRET.encode(), agent_id, 1)
        await admin.execute(
            "insert into mt5_agents (id, user_id, agent_name, agent_key_fingerprint) values ($1, $2, 'a', $3)",
            agent_id, user_id, fingerprint(key),
        )  # fmt: skip
        connection = await admin.fetchval(
            """insert into broker_connections (user_id, type, agent_id, account_number, label)
               values ($1, 'MT5', $2, '1001', 'Desk') returning id""",
            user_id, agent_id,
        )  # fmt: skip
        await admin.close()
        settings = CloudSettings(
            mode="local", database_url=SecretStr(app_dsn), database_pool_min=1, supabase_url="http://127.0.0.1:9",
            redis_url=SecretStr(""), credentials_keys=[SecretStr(Fernet.generate_key().decode())],
            agent_key_secret=SecretStr(SECRET),
        )  # fmt: skip
        app = create_app(settings)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cloud", timeout=30) as http,
        ):
            headers, agent = {"X-Agent-Key": key}, f"/api/v1/agents/{agent_id}"
            yield Scene(postgres, app.state.services, http, user_id, connection, agent, headers)
    finally:
        await postgres.stop()


async def test_what_the_agent_was_told_is_its_own_outlives_a_crash(scene: Scene, make_outcome: Any) -> None:
    await scene.post("heartbeat", {})
    ordering = asyncio.create_task(scene.order())
    job = await scene.poll()
    token = {"attempt": job["attempt"]}
    assert (await scene.post(f"jobs/{job['job_id']}/ack", token)).status_code == 200
    await scene.crash()
    done = token | {"status": "completed", "result": make_outcome()}
    assert (await scene.post(f"jobs/{job['job_id']}/result", done)).status_code == 200
    [told] = await asyncio.gather(ordering, return_exceptions=True)
    # Unknown, where the cloud asked just while the database was away.
    assert told is None or (isinstance(told, ForexEliteError) and told.code is ErrorCode.OUTCOME_UNKNOWN)


async def test_an_order_that_went_with_a_crash_is_told_as_unknown(scene: Scene) -> None:
    await scene.post("heartbeat", {})
    ordering = asyncio.create_task(scene.order())
    job = await scene.poll()
    await scene.crash()
    with pytest.raises(ForexEliteError) as refused:
        await ordering
    assert refused.value.code is ErrorCode.OUTCOME_UNKNOWN
    assert (await scene.post(f"jobs/{job['job_id']}/ack", {"attempt": job["attempt"]})).status_code == 404


async def test_an_order_outlasts_a_restart_of_the_database(scene: Scene, make_outcome: Any) -> None:
    await scene.post("heartbeat", {})
    ordering = asyncio.create_task(scene.order())
    job = await scene.poll()
    token = {"attempt": job["attempt"]}
    assert (await scene.post(f"jobs/{job['job_id']}/ack", token)).status_code == 200
    await scene.postgres.stop()
    # Whoever waits asks while nobody is there.
    scene.services.jobs._finished.on_notification("")
    await scene.postgres.start()
    done = token | {"status": "completed", "result": make_outcome()}
    assert (await scene.post(f"jobs/{job['job_id']}/result", done)).status_code == 200
    await ordering
