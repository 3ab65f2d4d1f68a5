"""Jobs that are being run while it is not yet known whether they are ours."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import BaseModel

from agent_core.events import EventBus
from agent_core.jobs.executor import JobExecutor, NotOurs
from agent_core.jobs.models import JobContext, JobKind, JobOutcome, Lane
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import CancelPayload, JobStatus, JobType
from agent_core.store import Store
from agent_core.sync.event_log import EventLog


class Place:
    """An executor whose only kind of job trades; it looks first, which `refusal` ends."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        bus = EventBus()
        self.jobs = JobExecutor(self.store, bus, EventLog(self.store))
        self.looked, self.done = list[str](), list[str]()
        self.refusal: ForexEliteError | None = None
        kind = JobKind(CancelPayload, self.work, Lane.TRADING, 5, check=self.look, trades=True)
        self.jobs.register(JobType.CANCEL, kind)

    async def look(self, payload: CancelPayload) -> None:
        self.looked.append(payload.order_id)
        if self.refusal is not None:
            raise self.refusal

    async def work(self, payload: CancelPayload, _: JobContext) -> BaseModel | None:
        self.done.append(payload.order_id)
        return None

    def give(self, order: str, ours: "asyncio.Future[bool] | None", **more: object) -> "asyncio.Task[JobOutcome]":
        payload = CancelPayload(order_id=order)
        run = self.jobs.run(JobType.CANCEL, payload, origin="cloud", ours=ours, **more)  # type: ignore[arg-type]
        return asyncio.create_task(run)

    async def until_looked_at(self, order: str) -> None:
        async with asyncio.timeout(5):
            while order not in self.looked:
                await asyncio.sleep(0)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "agent.db")
    yield place
    place.store.close()


def unknown() -> "asyncio.Future[bool]":
    return asyncio.get_running_loop().create_future()


async def test_a_job_is_looked_at_but_not_done_before_it_is_ours(place: Place) -> None:
    ours = unknown()
    job = place.give("1", ours)
    await place.until_looked_at("1")
    assert place.done == []
    ours.set_result(True)
    assert (await job).status is JobStatus.COMPLETED
    assert place.done == ["1"]


@pytest.mark.parametrize("refused", [False, True])
async def test_a_job_that_is_not_ours_leaves_nothing_behind(place: Place, refused: bool) -> None:
    if refused:
        place.refusal = ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "Another account.")
    ours = unknown()
    job = place.give("1", ours)
    await place.until_looked_at("1")
    ours.set_result(False)
    with pytest.raises(NotOurs):
        await job
    assert (place.done, place.jobs.recent(), place.jobs.unreported()) == ([], [], [])


async def test_a_refusal_is_told_once_the_job_is_ours(place: Place) -> None:
    place.refusal = ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "Another account.")
    ours = unknown()
    job = place.give("1", ours)
    await place.until_looked_at("1")
    assert not place.jobs.unreported()
    ours.set_result(True)
    assert (await job).error_detail == "Another account."
    assert len(place.jobs.unreported()) == 1


async def test_a_receipt_that_takes_its_time_keeps_no_other_order_waiting(place: Place) -> None:
    ours = unknown()
    slow = place.give("1", ours)
    await place.until_looked_at("1")
    async with asyncio.timeout(2):
        assert (await place.give("2", None)).status is JobStatus.COMPLETED
    assert place.done == ["2"]
    ours.set_result(True)
    assert (await slow).status is JobStatus.COMPLETED
    # What was seen before another order had its turn is looked at again.
    assert (place.done, place.looked) == (["2", "1"], ["1", "2", "1"])


async def test_handed_out_again_meanwhile_it_is_run_as_the_attempt_that_is_ours(place: Place) -> None:
    job_id, first_is, second_is = uuid4(), unknown(), unknown()
    first = place.give("1", first_is, job_id=job_id, attempt=1)
    await place.until_looked_at("1")
    second = place.give("1", second_is, job_id=job_id, attempt=2)
    second_is.set_result(True)
    first_is.set_result(False)
    with pytest.raises(NotOurs):
        await first
    assert (await second).status is JobStatus.COMPLETED
    assert place.done == ["1"]
    (record,) = place.jobs.unreported()
    assert record.attempt == 2
