"""Makes a plain Postgres what hosted Supabase is before a project's own migrations run."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from cloud.db.migrate import migrate
from cloud.embedded.state import LocalSecrets

_SQL = Path(__file__).parent / "sql"


async def bootstrap(superuser_dsn: str, secrets: LocalSecrets) -> tuple[str, str]:
    """Prepares roles and schemas, runs the product's migrations, returns the addresses for app and migrator.

    Raises:
        asyncpg.PostgresError: the role is no superuser, or a migration failed.
    """
    await migrate(superuser_dsn, folder=_SQL, schema="embedded")
    connection = await asyncpg.connect(superuser_dsn)
    try:
        for role, password in (("app_api", secrets.postgres_app_api), ("postgres", secrets.postgres_migrator)):
            statement = await connection.fetchval(
                "select format('alter role %I login password %L', $1::text, $2::text)", role, password
            )
            await connection.execute(statement)
    finally:
        await connection.close()
    migrator = _as_role(superuser_dsn, "postgres", secrets.postgres_migrator)
    await migrate(migrator)
    return _as_role(superuser_dsn, "app_api", secrets.postgres_app_api), migrator


def _as_role(dsn: str, role: str, password: str) -> str:
    parts = urlsplit(dsn)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{place}"))
