import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.jobs import JobType, NoJobs, ProbePayload
from cloud.agents.models import CurrentAgent
from cloud.app import create_app
from cloud.db.listener import Listener
from cloud.db.pool import Connection
from cloud.jobs import repository
from cloud.jobs.delivery import Caller
from cloud.services import Services
from cloud.settings import CloudSettings

PROBE = ProbePayload(what="account")


async def _enqueue(services: Services, desk: Any, job_type: JobType = JobType.PROBE, **more: Any) -> UUID:
    return await services.jobs.enqueue(desk.trader.user_id, desk.agent.id, job_type, PROBE, **more)


async def _status(desk: Any, job_id: UUID) -> str:
    status: str = (await desk.get(f"/jobs/{job_id}")).json()["status"]
    return status


async def test_claim_confirm_progress_result(services: Services, desk: Any) -> None:
    job_id = await _enqueue(services, desk)
    job = await desk.agent.poll()
    assert (job.job_id, job.attempt, job.type, job.payload["what"]) == (job_id, 1, "probe", "account")
    assert await desk.agent.poll() is None
    assert (await desk.agent.ack(job)).status_code == 200
    assert (await desk.agent.report(job, "in_progress", progress=0.5, logs=["half"])).status_code == 200
    assert (await desk.get(f"/jobs/{job_id}")).json()["progress"] == 0.5
    for _ in range(2):
        assert (await desk.agent.report(job, result={"note": "a\x00b"})).json()["acknowledged"] is True
    await desk.agent.report(job, "failed", error_code="MARKET_CLOSED", error_detail="later story")
    found = (await desk.get(f"/jobs/{job_id}")).json()
    assert (found["status"], found["result"], found["error_code"]) == ("completed", {"note": "a\ufffdb"}, None)


async def test_a_waiting_poll_wakes_at_once(services: Services, desk: Any) -> None:
    poll = asyncio.create_task(desk.agent.poll(wait=20))
    await _until(lambda: _polling(services, desk))
    started = asyncio.get_running_loop().time()
    job_id = await _enqueue(services, desk)
    job = await poll
    assert job is not None
    assert job.job_id == job_id
    assert asyncio.get_running_loop().time() - started < 2


async def test_work_arrives_in_time_while_no_wake_up_does(
    services: Services, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_listener: Listener) -> bool:
        return False

    monkeypatch.setattr(Listener, "_reconnected", never)
    poll = asyncio.create_task(desk.agent.poll(wait=20))
    await _until(lambda: _polling(services, desk))
    heard_on = services.db._listener._connection
    assert heard_on is not None
    heard_on.terminate()
    async with asyncio.timeout(services.jobs.times.deadline / 2):
        job_id = await _enqueue(services, desk)
        job = await poll
    assert job is not None
    assert job.job_id == job_id


async def test_a_newer_poll_ends_the_older_one(services: Services, desk: Any) -> None:
    old = asyncio.create_task(desk.agent.poll(wait=20))
    await _until(lambda: _arrived(services, desk))
    new = asyncio.create_task(desk.agent.poll(wait=20))
    assert await asyncio.wait_for(old, 5) is None
    job_id = await _enqueue(services, desk)
    job = await asyncio.wait_for(new, 5)
    assert job is not None
    assert job.job_id == job_id


async def test_a_newer_poll_in_another_process_ends_the_older_one(
    services: Services, desk: Any, cloud_settings: CloudSettings
) -> None:
    other = create_app(cloud_settings)
    async with other.router.lifespan_context(other):
        transport = httpx.ASGITransport(other)
        async with httpx.AsyncClient(transport=transport, base_url="http://other") as http:
            old = asyncio.create_task(desk.agent.poll(wait=20))
            await _until(lambda: _arrived(services, desk))
            there = replace(desk.agent, http=http)
            new = asyncio.create_task(there.poll(wait=20))
            assert await asyncio.wait_for(old, 5) is None
            waiting = asyncio.create_task(_run(services, desk))
            job = await asyncio.wait_for(new, 5)
            assert job is not None
            await there.ack(job)
            await there.report(job, result={"seen": "here"})
            assert (await asyncio.wait_for(waiting, 5)).result == {"seen": "here"}


