"""Tables x verbs x {owner, another user, nobody, another user's agent}: a new table without policies fails here."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from cloud.auth.claims import Claims
from cloud.db.pool import Database, prepare_connection
from cloud.services import Services

VERBS = ("select", "insert", "update", "delete")
FILE = b"planted"
SHA = hashlib.sha256(FILE).hexdigest()
# What each address for agents is called with: ids by what they name.
AGENT_CALLS: dict[str, Any] = {
    "POST /agents/{agent_id}/heartbeat": lambda ids: {
        "status": "stopping", "metrics": {"cpu": 1}, "held_jobs": {ids["jobs"]: 1},
        "deployments": [{"deployment_id": ids["ea_deployments"], "status": "stopped", "last_error": "planted"}],
    },
    "GET /agents/{agent_id}/jobs/next": None,
    "POST /agents/{agent_id}/jobs/{job_id}/ack": lambda ids: {"attempt": 1},
    "POST /agents/{agent_id}/jobs/{job_id}/result": lambda ids: {"status": "completed", "attempt": 1},
    "POST /agents/{agent_id}/events": lambda ids: {"events": [
        {"seq": number, "kind": kind, "at": "2026-03-02T10:00:00Z", "data": data}
        for number, (kind, data) in enumerate((
            ("project_saved", {"project_id": ids["ea_projects"], "name": "planted"}),
            ("version_saved", {"version_id": ids["ea_versions"], "project_id": ids["ea_projects"], "version_number": 9,
                               "source_code": "planted", "sha256": SHA}),
            ("compile_result", {"version_id": ids["ea_versions"], "success": True, "errors": 0, "warnings": 0,
                                "elapsed_ms": 1, "diagnostics": [], "ex5_sha256": SHA, "log": ""}),
            ("deployment_status", {"deployment_id": ids["ea_deployments"], "version_id": ids["ea_versions"],
                                   "symbol": "EURUSD", "status": "error"}),
            ("ea_log", {"deployment_id": ids["ea_deployments"], "message": "planted"}),
            ("job_result", {"job_id": ids["jobs"], "type": "compile", "status": "failed"}),
            ("order_outcome", {"client_order_id": ids["trade_events"], "status": "filled"}),
            ("position_closed", {"position_id": "1"}),
            ("alert", {"message": "theirs"}),
        ), start=1)
    ]},
    "PUT /agents/{agent_id}/versions/{version_id}/artifacts/{kind}": FILE,
}  # fmt: skip


def owner_column(table: str) -> str:
    return "id" if table == "profiles" else "user_id"


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
    await tx.execute("savepoint attempt")
    try:
        if verb == "insert":
            await tx.execute(f"{insertion(table, values)} on conflict do nothing", *values.values())
            return True
        return bool(await tx.fetch(statements[verb], owner))
    except asyncpg.InsufficientPrivilegeError:
        return False
    finally:
        await tx.execute("rollback to savepoint attempt")


async def test_every_table_is_known_here(matrix: Any) -> None:
    assert set(matrix.tables) == set(matrix.owners), "say in OWNERS what users may do to their rows of a new table"
    for table, columns in matrix.tables.items():
        assert owner_column(table) in {column.name for column in columns}, table


@pytest.mark.parametrize("asker", ["owner", "other", "anonymous"])
async def test_rows_are_reached_by_their_owner_alone(
    services: Services, backend: Any, sign_up: Any, matrix: Any, asker: str
) -> None:
    owner, other = await sign_up(), await sign_up()
    async with services.db.as_service() as tx:
        fresh = await matrix.seed(tx, owner.user_id)
    who = {"owner": owner.claims, "other": other.claims, "anonymous": None}[asker]
    reached: dict[str, set[str]] = {}
    async with asking(services.db, who, backend) as tx:
        for table in matrix.owners:
            reached[table] = {verb for verb in VERBS if await attempt(tx, verb, table, owner.user_id, fresh[table])}
    assert reached == (matrix.owners if asker == "owner" else {table: set() for table in matrix.owners})


@asynccontextmanager
async def undone(backend: Any) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A superuser's connection; nothing that is done in it stays."""
    connection = await asyncpg.connect(backend.superuser_dsn)
    await prepare_connection(connection)
    outer = connection.transaction()
    await outer.start()
    try:
        yield connection
    finally:
        await outer.rollback()
        await connection.close()


async def test_policies_hold_where_rights_are_given(backend: Any, sign_up: Any, matrix: Any) -> None:
    """Even if somebody grants everything, as hosted projects do by default, only own rows are reached."""
    owner, other = await sign_up(), await sign_up()
    async with undone(backend) as connection:
        fresh = await matrix.seed(connection, owner.user_id)
        await connection.execute("grant all on all tables in schema public to authenticated, anon")
        await connection.execute("grant usage on schema public to anon")
        for role, claims, expected in (
            ("authenticated", owner.claims.text, set(VERBS)),
            ("authenticated", other.claims.text, set[str]()),
            ("anon", "", set[str]()),
        ):
            await connection.execute("select set_config('role', $1, true)", role)
            await connection.execute("select set_config('request.jwt.claims', $1, true)", claims)
            for table in matrix.owners:
                reached = {
                    verb for verb in VERBS if await attempt(connection, verb, table, owner.user_id, fresh[table])
                }
                assert reached == expected, (role, table)
            await connection.execute("select set_config('role', 'none', true)")


