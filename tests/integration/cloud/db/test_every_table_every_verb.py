"""Tables x verbs x {owner, another user, nobody}, read from the catalogue: a new table without policies fails here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from cloud.auth.claims import Claims
from cloud.db.pool import Connection, Database, prepare_connection
from cloud.services import Services

VERBS = ("select", "insert", "update", "delete")
# What an owner may do to rows of their own; every other pair of table and verb is closed even to the owner.
OWNERS = {
    "profiles": {"select", "update"},
    "user_settings": {"select", "insert", "update"},
    "mt5_agents": {"select"},
    "broker_connections": {"select"},
    "ea_projects": {"select", "insert", "update", "delete"},
    "ea_versions": {"select", "insert", "update"},
    "ea_artifacts": {"select"},
    "ea_deployments": {"select", "insert", "update"},
    "deployment_logs": {"select"},
    "jobs": {"select"},
    "idempotency_keys": set[str](),
    "broker_orders": set[str](),
    "agent_events": {"select"},
    "trade_events": {"select"},
    "generation_ledger": {"select"},
    "alerts": {"select", "update"},
}
# Values for columns that are neither a key nor have a default, by type.
SAMPLES: dict[str, Any] = {"text": "x", "int4": 1, "int8": 1, "numeric": 1, "jsonb": {}}
CHOSEN = {"type": "MT5", "kind": "MQ5", "level": "info", "email": "a@example.com"}
TYPES = {"jobs": "probe"}


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    required: bool
    parent: str | None


async def tables_of(services: Services) -> dict[str, list[Column]]:
    async with services.db.as_service() as tx:
        rows = await tx.fetch(
            """select c.relname as "table", a.attname as name, t.typname as type,
                      a.attnotnull and not a.atthasdef and a.attidentity = '' as required,
                      (select p.relname from pg_constraint k join pg_class p on p.oid = k.confrelid
                       where k.conrelid = c.oid and k.contype = 'f' and k.conkey = array[a.attnum]) as parent
               from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                   join pg_type t on t.oid = a.atttypid
               where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
               order by c.relname, a.attnum"""
        )
    tables: dict[str, list[Column]] = {}
    for row in rows:
        tables.setdefault(row["table"], []).append(Column(row["name"], row["type"], row["required"], row["parent"]))
    return tables


def owner_column(table: str) -> str:
    return "id" if table == "profiles" else "user_id"


class Rows:
    """Makes rows of any table for a user, with the rows they point to."""

    def __init__(self, tables: dict[str, list[Column]]) -> None:
        self._tables = tables

    async def values(self, tx: Connection, table: str, user_id: UUID) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in self._tables[table]:
            if column.name == owner_column(table):
                values[column.name] = user_id
            elif column.parent is not None and column.required:
                values[column.name] = await self.add(tx, column.parent, user_id)
            elif column.required:
                values[column.name] = self._sample(table, column)
        return values

    async def add(self, tx: Connection, table: str, user_id: UUID) -> Any:
        """Adds a row beyond row-level security; returns its id."""
        if table == "profiles":
            return user_id
        if table == "user_settings":
            await tx.execute("insert into user_settings (user_id) values ($1) on conflict do nothing", user_id)
            return user_id
        values = await self.values(tx, table, user_id)
        first = self._tables[table][0].name
        return await tx.fetchval(f"{insertion(table, values)} returning {first}", *values.values())

    def _sample(self, table: str, column: Column) -> Any:
        if column.type == "uuid":
            return uuid4()
        if column.type == "timestamptz":
            return datetime.now(UTC)
        if column.name == "type" and table in TYPES:
            return TYPES[table]
        if column.name in {"key", "storage_path"}:
            return uuid4().hex
        return CHOSEN.get(column.name, SAMPLES[column.type])


def insertion(table: str, values: dict[str, Any]) -> str:
    places = ", ".join(f"${index + 1}" for index in range(len(values)))
    return f"insert into {table} ({', '.join(values)}) values ({places})"


@asynccontextmanager
async def asking(db: Database, who: Claims | None, backend: Any) -> AsyncIterator[Any]:
    if who is not None:
        async with db.as_user(who) as tx:
            yield tx
        return
    connection = await asyncpg.connect(backend.app_dsn)
    await prepare_connection(connection)
    try:
        async with connection.transaction():
            await connection.execute("select set_config('role', 'anon', true)")
            yield connection
    finally:
        await connection.close()


async def attempt(tx: Any, verb: str, table: str, owner: UUID, values: dict[str, Any]) -> bool:
    """Whether the verb reaches a row of the owner."""
    column = owner_column(table)
    statements = {
        "select": f"select {column} from {table} where {column} = $1 limit 1",
        "update": f"update {table} set {column} = {column} where {column} = $1 returning 1",
        "delete": f"delete from {table} where {column} = $1 returning 1",
    }
    savepoint = tx.transaction()
    await savepoint.start()
    try:
        if verb == "insert":
            await tx.execute(f"{insertion(table, values)} on conflict do nothing", *values.values())
            return True
        return bool(await tx.fetch(statements[verb], owner))
    except asyncpg.InsufficientPrivilegeError:
        return False
    finally:
        await savepoint.rollback()


async def test_every_table_is_known_here(services: Services) -> None:
    tables = await tables_of(services)
    assert set(tables) == set(OWNERS), "say in OWNERS what users may do to their rows of a new table"
    for table, columns in tables.items():
        assert owner_column(table) in {column.name for column in columns}, table


@pytest.mark.parametrize("asker", ["owner", "other", "anonymous"])
async def test_rows_are_reached_by_their_owner_alone(
    services: Services, backend: Any, sign_up: Any, asker: str
) -> None:
    tables, owner, other = await tables_of(services), await sign_up(), await sign_up()
    rows = Rows(tables)
    fresh: dict[str, dict[str, Any]] = {}
    async with services.db.as_service() as tx:
        for table in OWNERS:
            await rows.add(tx, table, owner.user_id)
            fresh[table] = await rows.values(tx, table, owner.user_id)
            found = await tx.fetchval(f"select count(*) from {table} where {owner_column(table)} = $1", owner.user_id)
            assert found, table
    who = {"owner": owner.claims, "other": other.claims, "anonymous": None}[asker]
    reached: dict[str, set[str]] = {}
    async with asking(services.db, who, backend) as tx:
        for table in OWNERS:
            reached[table] = {verb for verb in VERBS if await attempt(tx, verb, table, owner.user_id, fresh[table])}
    assert reached == (OWNERS if asker == "owner" else {table: set() for table in OWNERS})


async def test_policies_hold_where_rights_are_given(services: Services, backend: Any, sign_up: Any) -> None:
    """Even if somebody grants everything, as hosted projects do by default, only own rows are reached."""
    tables, owner, other = await tables_of(services), await sign_up(), await sign_up()
    rows = Rows(tables)
    connection = await asyncpg.connect(backend.superuser_dsn)
    await prepare_connection(connection)
    outer = connection.transaction()
    await outer.start()
    try:
        fresh = {}
        for table in OWNERS:
            await rows.add(connection, table, owner.user_id)
            fresh[table] = await rows.values(connection, table, owner.user_id)
        await connection.execute("grant all on all tables in schema public to authenticated, anon")
        await connection.execute("grant usage on schema public to anon")
        for role, claims, expected in (
            ("authenticated", owner.claims.to_json(), set(VERBS)),
            ("authenticated", other.claims.to_json(), set[str]()),
            ("anon", "", set[str]()),
        ):
            await connection.execute("select set_config('role', $1, true)", role)
            await connection.execute("select set_config('request.jwt.claims', $1, true)", claims)
            for table in OWNERS:
                reached = {
                    verb for verb in VERBS if await attempt(connection, verb, table, owner.user_id, fresh[table])
                }
                assert reached == expected, (role, table)
            await connection.execute("select set_config('role', 'none', true)")
    finally:
        await outer.rollback()
        await connection.close()