async def test_callers_that_vanished_claim_nothing(services: Services, desk: Any, live: str) -> None:
    """The failure that loses jobs: polls whose client is gone must not take any."""
    async with httpx.AsyncClient(base_url=f"http://{live}") as http:
        agent = replace(desk.agent, http=http)
        received: list[UUID] = []
        for _ in range(15):
            ghost = asyncio.create_task(agent.poll(wait=20))
            await _until(lambda: _polling(services, desk))
            ghost.cancel()
            await asyncio.gather(ghost, return_exceptions=True)
            await _until(lambda: _not_polling(services, desk))
            expected = await _enqueue(services, desk)
            job = await agent.poll(wait=5)
            assert job is not None
            assert (job.job_id, job.attempt) == (expected, 1)
            received.append(job.job_id)
            await agent.report(job)
        assert len(set(received)) == 15


async def test_what_was_claimed_for_a_caller_that_leaves_meanwhile_waits_again(services: Services, desk: Any) -> None:
    caller = Caller()
    job_id = await _enqueue(services, desk)

    async def arrive(tx: Connection, token: UUID) -> None:
        await services.presence.seen(tx, CurrentAgent(desk.agent.id, desk.trader.user_id), token)
        caller.leave()

    assert isinstance(await services.delivery.next_job(desk.agent.id, 5, caller, arrive), NoJobs)
    assert await _status(desk, job_id) == "pending"


async def test_a_poll_that_another_one_followed_claims_nothing(services: Services, desk: Any) -> None:
    assert await desk.agent.poll() is None
    job_id = await _enqueue(services, desk)
    async with services.db.as_service() as tx:
        claim = await repository.claim(tx, desk.agent.id, uuid4(), 15)
    assert (claim.live, claim.job) == (False, None)
    job = await desk.agent.poll()
    assert job is not None
    assert (job.job_id, job.attempt) == (job_id, 1)


async def test_an_unconfirmed_delivery_is_made_again_and_the_first_is_fenced_off(services: Services, desk: Any) -> None:
    services.delivery.times = replace(services.delivery.times, delivery_lease=0.05)
    await _enqueue(services, desk)
    first = await desk.agent.poll()
    second = await _poll_until_job(desk)
    assert (second.job_id, second.attempt) == (first.job_id, 2)
    for answer in (await desk.agent.ack(first), await desk.agent.report(first, result={"old": 1})):
        assert (answer.status_code, answer.json()["code"]) == (409, "STALE_ATTEMPT")
    assert (await desk.agent.report(second, result={"new": 1})).status_code == 200
    assert (await desk.get(f"/jobs/{first.job_id}")).json()["result"] == {"new": 1}


async def test_a_heartbeat_renews_the_lease_of_held_jobs(services: Services, desk: Any) -> None:
    services.delivery.times = replace(services.delivery.times, work_lease=0.3, backoff=0)
    await _enqueue(services, desk)
    job = await desk.agent.poll()
    await desk.agent.ack(job)
    services.delivery.times = replace(services.delivery.times, work_lease=60)
    await desk.agent.beat(held_jobs={str(job.job_id): job.attempt})
    await asyncio.sleep(0.35)
    assert await desk.agent.poll() is None
    assert (await desk.agent.report(job)).status_code == 200


async def test_a_job_that_is_lost_again_and_again_is_given_up_with_a_reason(services: Services, desk: Any) -> None:
    services.delivery.times = replace(services.delivery.times, work_lease=0.01, backoff=0.01)
    job_id = await _enqueue(services, desk)
    for attempt in range(1, 6):
        job = await _poll_until_job(desk)
        assert job.attempt == attempt
        await desk.agent.ack(job)
    await _until(lambda: _settled(services, desk, job_id))
    found = (await desk.get(f"/jobs/{job_id}")).json()
    assert (found["status"], found["error_code"]) == ("dead", "AGENT_OFFLINE")
    assert "5 times" in found["error_detail"]


async def test_a_job_past_its_time_is_never_handed_out(services: Services, desk: Any) -> None:
    job_id = await _enqueue(services, desk, within=timedelta(seconds=-1))
    assert await desk.agent.poll() is None
    found = (await desk.get(f"/jobs/{job_id}")).json()
    assert (found["status"], found["error_code"]) == ("expired", "JOB_EXPIRED")
    poll = asyncio.create_task(desk.agent.poll(wait=20))
    await _until(lambda: _polling(services, desk))
    await _enqueue(services, desk, within=timedelta(seconds=-1))  # wakes the poll
    in_time = await _enqueue(services, desk, within=timedelta(seconds=20))
    job = await poll
    assert job is not None
    assert job.job_id == in_time


