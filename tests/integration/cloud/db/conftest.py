"""Every table of the database, out of its catalogue, with rows for a user: a new table needs no new test."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from cloud.db.pool import Connection
from cloud.services import Services

# What an owner may do to rows of their own; every other pair of table and verb is closed even to the owner.
OWNERS = {
    "profiles": {"select"},
    "user_settings": {"select", "insert", "update"},
    "mt5_agents": {"select"},
    "broker_connections": {"select"},
    "ea_projects": {"select", "insert", "update", "delete"},
    "ea_versions": {"select", "insert"},
    "ea_artifacts": {"select"},
    "ea_deployments": {"select"},
    "deployment_logs": {"select"},
    "jobs": {"select"},
    "idempotency_keys": set[str](),
    "broker_orders": set[str](),
    "agent_events": {"select"},
    "trade_events": {"select"},
    "generation_ledger": {"select"},
    "alerts": {"select"},
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


async def _tables_of(services: Services) -> dict[str, list[Column]]:
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


class Matrix:
    """All tables of the catalogue, what owners may do to each, and rows of any table for a user.

    Attributes:
        tables: Columns by table.
        owners: Verbs by table.
    """

    def __init__(self, tables: dict[str, list[Column]]) -> None:
        self.tables = tables
        self.owners = OWNERS

    async def seed(self, tx: Any, user_id: UUID) -> dict[str, dict[str, Any]]:
        """Adds a row of the user to each table; returns the values of one more."""
        fresh: dict[str, dict[str, Any]] = {}
        for table in OWNERS:
            await self.add(tx, table, user_id)
            fresh[table] = await self.values(tx, table, user_id)
            found = await tx.fetchval(f"select count(*) from {table} where {owner_column(table)} = $1", user_id)
            assert found, table
        return fresh

    async def values(self, tx: Connection, table: str, user_id: UUID) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in self.tables[table]:
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
        first = self.tables[table][0].name
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


@pytest.fixture
async def matrix(services: Services) -> Matrix:
    return Matrix(await _tables_of(services))
