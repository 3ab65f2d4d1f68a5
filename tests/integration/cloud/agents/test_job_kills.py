"""Two workers, one of them killed, then the database killed: every job is done, and none twice."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from cryptography.fernet import Fernet

from agent_core.protocol.jobs import JobType, ProbePayload
from cloud.agents.keys import fingerprint, make_key
from cloud.db.pool import Database
from cloud.embedded.bootstrap import bootstrap
from cloud.embedded.ports import free_port
from cloud.embedded.postgres import EmbeddedPostgres
from cloud.embedded.state import LocalSecrets
from cloud.jobs.models import JobTimes
from cloud.jobs.queue import open_queue

WORKER = Path(__file__).with_name("job_worker.py")
SECRET = "the secret of this test's agent keys"
AGENTS, JOBS = 6, 60
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes the POSIX way")


@dataclass
class Worker:
    """One worker process; started again on the same port after it was killed."""

    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, str(WORKER), str(self.port)], env=self.environment)  # noqa: ASYNC220
        async with asyncio.timeout(40):
            while True:
                with contextlib.suppress(OSError):
                    return socket.create_connection(("127.0.0.1", self.port), 1).close()
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


@dataclass
class Cloud:
    """The database, its two workers, and one user's agents with their keys."""

    postgres: EmbeddedPostgres
    database: Database
    workers: list[Worker]
    user_id: UUID
    agents: dict[UUID, str]


@pytest.fixture
async def cloud(postgres_folder: Path) -> AsyncIterator[Cloud]:
    postgres = EmbeddedPostgres(postgres_folder)
    await postgres.start()
    keeper = asyncio.create_task(postgres.keep_running())
    app_dsn, _ = await bootstrap(postgres.dsn(), LocalSecrets.of(postgres_folder))
    agents = {agent_id: make_key(SECRET.encode(), agent_id, 1) for agent_id in (uuid4() for _ in range(AGENTS))}
    admin = await asyncpg.connect(postgres.dsn())
    user_id = await admin.fetchval(
        "insert into auth.users (id, email) values (gen_random_uuid(), 'a@b.c') returning id"
    )
    await admin.executemany(
        "insert into mt5_agents (id, user_id, agent_name, agent_key_fingerprint) values ($1, $2, 'a', $3)",
        [(agent_id, user_id, fingerprint(key)) for agent_id, key in agents.items()],
    )
    await admin.close()
    environment = {
        **os.environ, "FOREXELITE_CLOUD_MODE": "local", "DATABASE_URL": app_dsn, "AGENT_KEY_SECRET": SECRET,
        "CREDENTIALS_KEYS": Fernet.generate_key().decode(), "SUPABASE_URL": "http://127.0.0.1:9", "REDIS_URL": "",
    }  # fmt: skip
    workers = [Worker(environment) for _ in range(2)]
    await asyncio.gather(*(worker.start() for worker in workers))
    database = await Database.connect(app_dsn, min_size=1, max_size=4)
    yield Cloud(postgres, database, workers, user_id, agents)
    await database.close()
    for worker in workers:
        worker.kill()
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
    await postgres.stop()


class Agent:
    """Polls whichever worker answers; its journal keeps it from doing a job a second time, as the real one's does."""

    def __init__(self, cloud: Cloud, agent_id: UUID, effects: Counter[str]) -> None:
        self._ports = [worker.port for worker in cloud.workers]
        self._path, self._headers = f"/api/v1/agents/{agent_id}/jobs", {"X-Agent-Key": cloud.agents[agent_id]}
        self._effects = effects
        self._journal: set[str] = set()
        self._dice = random.Random(agent_id.int)

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=5) as http:
            while True:
                try:
                    await self._turn(http)
                except (httpx.HTTPError, TimeoutError):
                    await asyncio.sleep(0.05)

    async def _turn(self, http: httpx.AsyncClient) -> None:
        # Now and then the agent vanishes in the middle of its poll.
        async with asyncio.timeout(self._dice.choice((0.05, 3))):
            poll = await http.get(f"{self._url()}/next", params={"wait": 1}, headers=self._headers)
        if poll.status_code != 200 or "job_id" not in (job := poll.json()):
            return
        token = {"attempt": job["attempt"]}
        if await self._tell(http, f"{job['job_id']}/ack", token) != 200:
            return
        if job["job_id"] not in self._journal:
            self._journal.add(job["job_id"])
            self._effects[job["job_id"]] += 1
        done = token | {"status": "completed", "result": {"n": job["job_id"]}}
        await self._tell(http, f"{job['job_id']}/result", done)

    async def _tell(self, http: httpx.AsyncClient, what: str, body: dict[str, Any]) -> int:
        """Repeats a report until the cloud has answered it."""
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = await http.post(f"{self._url()}/{what}", json=body, headers=self._headers)
                if answer.status_code < 500:
                    return answer.status_code
            await asyncio.sleep(0.1)

    def _url(self) -> str:
        return f"http://127.0.0.1:{self._dice.choice(self._ports)}{self._path}"


async def _enqueue(cloud: Cloud, jobs: Any, job_id: UUID, agent_id: UUID) -> None:
    """Puts a job in, however often it takes."""
    while True:
        try:
            async with cloud.database.as_service() as tx:
                await jobs.enqueue_in(
                    tx, cloud.user_id, agent_id, JobType.PROBE, ProbePayload(what="account"), job_id=job_id
                )
            return
        except asyncpg.UniqueViolationError:
            return  # it had been committed, only the answer was lost
        except AWAY:
            await asyncio.sleep(0.1)


async def _statuses(cloud: Cloud) -> Counter[tuple[str, bool]]:
    try:
        async with cloud.database.as_service() as tx:
            rows = await tx.fetch("select status, result ->> 'n' = id::text as own from jobs")
    except AWAY:
        return Counter()
    return Counter((row["status"], bool(row["own"])) for row in rows)


@pytest.mark.slow
async def test_killing_a_worker_or_the_database_loses_and_doubles_nothing(cloud: Cloud) -> None:
    effects: Counter[str] = Counter()
    queue = await open_queue(cloud.database, JobTimes())
    agents = [asyncio.create_task(Agent(cloud, agent_id, effects).run()) for agent_id in cloud.agents]
    ids, owners = [uuid4() for _ in range(JOBS)], list(cloud.agents)
    for number, job_id in enumerate(ids):
        await _enqueue(cloud, queue.jobs, job_id, owners[number % AGENTS])
        if number == JOBS // 3:
            cloud.workers[0].kill()
        elif number == JOBS // 2:
            os.kill(cloud.postgres.pid, signal.SIGKILL)
        elif number == JOBS * 2 // 3:
            await cloud.workers[0].start()
    async with asyncio.timeout(60):
        while (found := await _statuses(cloud)) != Counter({("completed", True): JOBS}):
            assert not any(status in ("dead", "expired", "failed") for status, _ in found), found
            await asyncio.sleep(0.2)
    for task in agents:
        task.cancel()
    await asyncio.gather(*agents, return_exceptions=True)
    assert effects == Counter({str(job_id): 1 for job_id in ids})
