"""The whole cloud on one machine: Postgres, the stand-ins for Supabase, OANDA and GLM, and the API."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.types import ASGIApp

from cloud.app import create_app
from cloud.embedded.bootstrap import bootstrap
from cloud.embedded.glm import create_glm_app
from cloud.embedded.oanda.app import create_oanda_app
from cloud.embedded.postgres import EmbeddedPostgres
from cloud.embedded.servers import loopback_socket, serving
from cloud.embedded.state import LocalPorts, LocalSecrets
from cloud.embedded.supabase import SupabaseOptions, supabase_app, token_authority
from cloud.settings import CloudSettings

OANDA_ACCOUNT = "101-001-1000001-001"


@dataclass(frozen=True, slots=True)
class Site:
    """What a local server is made from: the data folder, its secrets, the database's superuser."""

    folder: Path
    secrets: LocalSecrets
    superuser_dsn: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stand-in for a hosted service.

    Attributes:
        name: Its name in the line that says where everything is.
        make: Makes the application, given the site and its own address.
        lifespan: Whether the application wants start and stop events.
    """

    name: str
    make: Callable[[Site, str], AbstractAsyncContextManager[ASGIApp]]
    lifespan: Literal["on", "off"] = "on"


@asynccontextmanager
async def _supabase(site: Site, url: str) -> AsyncIterator[ASGIApp]:
    options = SupabaseOptions(url=url, folder=site.folder / "objects")
    async with supabase_app(site.superuser_dsn, site.secrets, options) as app:
        yield app


@asynccontextmanager
async def _oanda(site: Site, _url: str) -> AsyncIterator[ASGIApp]:
    yield create_oanda_app(site.secrets.vendor_key, OANDA_ACCOUNT)


@asynccontextmanager
async def _glm(site: Site, _url: str) -> AsyncIterator[ASGIApp]:
    yield create_glm_app(site.secrets.vendor_key)


NEIGHBOURS = (Neighbour("supabase", _supabase, "off"), Neighbour("oanda", _oanda), Neighbour("glm", _glm))


@dataclass(slots=True)
class LocalCloud:
    """Addresses of the running servers by name, and the API's settings."""

    addresses: dict[str, str] = field(default_factory=dict)
    settings: CloudSettings = field(default_factory=CloudSettings)


@asynccontextmanager
async def local_cloud(folder: Path, *, port: int | None = None, database_url: str = "") -> AsyncIterator[LocalCloud]:
    """Runs everything; ports of the last start are taken again when they are free.

    Args:
        folder: Data folder; made if missing.
        port: The API's port; None takes the last one or any.
        database_url: A superuser's address of an existing server to use in place of the embedded one.

    Raises:
        FolderInUseError, NoPostgresError, PostgresStartError, ServerStartError: with a sentence that says what to do.
    """
    folder = await asyncio.to_thread(_made, folder)
    cloud = LocalCloud()
    async with AsyncExitStack() as stack:
        if not database_url:
            database_url = await stack.enter_async_context(_embedded_database(folder))
        site = Site(folder, LocalSecrets.of(folder), database_url)
        app_dsn, migrator_dsn = await bootstrap(database_url, site.secrets)
        kept = LocalPorts.of(folder).ports
        used: dict[str, int] = {}
        for neighbour in NEIGHBOURS:
            bound = loopback_socket(kept.get(neighbour.name))
            used[neighbour.name] = bound.getsockname()[1]
            url = f"http://127.0.0.1:{used[neighbour.name]}"
            app = await stack.enter_async_context(neighbour.make(site, url))
            await stack.enter_async_context(serving(app, bound, lifespan=neighbour.lifespan))
            cloud.addresses[neighbour.name] = url
        cloud.settings = _settings(site, app_dsn, migrator_dsn, cloud.addresses)
        bound = loopback_socket(port or kept.get("api"), required=port is not None)
        used["api"] = bound.getsockname()[1]
        await stack.enter_async_context(serving(create_app(cloud.settings), bound, lifespan="on"))
        cloud.addresses["api"] = f"http://127.0.0.1:{used['api']}"
        place = urlsplit(database_url)
        cloud.addresses["postgres"] = f"postgresql://{place.hostname}:{place.port or 5432}{place.path}"
        LocalPorts(ports={**LocalPorts.of(folder).ports, **used}).save(folder)
        yield cloud


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@asynccontextmanager
async def _embedded_database(folder: Path) -> AsyncIterator[str]:
    postgres = EmbeddedPostgres(folder)
    await postgres.start()
    keeper = asyncio.create_task(postgres.keep_running())
    try:
        yield postgres.dsn()
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await postgres.stop()


def _settings(site: Site, app_dsn: str, migrator_dsn: str, addresses: dict[str, str]) -> CloudSettings:
    authority = token_authority(site.secrets, addresses["supabase"])
    vendor_key = SecretStr(site.secrets.vendor_key)
    return CloudSettings(
        mode="local",
        database_url=SecretStr(app_dsn),
        migration_database_url=SecretStr(migrator_dsn),
        supabase_url=addresses["supabase"],
        supabase_anon_key=SecretStr(authority.anon_key),
        supabase_service_role_key=SecretStr(authority.service_key),
        supabase_jwt_secret=SecretStr(""),
        credentials_keys=[SecretStr(site.secrets.credentials_key)],
        agent_key_secret=SecretStr(site.secrets.agent_key_secret),
        oanda_api_key=vendor_key,
        oanda_account_id=OANDA_ACCOUNT,
        oanda_url=addresses["oanda"],
        oanda_stream_url=addresses["oanda"],
        oanda_practice_url=addresses["oanda"],
        glm_api_key=vendor_key,
        glm_base_url=f"{addresses['glm']}/api/paas/v4",
        glm_model="glm-5",
    )


async def run_local(folder: Path, *, port: int | None, exit_with_parent: bool, database_url: str = "") -> None:
    """Runs the local cloud until it is told to stop, by a signal or by the end of standard input.

    Prints one line of JSON when everything answers.
    """
    stop = asyncio.Event()
    _stop_on_signals(stop)
    if exit_with_parent:
        _stop_at_end_of_input(stop)
    async with local_cloud(folder, port=port, database_url=database_url) as cloud:
        print(json.dumps({"event": "ready", **cloud.addresses}), flush=True)
        await stop.wait()


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)


def _stop_at_end_of_input(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def watch() -> None:
        # os.read, since a thread inside sys.stdin's own lock would break the interpreter's end.
        with contextlib.suppress(OSError):
            while os.read(descriptor, 4096):
                pass
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, name="end-of-input", daemon=True).start()
