"""Runs the SQL migrations of a folder, each once, in order, safely when two programs start at the same time."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

MIGRATIONS = Path(__file__).parent / "migrations"
_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
# Any constant does; it only has to be the same for everyone who migrates.
_LOCK = 0x466F7265_78456C69 % 2**62


class MigrationError(RuntimeError):
    """The database's past does not fit the files."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL file. Its checksum ignores the kind of line ends, so that a Windows checkout is the same file."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_in(folder: Path) -> list[Migration]:
    """The migrations of a folder in the order they run."""
    files = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    return [Migration(path.name, path.read_text("utf-8").replace("\r\n", "\n")) for path in files]


async def migrate(dsn: str, *, folder: Path = MIGRATIONS, schema: str = "private") -> list[str]:
    """Brings a database up to date and returns the names of the migrations that ran.

    Args:
        dsn: Address of the role that shall own the tables.
        folder: Where the SQL files lie.
        schema: Schema of the table `schema_migrations`; made when missing, closed to everybody else.

    Raises:
        MigrationError: a migration that ran has been changed or is gone.
        asyncpg.PostgresError: a migration failed; it left nothing behind.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        return await _migrate(connection, migrations_in(folder), schema)
    finally:
        await connection.close()


async def _migrate(
    connection: "asyncpg.Connection[asyncpg.Record]", migrations: list[Migration], schema: str
) -> list[str]:
    await connection.execute(f"""
        create schema if not exists {schema};
        create table if not exists {schema}.schema_migrations (
            name text primary key, checksum text not null, ran_at timestamptz not null default now()
        );
    """)
    rows = await connection.fetch(f"select name, checksum from {schema}.schema_migrations")  # noqa: S608
    ran = {row["name"]: row["checksum"] for row in rows}
    _check_past(ran, {migration.name: migration.checksum for migration in migrations})
    missing = [migration for migration in migrations if migration.name not in ran]
    for migration in missing:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                f"insert into {schema}.schema_migrations (name, checksum) values ($1, $2)",  # noqa: S608
                migration.name,
                migration.checksum,
            )
    return [migration.name for migration in missing]


def _check_past(ran: dict[str, str], files: dict[str, str]) -> None:
    for name, checksum in ran.items():
        if name not in files:
            raise MigrationError(f"The database knows {name}, this program does not. Start a newer version.")
        if files[name] != checksum:
            raise MigrationError(f"{name} was changed after it ran. Restore the file and add a new migration instead.")
