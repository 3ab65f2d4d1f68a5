"""A neighbour fails: each request gets a clear 503, what needs no neighbour goes on, and it heals by itself."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import jwt
import psutil
import pytest
import uvicorn
from pydantic import SecretStr
from websockets.asyncio.client import connect

from cloud.app import create_app
from cloud.db import pool
from cloud.embedded.bootstrap import bootstrap
from cloud.embedded.postgres import EmbeddedPostgres
from cloud.embedded.state import LocalSecrets
from cloud.metrics import RECENT
from cloud.providers.supabase import ArtifactStorage, AuthProvider
from cloud.services import Services
from cloud.serving import PROTOCOLS
from cloud.settings import CloudSettings

SECRET = "a legacy secret of this test, long enough"
PREFERENCES = "/api/v1/onboarding/preferences"


async def until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


def assert_busy(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE"), answer.text
    assert "Try again" in answer.json()["detail"]


@pytest.fixture
async def postgres(postgres_folder: Path) -> AsyncIterator[tuple[EmbeddedPostgres, str, LocalSecrets]]:
    server, secrets = EmbeddedPostgres(postgres_folder, durable=False), LocalSecrets.of(postgres_folder)
    await server.start()
    app_dsn, _ = await bootstrap(server.dsn(), secrets)
    yield server, app_dsn, secrets
    await server.stop()


@pytest.mark.logs_errors
async def test_the_database_restarts(postgres: tuple[EmbeddedPostgres, str, LocalSecrets]) -> None:
    server, app_dsn, secrets = postgres
    settings = CloudSettings(
        mode="local", database_url=SecretStr(app_dsn), database_pool_min=1, supabase_url="http://127.0.0.1:9",
        supabase_jwt_secret=SecretStr(SECRET), credentials_keys=[SecretStr(secrets.credentials_key)],
        agent_key_secret=SecretStr(secrets.agent_key_secret), redis_url=SecretStr(""),
    )  # fmt: skip
    user = uuid4()
    admin = await asyncpg.connect(server.dsn())
    await admin.execute("insert into auth.users (id, email) values ($1, 'trader@example.com')", user)
    await admin.close()
    claims = {"sub": str(user), "aud": "authenticated", "role": "authenticated", "iss": settings.issuer}
    bearer = {"Authorization": f"Bearer {jwt.encode({**claims, 'exp': time.time() + 600}, SECRET, 'HS256')}"}
    worker = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_config=None, lifespan="on", **PROTOCOLS))
    serving = asyncio.create_task(worker.serve())
    while not worker.started:
        await asyncio.sleep(0.01)
    address = f"127.0.0.1:{worker.servers[0].sockets[0].getsockname()[1]}"
    async with (
        httpx.AsyncClient(base_url=f"http://{address}", headers=bearer, timeout=20) as http,
        connect(f"ws://{address}/ws/updates", additional_headers=bearer) as updates,
    ):
        assert (await http.get(PREFERENCES.replace("preferences", "status"))).status_code == 200
        assert "hello" in str(await updates.recv())
        await server.stop()
        for answer in await asyncio.gather(*(http.get("/api/v1/alerts") for _ in range(5))):
            assert_busy(answer)
        assert (await http.get("/readyz")).status_code == 503
        assert (await http.get("/healthz")).status_code == 200
        await server.start()

        async def works() -> bool:
            return (await http.get("/api/v1/alerts")).status_code == 200

        await until(works)
        assert (await http.get("/readyz")).json()["status"] == "ok"
        async with asyncio.timeout(15):
            assert "resync" in str(await updates.recv())
    worker.should_exit = True
    await serving


async def test_a_silent_database_is_told_soon(
    postgres: tuple[EmbeddedPostgres, str, LocalSecrets], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_PING_SECONDS", 0.3)
    server, app_dsn, _ = postgres
    database = await pool.Database.connect(app_dsn, min_size=1, max_size=1)
    await database.ping()
    main = psutil.Process(server.pid)
    processes = [main, *main.children()]
    for process in processes:
        process.suspend()
    begun = time.monotonic()
    try:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await database.ping()
    finally:
        for process in processes:
            process.resume()
    assert time.monotonic() - begun < 5
    await database.ping()
    await database.close()


@pytest.mark.logs_errors
async def test_the_database_s_disk_is_full(client: httpx.AsyncClient, backend: Any, onboarded: Any) -> None:
    """Hosted databases turn read-only before that; one that has not says so at each write."""

    async def save() -> httpx.Response:
        return await client.put(PREFERENCES, json={"risk_percent": "2"}, headers=onboarded.headers)

    admin = await asyncpg.connect(backend.superuser_dsn)
    await admin.execute("alter system set default_transaction_read_only = on")
    await admin.execute("select pg_reload_conf()")
    try:

        async def refused() -> bool:
            return (await save()).status_code == 503

        await until(refused)
        assert_busy(await save())
        assert (await client.get("/api/v1/alerts", headers=onboarded.headers)).status_code == 200
    finally:
        await admin.execute("alter system reset default_transaction_read_only")
        await admin.execute("select pg_reload_conf()")

    async def works() -> bool:
        return (await save()).status_code == 200

    await until(works)
    await admin.execute(
        """create function pg_temp.full_disk() returns trigger language plpgsql as $$
           begin raise 'could not extend file: No space left on device' using errcode = '53100'; end $$;
           create trigger full_disk before insert or update on public.user_settings
               for each row execute function pg_temp.full_disk()"""
    )
    try:
        assert_busy(await save())
    finally:
        await admin.execute("drop trigger full_disk on public.user_settings")
        await admin.close()
    assert (await save()).status_code == 200


class Proxy:
    """Stands before Supabase and answers in its place while there is a fault."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url)
        self.fault: tuple[int, bytes] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if self.fault:
            status, content = self.fault
        else:
            path = f"{scope['path']}?{scope['query_string'].decode()}"
            kept = [(name, value) for name, value in scope["headers"] if name not in (b"host", b"content-length")]
            answer = await self._http.request(scope["method"], path, content=body, headers=kept)
            status, content = answer.status_code, answer.content
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def close(self) -> None:
        await self._http.aclose()


