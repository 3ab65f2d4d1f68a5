"""A cloud to measure: Postgres of its own, one worker process of `forexelite-cloud serve`, a user, agents."""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import jwt
import psutil
from cryptography.fernet import Fernet

from cloud.agents.keys import fingerprint, make_key
from cloud.embedded.bootstrap import bootstrap
from cloud.embedded.ports import free_port
from cloud.embedded.postgres import EmbeddedPostgres
from cloud.embedded.state import LocalSecrets

URL, SECRET = "http://127.0.0.1:9", "the secret of the bench, long enough"


class Wire:
    """One kept HTTP/1.1 connection that costs the measuring process as little as possible."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port = port
        self._head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Status and body of the answer."""
        if self._reader is None or self._writer is None or self._reader.at_eof():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{self._head}Content-Type: application/json\r\n"
        self._writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return int(answer[9:12]), await self._reader.readexactly(int(length[15:]))

    def abort(self) -> None:
        """Vanishes without a word."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None


@dataclass
class Stage:
    """What there is to measure."""

    superuser_dsn: str
    app_dsn: str
    user_id: UUID
    connection_id: UUID
    agents: dict[UUID, str]
    worker: psutil.Process
    port: int

    @property
    def token(self) -> str:
        """An access token of the user."""
        claims = {
            "sub": str(self.user_id), "aud": "authenticated", "role": "authenticated", "iss": f"{URL}/auth/v1",
            "exp": int(time.time()) + 3600,
        }  # fmt: skip
        return jwt.encode(claims, SECRET, "HS256")

    def user(self) -> Wire:
        """A connection of the user."""
        return Wire(self.port, {"Authorization": f"Bearer {self.token}"})

    def agent(self, agent_id: UUID) -> Wire:
        """A connection of an agent."""
        return Wire(self.port, {"X-Agent-Key": self.agents[agent_id]})


@contextlib.asynccontextmanager
async def program(arguments: list[str], port: int, environment: dict[str, str]) -> AsyncIterator[psutil.Process]:
    """A server process that takes connections."""
    server = subprocess.Popen([sys.executable, *arguments], env={**os.environ, **environment})  # noqa: ASYNC220
    try:
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                await asyncio.sleep(0.05)
        yield psutil.Process(server.pid)
    finally:
        server.kill()
        server.wait(10)


@contextlib.asynccontextmanager
async def stage(agents: int) -> AsyncIterator[Stage]:
    """Puts everything up; the user has onboarded and has a connection through the first agent."""
    folder = Path(tempfile.mkdtemp(prefix="forexelite-bench-"))
    folder.chmod(0o711)  # noqa: ASYNC240
    postgres = EmbeddedPostgres(folder)
    await postgres.start()
    try:
        app_dsn, _ = await bootstrap(postgres.dsn(), LocalSecrets.of(folder))
        keys = {agent_id: make_key(SECRET.encode(), agent_id, 1) for agent_id in (uuid4() for _ in range(agents))}
        admin = await asyncpg.connect(postgres.dsn())
        user_id = await admin.fetchval(
            "insert into auth.users (id, email) values (gen_random_uuid(), 'a@b.c') returning id"
        )
        await admin.executemany(
            "insert into mt5_agents (id, user_id, agent_name, agent_key_fingerprint) values ($1, $2, 'a', $3)",
            [(agent_id, user_id, fingerprint(key)) for agent_id, key in keys.items()],
        )
        connection_id = await admin.fetchval(
            """insert into broker_connections (user_id, agent_id, type, account_number, label)
               values ($1, $2, 'MT5', '1001', 'Demo') returning id""",
            user_id, next(iter(keys)),
        )  # fmt: skip
        await admin.execute("update user_settings set disclaimer_accepted = true where user_id = $1", user_id)
        await admin.close()
        port = free_port()
        environment = {
            "FOREXELITE_CLOUD_MODE": "local", "DATABASE_URL": app_dsn, "AGENT_KEY_SECRET": SECRET, "REDIS_URL": "",
            "CREDENTIALS_KEYS": Fernet.generate_key().decode(), "SUPABASE_URL": URL, "SUPABASE_JWT_SECRET": SECRET,
            "USER_REQUESTS_A_MINUTE": "100000000", "LOG_LEVEL": "warning",
        }  # fmt: skip
        async with program(["-m", "cloud.cli", "serve", "--port", str(port)], port, environment) as worker:
            yield Stage(postgres.dsn(), app_dsn, user_id, connection_id, keys, worker, port)
    finally:
        await postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def percentile(values: list[float], percent: int) -> float:
    """A percentile of at least two values."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time of a process so far."""
    times = process.cpu_times()
    return float(times.user + times.system)