async def test_silence_after_receipt_is_unknown_until_the_truth_arrives(services: Services, desk: Any) -> None:
    services.delivery.times = replace(services.delivery.times, work_lease=0.05)
    job_id = await _enqueue(services, desk, within=timedelta(seconds=0.3))
    job = await desk.agent.poll()
    await desk.agent.ack(job)
    await asyncio.sleep(0.35)
    await services.delivery.settle_overdue()
    found = (await desk.get(f"/jobs/{job_id}")).json()
    assert (found["status"], found["error_code"]) == ("dead", "OUTCOME_UNKNOWN")
    assert (await desk.agent.report(job, result={"order_id": "1"})).status_code == 200
    assert await _status(desk, job_id) == "completed"


async def test_what_was_begun_and_cancelled_is_unknown_where_nobody_reports(services: Services, desk: Any) -> None:
    services.delivery.times = replace(services.delivery.times, work_lease=0.05)
    order = await _enqueue(services, desk, within=timedelta(seconds=0.3))
    other = await _enqueue(services, desk)
    for _ in range(2):
        await desk.agent.ack(await desk.agent.poll())
    for job_id in (order, other):
        await desk.post(f"/jobs/{job_id}/cancel")
    await asyncio.sleep(0.35)
    await services.delivery.settle_overdue()
    assert (await _status(desk, order), await _status(desk, other)) == ("dead", "cancelled")


async def test_cancelling(services: Services, desk: Any) -> None:
    waiting = await _enqueue(services, desk)
    assert (await desk.post(f"/jobs/{waiting}/cancel")).json()["status"] == "cancelled"
    assert await desk.agent.poll() is None
    running = await _enqueue(services, desk)
    job = await desk.agent.poll()
    await desk.agent.ack(job)
    assert (await desk.post(f"/jobs/{running}/cancel")).json()["status"] == "in_progress"
    assert (await desk.agent.beat()).json()["cancel_job_ids"] == [str(running)]
    assert (await desk.agent.report(job, "in_progress")).json()["cancel_job_ids"] == [str(running)]
    await desk.agent.report(job, "cancelled")
    assert await _status(desk, running) == "cancelled"


async def test_jobs_of_others_are_out_of_reach(
    services: Services, desk: Any, open_desk: Callable[[], Awaitable[Any]]
) -> None:
    other = await open_desk()
    job_id = await _enqueue(services, other, JobType.TEST)
    assert (await desk.get(f"/jobs/{job_id}")).status_code == 404
    assert (await desk.post(f"/jobs/{job_id}/cancel")).status_code == 404
    assert (await desk.get("/jobs")).json() == []
    assert await desk.agent.poll() is None
    job = await other.agent.poll()
    assert (await desk.agent.report(job)).status_code == 404
    with pytest.raises(ForexEliteError, match="no such agent"):
        await services.jobs.enqueue(desk.trader.user_id, other.agent.id, JobType.PROBE, PROBE)


async def test_jobs_are_listed_page_by_page(services: Services, desk: Any) -> None:
    made = [await _enqueue(services, desk, JobType.TEST) for _ in range(53)]
    await _enqueue(services, desk)
    first = await desk.get("/jobs", status="pending")
    second = await desk.get("/jobs", status="pending", cursor=first.headers["X-Next-Cursor"])
    assert [row["id"] for row in first.json() + second.json()] == [str(job_id) for job_id in reversed(made)]
    assert "X-Next-Cursor" not in second.headers


async def _run(services: Services, desk: Any) -> Any:
    return await services.jobs.run_and_wait(desk.trader.user_id, desk.agent.id, JobType.PROBE, PROBE)


async def _polling(services: Services, desk: Any) -> bool:
    return desk.agent.id in services.delivery.waiting


async def _arrived(services: Services, desk: Any) -> bool:
    """Whether a first poll is the agent's live one: it waits a moment before that already."""
    async with services.db.as_service() as tx:
        found: bool = await tx.fetchval("select poll_token is not null from mt5_agents where id = $1", desk.agent.id)
        return found


async def _not_polling(services: Services, desk: Any) -> bool:
    return desk.agent.id not in services.delivery.waiting


async def _settled(services: Services, desk: Any, job_id: UUID) -> bool:
    await services.delivery.settle_overdue()
    return await _status(desk, job_id) == "dead"


async def _poll_until_job(desk: Any) -> Any:
    async with asyncio.timeout(5):
        while True:
            job = await desk.agent.poll()
            if job is not None:
                return job
            await asyncio.sleep(0.01)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await condition():
            await asyncio.sleep(0.005)