async def test_policies_of_changing_and_deleting_hold_by_themselves(backend: Any, sign_up: Any, matrix: Any) -> None:
    """A statement that reads no column is held off by the policy of its own verb alone, not by that of reading."""
    owner, other = await sign_up(), await sign_up()
    async with undone(backend) as connection:
        await matrix.seed(connection, owner.user_id)
        await connection.execute(
            "insert into storage.objects (bucket_id, name, version) values ('ea-artifacts', $1, '1')",
            f"{owner.user_id}/v/a.ex5",
        )
        tables = {table: owner_column(table) for table in matrix.owners} | {"storage.objects": "name"}
        for table in matrix.owners:
            await connection.execute(f"grant all on {table} to authenticated")
        for table, column in tables.items():
            mine = f"select count(*) from {table} where {column}::text like $1"
            had = await connection.fetchval(mine, f"{owner.user_id}%")
            assert had > 0, table
            value = f"'{other.user_id}{'/v/b.ex5' if table == 'storage.objects' else ''}'"
            for statement in (f"update {table} set {column} = {value}", f"delete from {table}"):
                await connection.execute("savepoint attempt")
                await connection.execute("select set_config('request.jwt.claims', $1, true)", other.claims.text)
                await connection.execute("select set_config('role', 'authenticated', true)")
                await connection.execute(statement)
                await connection.execute("select set_config('role', 'none', true)")
                assert await connection.fetchval(mine, f"{owner.user_id}%") == had, statement
                await connection.execute("rollback to savepoint attempt")


async def test_a_file_can_not_be_put_into_the_folder_of_another(services: Services, sign_up: Any) -> None:
    owner, other = await sign_up(), await sign_up()
    adding = "insert into storage.objects (bucket_id, name, version) values ('ea-artifacts', $1, '1')"
    async with services.db.as_user(owner.claims) as tx:
        await tx.execute(adding, f"{owner.user_id}/v/a.ex5")
    for claims, name in ((other.claims, f"{owner.user_id}/v/b.ex5"), (other.claims, "b.ex5")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with services.db.as_user(claims) as tx:
                await tx.execute(adding, name)


async def _rows_of(services: Services, tables: Any, user_id: UUID) -> dict[str, list[str]]:
    """Every row of a user, in every table, whole."""
    async with services.db.as_service() as tx:
        return {
            table: [
                row["row"]
                for row in await tx.fetch(
                    f'select to_jsonb(t)::text as "row" from {table} t where {owner_column(table)} = $1 order by 1',
                    user_id,
                )
            ]
            for table in tables
        }


def _operations(app: FastAPI, scheme: str) -> list[tuple[str, str]]:
    return [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, item in app.openapi()["paths"].items()
        for method, operation in item.items()
        if {scheme: []} in operation["security"]
    ]


async def test_the_agent_of_another_user_reaches_no_row(
    services: Services, app: FastAPI, client: httpx.AsyncClient, sign_up: Any, matrix: Any
) -> None:
    owner, other = await sign_up(), await sign_up()
    pairing = await client.post("/api/v1/agents/pair", json={"agent_name": "theirs"}, headers=other.headers)
    agent, key = pairing.json()["agent_id"], {"X-Agent-Key": pairing.json()["pairing_key"]}
    async with services.db.as_service() as tx:
        await matrix.seed(tx, owner.user_id)
        await tx.execute(
            """update jobs set status = 'in_progress', attempt = 1, lease_until = now() + interval '1 hour',
                   agent_id = (select id from mt5_agents where user_id = $1 limit 1) where user_id = $1""",
            owner.user_id,
        )
        ids = {
            table: str(await tx.fetchval(f"select id from {table} where user_id = $1 limit 1", owner.user_id))
            for table in ("mt5_agents", "jobs", "ea_projects", "ea_versions", "ea_deployments", "trade_events")
        }
    before = await _rows_of(services, matrix.tables, owner.user_id)
    names = {"job_id": ids["jobs"], "version_id": ids["ea_versions"], "kind": "EX5"}
    operations = _operations(app, "agentKey")
    assert {f"{method} {path}" for method, path in operations} == set(AGENT_CALLS)
    for method, path in operations:
        make = AGENT_CALLS[f"{method} {path}"]
        content = {"content": make} if isinstance(make, bytes) else {"json": make(ids) if make else None}
        for agent_id in (agent, ids["mt5_agents"]):
            address = f"/api/v1{path.format(agent_id=agent_id, **names)}"
            answer = await client.request(
                method,
                address,
                headers=key | {"X-Sha256": SHA},
                params={"wait": 0} if make is None else None,
                **content,
            )
            if agent_id != agent:
                assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), address
            assert not any(id_ in answer.text for id_ in ids.values()), answer.text
    assert await _rows_of(services, matrix.tables, owner.user_id) == before


async def test_an_agents_key_opens_nothing_that_users_have(
    app: FastAPI, client: httpx.AsyncClient, onboarded: Any
) -> None:
    pairing = await client.post("/api/v1/agents/pair", json={"agent_name": "own"}, headers=onboarded.headers)
    key = pairing.json()["pairing_key"]
    operations = _operations(app, "bearer")
    assert len(operations) > 30
    for method, path in operations:
        address = "/api/v1" + re.sub(r"\{\w+\}", str(onboarded.agent_id), path)
        for headers in ({"Authorization": f"Bearer {key}"}, {"X-Agent-Key": key}):
            answer = await client.request(method, address, headers=headers, json={})
            assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_JWT"), address
