import asyncio
from typing import Any

import pytest

from agent_core.protocol.ea import ProjectRequest
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.onboarding import Success
from cloud.idempotency import idempotent_id, once
from cloud.services import Services

BODY = ProjectRequest(name="a")


class Work:
    """Counts how often it is done; fails with what it is given."""

    def __init__(self, *failures: ErrorCode) -> None:
        self.failures = list(failures)
        self.done = 0

    async def __call__(self) -> Success:
        self.done += 1
        if self.failures:
            raise ForexEliteError(self.failures.pop(0), "because")
        return Success()


async def _once(services: Services, trader: Any, work: Work, *, key: str | None = "k1", body: Any = BODY) -> Success:
    return await once(services, trader.claims, "POST /x", key, body, work, Success)


async def test_the_same_key_gives_the_first_answer(services: Services, trader: Any) -> None:
    work = Work()
    assert await _once(services, trader, work) == await _once(services, trader, work)
    assert work.done == 1
    await _once(services, trader, work, key="k2")
    assert work.done == 2


async def test_without_a_key_work_is_simply_done(services: Services, trader: Any) -> None:
    work = Work()
    await _once(services, trader, work, key=None)
    await _once(services, trader, work, key=None)
    assert work.done == 2


async def test_another_body_is_refused(services: Services, trader: Any) -> None:
    work = Work()
    await _once(services, trader, work)
    with pytest.raises(ForexEliteError) as refused:
        await _once(services, trader, work, body=ProjectRequest(name="b"))
    assert refused.value.code is ErrorCode.IDEMPOTENCY_CONFLICT
    assert work.done == 1


@pytest.mark.parametrize(("code", "times"), [
    (ErrorCode.INSUFFICIENT_MARGIN, 1), (ErrorCode.OUTCOME_UNKNOWN, 1), (ErrorCode.AGENT_OFFLINE, 2),
])  # fmt: skip
async def test_refusals_are_kept_and_outages_are_not(
    services: Services, trader: Any, code: ErrorCode, times: int
) -> None:
    work = Work(code, code)
    for _ in range(2):
        with pytest.raises(ForexEliteError) as refused:
            await _once(services, trader, work)
        assert (refused.value.code, refused.value.detail) == (code, "because")
    assert work.done == times


async def test_two_at_the_same_time(services: Services, trader: Any) -> None:
    started, go = asyncio.Event(), asyncio.Event()

    async def slow() -> Success:
        started.set()
        await go.wait()
        return Success()

    first = asyncio.create_task(once(services, trader.claims, "POST /x", "k", BODY, slow, Success))
    await started.wait()
    with pytest.raises(ForexEliteError) as busy:
        await once(services, trader.claims, "POST /x", "k", BODY, slow, Success)
    assert busy.value.code is ErrorCode.CONFLICT
    go.set()
    assert (await first).success


async def test_an_abandoned_key_is_taken_over(services: Services, trader: Any) -> None:
    work = Work()
    await _once(services, trader, work)
    async with services.db.as_service() as connection:
        await connection.execute(
            """update idempotency_keys set status = null, created_at = now() - interval '3 minutes'
               where user_id = $1""",
            trader.user_id,
        )
    await _once(services, trader, work)
    assert work.done == 2


def test_ids_depend_on_user_route_and_key(trader: Any) -> None:
    first = idempotent_id(trader.user_id, "POST /orders", "k")
    assert first == idempotent_id(trader.user_id, "POST /orders", "k")
    assert first != idempotent_id(trader.user_id, "POST /orders", "l")
