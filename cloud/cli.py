"""`forexelite-cloud`: serve, local, migrate, rotate-credentials, openapi."""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from cloud.app import create_app
from cloud.db.migrate import MigrationError, migrate
from cloud.db.pool import Database
from cloud.logs import configure_logging
from cloud.rotation import Rotation, rotate_credentials
from cloud.serving import PROTOCOLS, settle_heap
from cloud.settings import CloudSettings, MissingSettingError
from cloud.vault import CredentialVault

# Longer than an order that an agent has begun may take.
_STOP_SECONDS = 20
# A worker that can't answer for so long is replaced; on a busy host its start alone takes a while.
_START_SECONDS = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (MissingSettingError, MigrationError, RuntimeError) as error:
        return _refuse(str(error))
    except ValidationError as error:
        return _refuse(
            "; ".join(
                f"{'.'.join(map(str, finding['loc'])) or 'settings'}: {finding['msg']}" for finding in error.errors()
            )
        )
    except (OSError, asyncpg.PostgresError) as error:
        return _refuse(f"{type(error).__name__}: {error}")
    return code


def app_from_environment() -> FastAPI:
    """The application of one worker process."""
    settings = CloudSettings()
    settings.require_secrets()
    configure_logging(settings.log_level)
    app = create_app(settings)
    settle_heap()
    return app


def _serve(options: argparse.Namespace) -> int:
    settings = CloudSettings()
    settings.require_secrets()
    if options.workers > 1 and not settings.redis_url.get_secret_value():
        raise MissingSettingError(
            "REDIS_URL is missing: several workers share prices, limits and sockets through Redis. Set it, or "
            "start one worker."
        )
    with _metrics_of_all(options.workers):
        uvicorn.run(
            "cloud.cli:app_from_environment",
            factory=True,
            host=options.host or settings.host,
            port=options.port or settings.port,
            workers=options.workers,
            log_config=None,
            access_log=False,
            **PROTOCOLS,
            proxy_headers=True,
            forwarded_allow_ips=settings.forwarded_allow_ips,
            server_header=False,
            timeout_graceful_shutdown=_STOP_SECONDS,
            timeout_worker_healthcheck=_START_SECONDS,
        )
    return 0


@contextlib.contextmanager
def _metrics_of_all(workers: int) -> Iterator[None]:
    """Lets several workers share a folder for their metrics, so that each answers /metrics for all."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="forexelite-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def _local(options: argparse.Namespace) -> int:
    # Only here, so that the hosted cloud runs without the stand-ins.
    from cloud.embedded.local import run_local  # noqa: PLC0415

    configure_logging("warning")
    settle_heap()
    database_url = CloudSettings(mode="local").database_url.get_secret_value()
    asyncio.run(
        run_local(options.data, port=options.port, exit_with_parent=options.exit_with_parent, database_url=database_url)
    )
    return 0


def _migrate(_options: argparse.Namespace) -> int:
    address = CloudSettings().migration_database_url.get_secret_value()
    if not address:
        raise MissingSettingError("MIGRATION_DATABASE_URL or DATABASE_URL is missing. Set one and start again.")
    for name in asyncio.run(migrate(address)):
        print(name)
    return 0


def _rotate(_options: argparse.Namespace) -> int:
    settings = CloudSettings()
    settings.require_secrets()

    async def run() -> Rotation:
        database = await Database.connect(settings.database_url.get_secret_value(), min_size=1, max_size=1)
        try:
            return await rotate_credentials(database, CredentialVault(settings.credentials_keys))
        finally:
            await database.close()

    done = asyncio.run(run())
    print(f"{done.rotated} connections are encrypted with the newest key.")
    for connection_id in done.unreadable:
        print(f"{connection_id}: no key opens its credentials; its owner has to connect the account again.")
    return 1 if done.unreadable else 0


def _openapi(_options: argparse.Namespace) -> int:
    print(json.dumps(create_app(CloudSettings(mode="local")).openapi(), indent=1))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="forexelite-cloud", description="The cloud of ForexElite Pro.")
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="serve the API with the settings of the environment")
    serve.add_argument("--host", default="")
    serve.add_argument("--port", type=int, default=0)
    serve.add_argument("--workers", type=int, default=1)
    serve.set_defaults(run=_serve)
    local = commands.add_parser("local", help="serve the API with a database and stand-ins of its own")
    local.add_argument("--data", type=Path, required=True, help="folder for everything it keeps")
    local.add_argument("--port", type=int, default=None, help="port of the API; the last one or any by default")
    local.add_argument("--exit-with-parent", action="store_true", help="stop when standard input ends")
    local.set_defaults(run=_local)
    commands.add_parser("migrate", help="bring the database up to date").set_defaults(run=_migrate)
    commands.add_parser(
        "rotate-credentials", help="encrypt all brokers' credentials with the first of CREDENTIALS_KEYS"
    ).set_defaults(run=_rotate)
    commands.add_parser("openapi", help="print the API's description").set_defaults(run=_openapi)
    return parser


def _refuse(sentence: str) -> int:
    print(f"forexelite-cloud: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
