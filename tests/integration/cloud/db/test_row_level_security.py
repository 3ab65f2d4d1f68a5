import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from cloud.auth.claims import Claims
from cloud.services import Services

FOREIGN_WRITES = [
    "insert into ea_projects (user_id, name) values ($1, 'theirs')",
    "insert into jobs (user_id, type) values ($1, 'order')",
    "insert into trade_events (user_id, event_type) values ($1, 'ORDER_PLACED')",
    "insert into idempotency_keys (user_id, key, route, body_sha256) values ($1, 'k', 'r', 'x')",
    "update broker_connections set label = 'theirs' where user_id = $1",
    "delete from profiles where id = $1",
]


async def test_every_table_is_closed_by_default(services: Services) -> None:
    async with services.db.as_service() as connection:
        tables = await connection.fetch(
            """select c.relname, c.relrowsecurity,
                      array(select distinct p.polcmd::text from pg_policy p where p.polrelid = c.oid) as verbs,
                      has_table_privilege('anon', c.oid, 'select,insert,update,delete,truncate') as anon,
                      has_table_privilege('authenticated', c.oid, 'truncate,references,trigger') as schema_rights
               from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"""
        )
    assert len(tables) >= 15
    for table in tables:
        name = table["relname"]
        assert table["relrowsecurity"], name
        assert set(table["verbs"]) == {"r", "a", "w", "d"}, name
        assert not table["anon"], name
        assert not table["schema_rights"], name


async def test_users_see_their_own_rows_alone(services: Services, onboard: Any) -> None:
    mine, other = await onboard(), await onboard()
    async with services.db.as_service() as connection:
        for user in (mine, other):
            await connection.execute("insert into trade_events (user_id, event_type) values ($1, 'X')", user.user_id)
            await connection.execute("insert into alerts (user_id, kind, message) values ($1, 'k', 'm')", user.user_id)
    async with services.db.as_user(mine.claims) as connection:
        assert await connection.fetchval("select count(*) from profiles") == 1
        for table in ("user_settings", "broker_connections", "mt5_agents", "trade_events", "alerts"):
            assert await connection.fetchval(f"select array_agg(distinct user_id) from {table}") == [mine.user_id], (
                table
            )


async def test_users_change_no_row_of_others(services: Services, onboard: Any) -> None:
    mine, other = await onboard(), await onboard()
    async with services.db.as_user(mine.claims) as connection:
        assert await connection.fetch(
            "update user_settings set risk_percent = 50 where user_id = $1 returning 1", other.user_id
        ) == []  # fmt: skip
        assert await connection.fetch(
            "update ea_projects set name = 'x' where user_id = $1 returning 1", other.user_id
        ) == []  # fmt: skip
    for statement in FOREIGN_WRITES:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with services.db.as_user(mine.claims) as connection:
                await connection.execute(statement, other.user_id)


@pytest.mark.parametrize("statement", [
    "update profiles set email = 'someone@else.example' where id = $1",
    "update ea_versions set source_code = '{}' where user_id = $1",
    "update ea_deployments set status = 'running' where user_id = $1",
    "update alerts set message = 'buy now', told_at = null where user_id = $1",
])  # fmt: skip
async def test_what_the_api_alone_writes_is_not_the_owners_to_write(
    services: Services, onboarded: Any, statement: str
) -> None:
    """Alerts go to the address of the profile: nobody may have them sent to somebody else."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with services.db.as_user(onboarded.claims) as connection:
            await connection.execute(statement, onboarded.user_id)


async def test_a_row_can_not_point_to_a_row_of_someone_else(services: Services, onboard: Any) -> None:
    mine, other = await onboard(), await onboard()
    async with services.db.as_user(other.claims) as connection:
        project = await connection.fetchval(
            "insert into ea_projects (user_id, name) values ($1, 'p') returning id", other.user_id
        )
    statements = (
        ("insert into ea_versions (user_id, ea_project_id, version_number, source_code) values ($1, $2, 1, '{}')",
         project),
        ("insert into jobs (user_id, agent_id, type) values ($1, $2, 'probe')", other.agent_id),
    )  # fmt: skip
    for statement, foreign in statements:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with services.db.as_service() as connection:
                await connection.execute(statement, mine.user_id, foreign)


@pytest.mark.parametrize("column", ["credentials_encrypted", "*"])
async def test_credentials_can_not_be_selected(services: Services, onboarded: Any, column: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with services.db.as_user(onboarded.claims) as connection:
            await connection.fetch(f"select {column} from broker_connections")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with services.db.as_user(onboarded.claims) as connection:
            await connection.fetch("select agent_key_fingerprint from mt5_agents")


async def test_nothing_works_outside_the_two_doors(services: Services, backend: Any, onboarded: Any) -> None:
    async with services.db.as_user(onboarded.claims) as connection:
        assert await connection.fetchval("select current_user") == "authenticated"
    plain = await asyncpg.connect(backend.app_dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await plain.fetch("select * from profiles")
    finally:
        await plain.close()


async def test_the_role_ends_with_the_transaction(services: Services, onboarded: Any) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with services.db.as_user(onboarded.claims) as connection:
            await connection.execute("update user_settings set risk_percent = 9")
            raise ZeroDivisionError
    async with services.db.as_user(Claims.of_user(uuid4())) as connection:
        assert await connection.fetchval("select count(*) from user_settings") == 0
    async with services.db.as_service() as connection:
        risk = await connection.fetchval("select risk_percent from user_settings where user_id = $1", onboarded.user_id)
    assert risk == 1


async def test_deleting_an_account_deletes_everything_of_it(services: Services, backend: Any, onboarded: Any) -> None:
    async with services.db.as_service() as connection:
        project = await connection.fetchval(
            "insert into ea_projects (user_id, name) values ($1, 'p') returning id", onboarded.user_id
        )
        version = await connection.fetchval(
            """insert into ea_versions (user_id, ea_project_id, version_number, source_code)
               values ($1, $2, 1, $3) returning id""",
            onboarded.user_id, project, {"code": "x"},
        )  # fmt: skip
        await connection.execute(
            """insert into ea_deployments (user_id, ea_version_id, agent_id, broker_connection_id, symbol)
               values ($1, $2, $3, $4, 'EURUSD')""",
            onboarded.user_id, version, onboarded.agent_id, onboarded.broker_connection_id,
        )  # fmt: skip
    admin = await asyncpg.connect(backend.superuser_dsn)
    try:
        await admin.execute("delete from auth.users where id = $1", onboarded.user_id)
        assert await admin.fetchval("select count(*) from ea_deployments where user_id = $1", onboarded.user_id) == 0
    finally:
        await admin.close()


async def test_listeners_come_back_after_a_lost_connection(services: Services, backend: Any) -> None:
    heard: list[str] = []
    changed = asyncio.Event()

    def callback(payload: str) -> None:
        heard.append(payload)
        changed.set()

    channel = f"test_{uuid4().hex}"
    await services.db.listen(channel, callback)
    admin = await asyncpg.connect(backend.superuser_dsn)
    try:
        await admin.execute(f"notify {channel}, 'one'")
        await asyncio.wait_for(changed.wait(), 5)
        changed.clear()
        await admin.execute(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where query ilike '%listen%' and pid <> pg_backend_pid()"""
        )
        await asyncio.wait_for(changed.wait(), 5)  # the empty payload: look again
        changed.clear()
        await admin.execute(f"notify {channel}, 'two'")
        await asyncio.wait_for(changed.wait(), 5)
    finally:
        await admin.close()
    assert heard == ["one", "", "two"]