@pytest.fixture
async def supabase(backend: Any) -> AsyncIterator[tuple[Proxy, str]]:
    made = Proxy(backend.supabase_url)
    server = uvicorn.Server(uvicorn.Config(made, port=0, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield made, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task
    await made.close()


@pytest.mark.logs_errors
@pytest.mark.parametrize("taken", ["users", "service"])
async def test_all_connections_are_taken(
    client: httpx.AsyncClient, services: Services, onboarded: Any, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    of_users, of_service = ("/api/v1/alerts", 200), (f"/api/v1/account?broker_connection_id={uuid4()}", 404)
    (busy, answers), (other, goes_on) = (of_users, of_service) if taken == "users" else (of_service, of_users)
    monkeypatch.setattr(pool, "_QUEUE_SECONDS", 0.3)
    monkeypatch.setattr(pool, "_LONG_WAIT_SECONDS", 0.1)
    RECENT.clear()
    async with AsyncExitStack() as stack:
        for _ in range(services.settings.database_pool_max):
            door = services.db.as_user(onboarded.claims) if taken == "users" else services.db.as_service()
            await stack.enter_async_context(door)
        assert_busy(await client.get(busy, headers=onboarded.headers))
        assert (await client.get(other, headers=onboarded.headers)).status_code == goes_on
    assert RECENT.totals()["exhaustions"] >= 1
    assert (await client.get(busy, headers=onboarded.headers)).status_code == answers
    RECENT.clear()


BAD_ANSWERS = (
    (503, b'{"statusCode":"503","error":"Unavailable","message":"no"}'),
    (507, b'{"statusCode":"507","error":"ENOSPC","message":"No space left on device"}'),
    (502, b"<html>bad gateway</html>"),
    (200, b"<html>a captive portal</html>"),
)


async def test_storage_refuses(
    client: httpx.AsyncClient, services: Any, supabase: tuple[Proxy, str], sign_up: Any
) -> None:
    proxy, url = supabase
    settings = services.settings.model_copy(update={"supabase_url": url})
    services.storage = ArtifactStorage(settings, services.http)
    user = await sign_up()
    pairing = (await client.post("/api/v1/agents/pair", json={"agent_name": "VPS"}, headers=user.headers)).json()
    project, version, source = str(uuid4()), str(uuid4()), "void OnTick() {}"
    now = "2026-03-02T10:00:00Z"
    events = [
        {"seq": 1, "kind": "project_saved", "at": now, "data": {"project_id": project, "name": "Breakout"}},
        {"seq": 2, "kind": "version_saved", "at": now, "data": {
            "version_id": version, "project_id": project, "version_number": 1, "source_code": source,
            "sha256": hashlib.sha256(source.encode()).hexdigest(), "origin": "manual"}},
    ]  # fmt: skip
    base, key = f"/api/v1/agents/{pairing['agent_id']}", {"X-Agent-Key": pairing["pairing_key"]}
    assert (await client.post(f"{base}/events", json={"events": events}, headers=key)).status_code == 200
    data = b"compiled"
    headers = key | {"X-Sha256": hashlib.sha256(data).hexdigest()}

    async def upload() -> httpx.Response:
        return await client.put(f"{base}/versions/{version}/artifacts/EX5", content=data, headers=headers)

    for proxy.fault in BAD_ANSWERS:
        assert_busy(await upload())
    assert (await client.get("/api/v1/alerts", headers=user.headers)).status_code == 200
    proxy.fault = None
    assert (await upload()).status_code == 204


async def test_auth_refuses(
    client: httpx.AsyncClient, services: Any, supabase: tuple[Proxy, str], sign_up: Any
) -> None:
    proxy, url = supabase
    settings = services.settings.model_copy(update={"supabase_url": url})
    services.auth = AuthProvider(settings, services.http)
    user = await sign_up()
    body = {"email": user.email, "password": "correct horse 8"}
    for proxy.fault in BAD_ANSWERS:
        assert_busy(await client.post("/api/v1/auth/login", json=body))
        assert (await client.get("/api/v1/auth/me", headers=user.headers)).status_code == 200
    proxy.fault = None
    assert (await client.post("/api/v1/auth/login", json=body)).status_code == 200
