import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from cloud.retention import Periods, Retention
from cloud.services import Services

PERIODS = Periods(jobs=timedelta(days=90), events=timedelta(days=30), logs=timedelta(days=60))
# Statement that makes a row named $2 of user $1 and agent $3, so many days old, and how long such a row is kept.
ROWS = {
    "job": (
        """insert into jobs (user_id, agent_id, type, status, error_detail, updated_at)
           values ($1, $3, 'compile', 'completed', $2, now() - $4::interval)""", 90,
    ),
    "waiting job": (
        """insert into jobs (user_id, agent_id, type, status, error_detail, updated_at)
           values ($1, $3, 'compile', 'pending', $2, now() - $4::interval)""", None,
    ),
    "reading": (
        """insert into jobs (user_id, agent_id, type, status, error_detail, updated_at)
           values ($1, $3, 'probe', 'completed', $2, now() - $4::interval)""", 1,
    ),
    "event": (
        """insert into agent_events (user_id, kind, agent_id, seq, data, happened_at, stored_at)
           values ($1, $2, $3, extract(epoch from $4::interval), '{}', now(), now() - $4::interval)""", 30,
    ),
    "request": (
        """insert into idempotency_keys (user_id, key, route, body_sha256, created_at)
           values ($1, $2, $3::uuid::text, 'x', now() - $4::interval)""", 7,
    ),
    "trade": (
        """insert into trade_events (user_id, event_type, raw, created_at)
           values ($1, $2, jsonb_build_object('agent', $3::uuid), now() - $4::interval)""", None,
    ),
}  # fmt: skip
FOUND = """select error_detail as name from jobs where user_id = $1
    union all select kind from agent_events where user_id = $1
    union all select key from idempotency_keys where user_id = $1
    union all select event_type from trade_events where user_id = $1 and event_type like '% %'"""


async def _comes_to(look: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    """Waits for what is left: a server that starts beside may be at the same rows, and has yet to commit."""
    loop = asyncio.get_running_loop()
    end = loop.time() + 5
    while (found := await look()) != wanted and loop.time() < end:
        await asyncio.sleep(0.02)
    assert found == wanted


async def test_each_kind_of_row_is_kept_for_its_period(services: Services, onboarded: Any) -> None:
    user, agent = onboarded.user_id, onboarded.agent_id
    kept = set()
    async with services.db.as_service() as tx:
        for kind, (statement, days) in ROWS.items():
            for age in (0.5, (days or 1000) - 0.1, (days or 1000) + 0.1):
                name = f"{kind} of {age} days"
                await tx.execute(statement, user, name, agent, timedelta(days=age))
                if days is None or age < days:
                    kept.add(name)

    async def found() -> set[str]:
        async with services.db.as_service() as tx:
            return {row["name"] for row in await tx.fetch(FOUND, user)}

    retention = Retention(services.db, PERIODS)
    for _ in range(2):
        await retention.sweep()
        await _comes_to(found, kept)


async def test_many_rows_go_batch_by_batch(services: Services, onboarded: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("cloud.retention._BATCH", 4)
    async with services.db.as_service() as tx:
        await tx.executemany(
            """insert into agent_events (user_id, agent_id, seq, kind, data, happened_at, stored_at)
               values ($1, $2, $3, 'deal', '{}', now(), now() - interval '1 year')""",
            [(onboarded.user_id, onboarded.agent_id, number) for number in range(1, 11)],
        )

    async def found() -> Any:
        async with services.db.as_service() as tx:
            return await tx.fetchval("select count(*) from agent_events where user_id = $1", onboarded.user_id)

    await Retention(services.db, PERIODS).sweep()
    await _comes_to(found, 0)


async def test_settled_orders_outlive_their_repetitions(services: Services, onboarded: Any) -> None:
    async with services.db.as_service() as tx:
        for state in ("placed", "sending"):
            for days in (8, 91):
                await tx.execute(
                    """insert into broker_orders (client_order_id, user_id, broker_connection_id, request,
                           since_transaction, state, updated_at)
                       values ($1, $2, $3, '{}', $4, $5, now() - make_interval(days => $6))""",
                    uuid4(), onboarded.user_id, onboarded.broker_connection_id, f"{state} {days}", state, days,
                )  # fmt: skip

    async def found() -> list[str]:
        async with services.db.as_service() as tx:
            left = await tx.fetch(
                "select since_transaction as name from broker_orders where user_id = $1 order by 1", onboarded.user_id
            )
        return [row["name"] for row in left]

    await Retention(services.db, PERIODS).sweep()
    await _comes_to(found, ["placed 8", "sending 8", "sending 91"])
