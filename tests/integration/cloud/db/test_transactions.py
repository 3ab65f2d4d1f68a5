import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from cloud.auth.claims import Claims
from cloud.db.pool import Database
from cloud.services import Services


@pytest.mark.parametrize("text", ["it's", "\\'; drop table jobs; --", "$$ü\n"])
async def test_no_claim_is_taken_for_sql(services: Services, text: str) -> None:
    user_id = uuid4()
    claims = Claims(user_id, raw={"user_metadata": {"name": text}, "role": "service_role", "sub": str(uuid4())})
    async with services.db.as_user(claims) as tx:
        row = await tx.fetchrow("select auth.uid() as id, current_user as role, auth.jwt() ->> 'role' as claimed")
    assert row is not None
    assert (row["id"], row["role"], row["claimed"]) == (user_id, "authenticated", "authenticated")


async def test_a_cancelled_transaction_leaves_nothing_and_no_role(services: Services, trader: Any) -> None:
    async def work(begun: asyncio.Event) -> None:
        async with services.db.as_user(trader.claims) as tx:
            await tx.execute("update user_settings set risk_percent = 9")
            begun.set()
            await tx.execute("select pg_sleep(30)")

    for _ in range(25):  # more than the pool holds
        begun = asyncio.Event()
        task = asyncio.create_task(work(begun))
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with services.db.as_user(trader.claims) as tx:
        assert await tx.fetchval("select risk_percent from user_settings") == 1


async def test_a_part_that_failed_is_undone_alone(services: Services, trader: Any) -> None:
    async with services.db.as_user(trader.claims) as tx:
        await tx.execute("update user_settings set risk_percent = 2")
        with pytest.raises(asyncpg.CheckViolationError):  # noqa: PT012
            async with tx.savepoint():
                await tx.execute("update user_settings set preferred_pairs = '{EURUSD}'")
                await tx.execute("update user_settings set risk_percent = -1")
    async with services.db.as_user(trader.claims) as tx:
        row = await tx.fetchrow("select risk_percent, preferred_pairs from user_settings")
    assert row is not None
    assert (row["risk_percent"], row["preferred_pairs"]) == (2, [])


async def test_a_users_connection_can_do_nothing_before_it_is_known_who_asks(services: Services) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await services.db._users.fetchval("select count(*) from user_settings")


async def test_a_single_statement_is_the_services_and_announces_nothing(services: Services, trader: Any) -> None:
    async with services.db.as_user(trader.claims) as tx:
        await tx.fetchval("select 1")
    async with services.db.as_service_once() as tx:
        row = await tx.fetchrow(
            "select current_user, auth.jwt() ->> 'role' as claimed, current_setting('synchronous_commit') as disk"
        )
    assert row is not None
    assert tuple(row) == ("service_role", "service_role", "off")
    with pytest.raises(RuntimeError, match="as_service"):
        async with services.db.as_service_once() as tx:
            tx.notify("announcements", "never heard")


async def test_a_transaction_waits_for_the_disk_unless_it_says_otherwise(services: Services) -> None:
    dsn = services.settings.database_url.get_secret_value()
    # As a server may be set up; the tests' own never waits.
    database = await Database.connect(f"{dsn}?synchronous_commit=local", min_size=1, max_size=1)
    try:
        for durable, waits in ((True, "local"), (False, "off"), (True, "local")):
            async with database.as_service(durable=durable) as tx:
                assert await tx.fetchval("select current_setting('synchronous_commit')") == waits
    finally:
        await database.close()


async def test_only_what_is_committed_is_announced(services: Services) -> None:
    heard: list[str] = []
    last = asyncio.Event()

    def hear(payload: str) -> None:
        heard.append(payload)
        if payload == "last":
            last.set()

    await services.db.listen("announcements", hear)
    async with services.db.as_service() as tx:
        tx.notify("announcements", "it's \\ 'quoted' ü")
        with pytest.raises(RuntimeError):  # noqa: PT012
            async with tx.savepoint():
                tx.notify("announcements", "of a part that failed")
                raise RuntimeError
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with services.db.as_service() as tx:
            tx.notify("announcements", "never done")
            raise RuntimeError
    async with services.db.as_service() as tx:
        tx.notify("announcements", "last")
    await asyncio.wait_for(last.wait(), 5)
    assert heard == ["it's \\ 'quoted' ü", "last"]
