"""The migrations on each Postgres that is supported and on this machine, two programs starting at once.

Further servers are named in FOREXELITE_POSTGRES_FOLDERS: folders with initdb, separated like a PATH.
`packaging/cloud/other_servers.py` fetches 16 and 17 and runs this with them.
"""

import asyncio
import os
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from cloud.auth.claims import Claims
from cloud.db.migrate import MIGRATIONS, migrate, migrations_in
from cloud.db.pool import Database
from cloud.embedded import bootstrap as bootstrapping
from cloud.embedded.bootstrap import bootstrap
from cloud.embedded.postgres import EmbeddedPostgres
from cloud.embedded.postgres_binaries import NoPostgresError, _version, find_binaries
from cloud.embedded.state import LocalSecrets

NAMED = [Path(folder) for folder in os.environ.get("FOREXELITE_POSTGRES_FOLDERS", "").split(os.pathsep) if folder]


def _programs(major: int) -> Path:
    named = next((folder for folder in NAMED if _version(folder) == major), None)
    try:
        return named or find_binaries(major)
    except NoPostgresError:
        pytest.skip(f"There is no Postgres {major} on this machine.")


@pytest.mark.parametrize("major", [15, 16, 17, 18])
async def test_two_programs_migrate_at_once(postgres_folder: Path, major: int) -> None:
    postgres = EmbeddedPostgres(postgres_folder, durable=False, binaries=_programs(major))
    await postgres.start()
    try:
        app_dsn, migrator = await bootstrap(postgres.dsn(), LocalSecrets.of(postgres_folder))
        assert await migrate(migrator) == []
        admin = await asyncpg.connect(postgres.dsn())
        assert admin.get_server_version().major == major
        await admin.execute("create database second")
        second = postgres.dsn().rpartition("/")[0] + "/second"
        await migrate(second, folder=bootstrapping._SQL, schema="embedded")
        ran = await asyncio.gather(migrate(second), migrate(second))
        assert sorted(ran, key=len) == [[], [file.name for file in migrations_in(MIGRATIONS)]]
        user_id = await admin.fetchval(
            "insert into auth.users (id, email) values (gen_random_uuid(), 'a@example.com') returning id"
        )
        await admin.close()
        database = await Database.connect(app_dsn, min_size=1)
        for claims, rows in ((Claims.of_user(user_id), 1), (Claims.of_user(uuid4()), 0)):
            async with database.as_user(claims) as tx:
                assert await tx.fetchval("select count(*) from user_settings") == rows
        await database.close()
    finally:
        await postgres.stop()
