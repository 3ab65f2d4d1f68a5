import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel

from agent_core.events import EventBus
from agent_core.jobs.events import JobProgressed
from agent_core.jobs.executor import JobExecutor
from agent_core.jobs.models import JobContext, JobKind, Lane
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import CancelPayload, JobStatus, JobType, ProbePayload
from agent_core.store import Store
from agent_core.sync.event_log import EventLog

PAYLOAD = CancelPayload(order_id="1")
PAST = datetime(2020, 1, 1, tzinfo=UTC)


class Result(BaseModel):
    """What a handler returns."""

    n: int


class Place:
    """An executor whose only job counts, waits for `gate` and fails on demand."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.bus = EventBus()
        self.events = EventLog(self.store)
        self.jobs = JobExecutor(self.store, self.bus, self.events)
        self.count = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.recovered: Result | None = None
        self.heard: list[JobProgressed] = []
        self.bus.subscribe(JobProgressed, self._hear)

    def _hear(self, event: JobProgressed) -> None:
        self.heard.append(event)

    def register(self, **changes: Any) -> None:
        kind: dict[str, Any] = {"payload": CancelPayload, "handler": self.work, "lane": Lane.TRADING, "seconds": 5}
        self.jobs.register(JobType.CANCEL, JobKind(**{**kind, **changes}))

    async def work(self, payload: CancelPayload, context: JobContext) -> Result:
        self.count += 1
        context.progress(0.5, "half")
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return Result(n=self.count)

    async def recover(self, payload: CancelPayload, job_id: UUID) -> Result | None:
        if self.failure is not None:
            raise self.failure
        return self.recovered


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "agent.db")
    place.register()
    yield place
    place.store.close()


async def test_a_job_id_is_worked_on_once(place: Place) -> None:
    job_id = uuid4()
    place.gate.clear()
    both = [asyncio.create_task(place.jobs.run(JobType.CANCEL, PAYLOAD, job_id=job_id)) for _ in range(2)]
    await asyncio.sleep(0)
    place.gate.set()
    first, second = await asyncio.gather(*both)
    third = await place.jobs.run(JobType.CANCEL, PAYLOAD, job_id=job_id)
    assert first == second == third
    assert (first.status, first.result, place.count) == (JobStatus.COMPLETED, {"n": 1}, 1)
    assert [found.text for found in place.heard] == ["Waiting", "Started", "half", "Done"]
    facts = place.events.pending()
    assert [(fact.kind, fact.data["status"], fact.data["payload"]) for fact in facts] == [
        ("job_result", "completed", {"account_number": None, "order_id": "1"})
    ]


async def test_errors_become_outcomes(place: Place) -> None:
    place.failure = ForexEliteError(ErrorCode.NOT_FOUND, "It is gone.")
    outcome = await place.jobs.run(JobType.CANCEL, PAYLOAD)
    assert (outcome.status, outcome.error_code, outcome.error_detail) == (
        JobStatus.FAILED, ErrorCode.NOT_FOUND, "It is gone."
    )  # fmt: skip


@pytest.mark.logs_errors
async def test_a_broken_handler_is_an_outcome_too(place: Place) -> None:
    place.failure = RuntimeError("oops")
    outcome = await place.jobs.run(JobType.CANCEL, PAYLOAD)
    assert (outcome.status, outcome.error_code) == (JobStatus.FAILED, ErrorCode.INTERNAL_ERROR)
    assert "oops" not in (outcome.error_detail or "")


@pytest.mark.parametrize(("trades", "code"), [(True, ErrorCode.OUTCOME_UNKNOWN), (False, ErrorCode.INTERNAL_ERROR)])
async def test_time_limits(place: Place, trades: bool, code: ErrorCode) -> None:
    place.register(seconds=0.01, trades=trades)
    place.gate.clear()
    outcome = await place.jobs.run(JobType.CANCEL, PAYLOAD)
    assert (outcome.status, outcome.error_code) == (JobStatus.FAILED, code)


async def test_too_late_is_never_begun_even_after_waiting(place: Place) -> None:
    outcome = await place.jobs.run(JobType.CANCEL, PAYLOAD, not_after=PAST)
    assert (outcome.status, outcome.error_code, place.count) == (JobStatus.EXPIRED, ErrorCode.JOB_EXPIRED, 0)
    place.gate.clear()
    first = asyncio.create_task(place.jobs.run(JobType.CANCEL, PAYLOAD))
    soon = datetime.now(UTC) + timedelta(milliseconds=30)
    second = asyncio.create_task(place.jobs.run(JobType.CANCEL, PAYLOAD, not_after=soon))
    await asyncio.sleep(0.06)
    place.gate.set()
    assert (await first).status is JobStatus.COMPLETED
    assert (await second).status is JobStatus.EXPIRED
    assert place.count == 1


@pytest.mark.parametrize(("trades", "status"), [(True, JobStatus.FAILED), (False, JobStatus.CANCELLED)])
async def test_cancelling(place: Place, trades: bool, status: JobStatus) -> None:
    place.register(trades=trades)
    place.gate.clear()
    job_id = uuid4()
    running = asyncio.create_task(place.jobs.run(JobType.CANCEL, PAYLOAD, job_id=job_id))
    waiting_id = uuid4()
    waiting = asyncio.create_task(place.jobs.run(JobType.CANCEL, PAYLOAD, job_id=waiting_id))
    while not place.count:
        await asyncio.sleep(0)
    assert place.jobs.cancel(waiting_id)
    assert place.jobs.cancel(job_id)
    assert (await running).status is status
    assert (await waiting).status is JobStatus.CANCELLED
    assert not place.jobs.cancel(job_id)
    assert place.count == 1


async def test_a_cancelled_caller_does_not_stop_the_work(place: Place) -> None:
    place.gate.clear()
    job_id = uuid4()
    caller = asyncio.create_task(place.jobs.run(JobType.CANCEL, PAYLOAD, job_id=job_id))
    while not place.count:
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    place.gate.set()
    assert (await place.jobs.run(JobType.CANCEL, PAYLOAD, job_id=job_id)).status is JobStatus.COMPLETED


async def test_closing_settles_what_runs(place: Place) -> None:
    place.gate.clear()
    running = asyncio.create_task(place.jobs.run(JobType.CANCEL, PAYLOAD))
    await asyncio.sleep(0)
    await place.jobs.close()
    assert (await running).status is JobStatus.CANCELLED


async def test_unknown_types_and_wrong_payloads(place: Place) -> None:
    outcome = await place.jobs.run(JobType.PROBE, ProbePayload(what="account"))
    assert outcome.error_code is ErrorCode.VALIDATION_ERROR
    outcome = await place.jobs.run(JobType.CANCEL, ProbePayload(what="account"))
    assert (outcome.error_code, place.count) == (ErrorCode.VALIDATION_ERROR, 0)
    assert "details of another kind of job, so nothing was done." in (outcome.error_detail or "")
    with pytest.raises(ForexEliteError, match="order_id"):
        place.jobs.parse(JobType.CANCEL, {"order_id": 5})
    with pytest.raises(ForexEliteError, match="knows no jobs"):
        place.jobs.parse(JobType.PROBE, {})
    assert place.jobs.parse(JobType.CANCEL, {"order_id": "1"}) == PAYLOAD


async def test_the_clouds_jobs_are_reported_until_acknowledged(place: Place) -> None:
    job_id = uuid4()
    await place.jobs.run(JobType.CANCEL, PAYLOAD, job_id=job_id, attempt=1, origin="cloud")
    assert [(found.id, found.attempt) for found in place.jobs.unreported()] == [(job_id, 1)]
    assert place.events.queued == 0
    old = place.jobs.unreported()[0]
    await place.jobs.run(JobType.CANCEL, PAYLOAD, job_id=job_id, attempt=2, origin="cloud")
    place.jobs.mark_reported(old)
    assert [found.attempt for found in place.jobs.unreported()] == [2]
    place.jobs.mark_reported(place.jobs.unreported()[0])
    assert place.jobs.unreported() == []
    refused = uuid4()
    place.jobs.refuse(refused, JobType.CANCEL, {}, 1, ForexEliteError(ErrorCode.VALIDATION_ERROR, "No."))
    assert [found.id for found in place.jobs.unreported()] == [refused]
    assert place.jobs.recent()[0].id in (refused, job_id)


async def crash(place: Place, path: Path) -> tuple[Place, UUID]:
    """Leaves a job in the store as a killed process does."""
    job_id = uuid4()
    place.jobs._jobs.begin(job_id, JobType.CANCEL, PAYLOAD.model_dump(), origin="cloud", attempt=1, not_after=PAST)
    again = Place(path)
    return again, job_id


@pytest.mark.parametrize(
    ("changes", "recovered", "failure", "status", "code"),
    [
        ({}, None, None, JobStatus.FAILED, ErrorCode.INTERNAL_ERROR),
        ({"trades": True}, None, None, JobStatus.FAILED, ErrorCode.OUTCOME_UNKNOWN),
        ({"trades": True, "recover": True}, Result(n=9), None, JobStatus.COMPLETED, None),
        ({"trades": True, "recover": True}, None, None, JobStatus.FAILED, ErrorCode.OUTCOME_UNKNOWN),
        (
            {"trades": True, "recover": True}, None, ForexEliteError(ErrorCode.ORDER_REFUSED, "No."),
            JobStatus.FAILED, ErrorCode.ORDER_REFUSED,
        ),
    ],
)  # fmt: skip
async def test_after_a_crash_nothing_is_repeated(
    place: Place, tmp_path: Path, changes: dict[str, Any], recovered: Result | None,
    failure: Exception | None, status: JobStatus, code: ErrorCode | None,
) -> None:  # fmt: skip
    again, job_id = await crash(place, tmp_path / "agent.db")
    again.recovered, again.failure = recovered, failure
    again.register(**{**changes, **({"recover": again.recover} if "recover" in changes else {})})
    trades = bool(changes.get("trades"))
    assert len(await again.jobs.recover(connected=False)) == (0 if trades else 1)
    assert len(await again.jobs.recover(connected=True)) == (1 if trades else 0)
    found = again.jobs.unreported()[0].outcome
    assert found is not None
    assert (found.job_id, found.status, found.error_code, again.count) == (job_id, status, code, 0)
    again.store.close()


async def test_a_job_that_can_not_be_read_any_more_holds_up_no_other(place: Place, tmp_path: Path) -> None:
    place.jobs._jobs.begin(uuid4(), JobType.CANCEL, {"order": 7}, origin="cloud", attempt=1, not_after=None)
    again, _ = await crash(place, tmp_path / "agent.db")
    again.recovered = Result(n=9)
    again.register(trades=True, recover=again.recover)
    first, second = await again.jobs.recover(connected=True)
    assert (first.status, first.error_code) == (JobStatus.FAILED, ErrorCode.OUTCOME_UNKNOWN)
    assert second.status is JobStatus.COMPLETED
    again.store.close()


@pytest.mark.parametrize(
    ("recovered", "failure", "status"),
    [
        (Result(n=9), None, JobStatus.COMPLETED),
        (None, None, JobStatus.FAILED),
        (None, ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "It was never sent."), JobStatus.EXPIRED),
    ],
)
async def test_a_job_handed_out_again_after_a_crash(
    place: Place, tmp_path: Path, recovered: Result | None, failure: Exception | None, status: JobStatus
) -> None:
    again, job_id = await crash(place, tmp_path / "agent.db")
    again.recovered, again.failure = recovered, failure
    again.register(trades=True, recover=again.recover)
    outcome = await again.jobs.run(JobType.CANCEL, PAYLOAD, job_id=job_id, attempt=2, origin="cloud", not_after=PAST)
    assert (outcome.status, again.count) == (status, 0)
    again.store.close()


async def test_a_reading_is_forgotten_once_the_cloud_has_it(place: Place) -> None:
    async def read(payload: ProbePayload, context: JobContext) -> Result:
        return Result(n=1)

    place.jobs.register(JobType.PROBE, JobKind(ProbePayload, read, Lane.READ, 5))
    probe = ProbePayload(what="account")
    for number in range(3):
        await place.jobs.run(JobType.PROBE, probe, attempt=1, origin="cloud")
        order = await place.jobs.run(JobType.CANCEL, PAYLOAD, attempt=1, origin="cloud")
        assert len(place.jobs.unreported()) == 2
        for record in place.jobs.unreported():
            place.jobs.mark_reported(record)
        assert [record.type for record in place.jobs.recent()] == [JobType.CANCEL] * (number + 1)
        assert place.jobs.recent()[0].id == order.job_id
