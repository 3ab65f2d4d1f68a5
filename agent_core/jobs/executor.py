"""Runs jobs: each once, in the lane of its kind, within its time, and never late if it trades."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel, ValidationError

from agent_core.events import EventBus
from agent_core.jobs.events import JobProgressed
from agent_core.jobs.models import JobKind, JobOrigin, JobOutcome, JobRecord, Lane
from agent_core.jobs.store import JobStore
from agent_core.protocol.base import WireModel
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import JobStatus, JobType
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.sync.events import AlertRaised

log = logging.getLogger(__name__)

#: A receipt is waited for so long with the lane held; one that takes longer does not keep others waiting.
_RECEIPT_SECONDS = 0.25
_TOO_LATE = "The job came too late and was not carried out. Order it again if you still want it."
_CUT_OFF = "This was ended while it was under way. See positions and orders for what was done."


class NotOurs(Exception):  # noqa: N818 - nothing went wrong: the job is another attempt's, or nobody's
    """Whoever gave the job did not confirm that it is ours; nothing was done."""


@dataclass(slots=True)
class _Running:
    """A job that is being run in this process."""

    job_id: UUID
    type: JobType
    not_after: datetime | None
    bus: EventBus
    ours: "asyncio.Future[bool] | None"
    task: "asyncio.Task[JobOutcome | None] | None" = None
    started: bool = False
    resumed: bool = False

    def progress(self, fraction: float | None, text: str) -> None:
        """Tells the bus where the work is."""
        self.bus.publish(JobProgressed(self.job_id, self.type, JobStatus.IN_PROGRESS, fraction, text))

    async def settled(self, seconds: float | None = None) -> bool:
        """Waits until it is known whether the job is ours, at most so long; returns whether that is known.

        Raises:
            NotOurs: it is not.
        """
        if self.ours is None:
            return True
        if not self.ours.done():
            await asyncio.wait([self.ours], timeout=seconds)
        if self.ours.done() and not self.ours.result():
            raise NotOurs
        return self.ours.done()


class JobExecutor:
    """Runs every job of the window and of the cloud alike. Use it from the event loop's thread."""

    def __init__(self, store: Store, bus: EventBus, events: EventLog) -> None:
        self._jobs = JobStore(store)
        self._bus = bus
        self._events = events
        self._kinds: dict[JobType, JobKind] = {}
        self._running: dict[UUID, _Running] = {}
        self._lanes = {lane: asyncio.Lock() for lane in Lane if lane is not Lane.READ}

    def register(self, type: JobType, kind: JobKind) -> None:  # noqa: A002
        """Says how a type of job is run."""
        self._kinds[type] = kind

    async def run(
        self,
        type: JobType,  # noqa: A002
        payload: WireModel,
        *,
        job_id: UUID | None = None,
        not_after: datetime | None = None,
        attempt: int = 0,
        origin: JobOrigin = "local",
        ours: "asyncio.Future[bool] | None" = None,
    ) -> JobOutcome:
        """Runs a job to its end. A job id seen before returns the first outcome; its work is not done again.

        The work goes on if the caller is cancelled; `cancel` ends it.

        Args:
            type: What to do.
            payload: With what.
            job_id: The job's identity; made here when left out.
            not_after: It is not begun after this time.
            attempt: The cloud's fencing token, kept for the record.
            origin: Who asked. Outcomes of local jobs go to the event log; the cloud hears of its own anyway.
            ours: Tells in the end whether the job is ours at all; nothing is done before. Left out if it is.

        Raises:
            NotOurs: it is not.
        """
        job_id = job_id or uuid4()
        while (running := self._running.get(job_id)) is not None:
            if origin == "cloud":
                self._jobs.redelivered(job_id, attempt)
            if (outcome := await _end_of(running)) is not None:
                return outcome
        known = self._jobs.find(job_id)
        if known is not None and known.outcome is not None:
            if attempt != known.attempt:
                self._jobs.redelivered(job_id, attempt)
            return known.outcome
        running = _Running(job_id, type, not_after, self._bus, ours, resumed=known is not None)
        self._jobs.begin(
            job_id,
            type,
            payload.model_dump(mode="json"),
            origin=origin,
            attempt=attempt,
            not_after=not_after,
        )
        self._running[job_id] = running
        running.progress(None, "Waiting")
        running.task = asyncio.create_task(self._run(running, payload, origin), name=f"job-{type.value}-{job_id}")
        if (outcome := await _end_of(running)) is None:
            raise NotOurs
        return outcome

    def trades(self, type: JobType) -> bool:  # noqa: A002
        """Whether jobs of a type change the account."""
        kind = self._kinds.get(type)
        return kind is not None and kind.trades

    def parse(self, type: JobType, payload: dict[str, Any]) -> WireModel:  # noqa: A002
        """Reads a payload that came over the wire.

        Raises:
            ForexEliteError: the type is not known, or a field is wrong.
        """
        kind = self._kinds.get(type)
        if kind is None:
            raise _unknown_type(type)
        try:
            return kind.payload.model_validate(payload)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise ForexEliteError(
                ErrorCode.VALIDATION_ERROR, f"The job's {field or 'payload'} is wrong: {first['msg']}.", field=field
            ) from error

    def refuse(
        self, job_id: UUID, type_: JobType, payload: dict[str, Any], attempt: int, error: ForexEliteError
    ) -> None:
        """Ends a job of the cloud that can't be begun."""
        self._jobs.begin(job_id, type_, payload, origin="cloud", attempt=attempt, not_after=None)
        self._end(type_, payload, _failed(job_id, error.code, error.detail), "cloud")

    def unreported(self) -> list[JobRecord]:
        """Returns the cloud's finished jobs whose outcome it has not acknowledged."""
        return self._jobs.unreported()

    def mark_reported(self, record: JobRecord) -> None:
        """Notes that the cloud has the outcome of this attempt."""
        self._jobs.mark_reported(record.id, record.attempt)

    def cancel(self, job_id: UUID) -> bool:
        """Gives a job up; False when it is not running. What has reached the broker stays."""
        running = self._running.get(job_id)
        if running is None or running.task is None or running.task.done():
            return False
        # not before its first step: a task cancelled earlier would never write its outcome down
        asyncio.get_running_loop().call_soon(running.task.cancel)
        return True

    def recent(self, limit: int = 50) -> list[JobRecord]:
        """Returns the newest jobs, the newest first."""
        return self._jobs.recent(limit)

    async def recover(self, *, connected: bool) -> list[JobOutcome]:
        """Ends the jobs that a crash cut off, and returns their outcomes.

        Nothing is repeated: a kind that can find out what happened does, else the job has failed.

        Args:
            connected: Whether the terminal is connected. Jobs that trade wait for that.
        """
        outcomes = []
        for record in self._jobs.unfinished():
            kind = self._kinds.get(record.type)
            if record.id not in self._running and (connected or kind is None or not kind.trades):
                outcome = await self._recovered(record, kind)
                self._end(record.type, record.payload, outcome, record.origin)
                outcomes.append(outcome)
                if outcome.error_detail and kind is not None and kind.trades:
                    self._bus.publish(AlertRaised("warning", outcome.error_detail))
        return outcomes

    async def close(self) -> None:
        """Gives up what still runs."""
        tasks = [running.task for running in self._running.values() if running.task is not None]
        for job_id in list(self._running):
            self.cancel(job_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, running: _Running, payload: WireModel, origin: JobOrigin) -> JobOutcome | None:
        try:
            outcome = await self._outcome(running, payload)
            self._end(running.type, payload.model_dump(mode="json"), outcome, origin)
        except NotOurs:
            if not running.resumed:
                self._jobs.forget(running.job_id)
            return None
        finally:
            self._running.pop(running.job_id, None)
        return outcome

    async def _outcome(self, running: _Running, payload: WireModel) -> JobOutcome:
        outcome = None
        try:
            kind = self._kind_of(running.type, payload)
            while outcome is None:
                async with self._lane(kind.lane):
                    outcome = await self._in_lane(running, kind, payload)
                await running.settled()
        except ForexEliteError as error:
            await running.settled()
            return _failed(running.job_id, error.code, error.detail)
        except TimeoutError:
            may_be_sent = running.started and self.trades(running.type)
            code = ErrorCode.OUTCOME_UNKNOWN if may_be_sent else ErrorCode.INTERNAL_ERROR
            return _failed(
                running.job_id, code, "The job took too long and was given up. See what it left, then retry."
            )
        except asyncio.CancelledError:
            if running.started and self.trades(running.type):
                return _failed(running.job_id, ErrorCode.OUTCOME_UNKNOWN, _CUT_OFF)
            return JobOutcome(running.job_id, JobStatus.CANCELLED, {}, None, "The job was cancelled.")
        except NotOurs:
            raise
        except Exception:
            log.exception("A job of type %s failed", running.type.value)
            return _failed(
                running.job_id, ErrorCode.INTERNAL_ERROR, "The agent made an error; its log file says more. Try again."
            )
        else:
            return outcome

    async def _in_lane(self, running: _Running, kind: JobKind, payload: WireModel) -> JobOutcome | None:
        """Runs a job as far as it may be run now; None if nobody knows yet whether it is ours."""
        if running.resumed and (found := await self._found(running, kind, payload)) is not None:
            return found
        async with asyncio.timeout(kind.seconds):
            if kind.check is not None:
                await kind.check(payload)
            if not await running.settled(_RECEIPT_SECONDS):
                return None
            if running.not_after is not None and datetime.now(UTC) > running.not_after:
                return JobOutcome(running.job_id, JobStatus.EXPIRED, {}, ErrorCode.JOB_EXPIRED, _TOO_LATE)
            running.started = True
            running.progress(None, "Started")
            result = await kind.handler(payload, running)
        return JobOutcome(running.job_id, JobStatus.COMPLETED, _plain(result))

    async def _found(self, running: _Running, kind: JobKind, payload: WireModel) -> JobOutcome | None:
        """Returns what an earlier process achieved of this job; None when it may be begun."""
        if kind.recover is None:
            return None
        try:
            result = await kind.recover(payload, running.job_id)
        except ForexEliteError:
            return None
        if result is None:
            return _failed(running.job_id, ErrorCode.OUTCOME_UNKNOWN, _CUT_OFF)
        return JobOutcome(running.job_id, JobStatus.COMPLETED, _plain(result))

    def _kind_of(self, type: JobType, payload: WireModel) -> JobKind:  # noqa: A002
        kind = self._kinds.get(type)
        if kind is None:
            raise _unknown_type(type)
        if not isinstance(payload, kind.payload):
            raise _wrong_payload(type)
        return kind

    def _lane(self, lane: Lane) -> AbstractAsyncContextManager[None]:
        return nullcontext() if lane is Lane.READ else self._lanes[lane]

    def _end(self, type: JobType, payload: dict[str, Any], outcome: JobOutcome, origin: JobOrigin) -> None:  # noqa: A002
        self._jobs.finish(outcome)
        if origin == "local":
            self._events.append(
                "job_result",
                {
                    "job_id": outcome.job_id,
                    "type": type.value,
                    "status": outcome.status.value,
                    "payload": payload,
                    "result": outcome.result,
                    "error_code": outcome.error_code,
                    "error_detail": outcome.error_detail,
                },
            )
        text = outcome.error_detail or "Done"
        self._bus.publish(JobProgressed(outcome.job_id, type, outcome.status, 1.0, text))

    async def _recovered(self, record: JobRecord, kind: JobKind | None) -> JobOutcome:
        """Says how a job ended that an earlier process began."""
        try:
            if kind is not None and kind.recover is not None:
                result = await kind.recover(kind.payload.model_validate(record.payload), record.id)
                if result is not None:
                    return JobOutcome(record.id, JobStatus.COMPLETED, _plain(result))
        except ForexEliteError as error:
            return _failed(record.id, error.code, error.detail)
        except ValidationError:
            log.warning("What a %s job was about can't be read any more", record.type.value)
        if kind is not None and kind.trades:
            return _failed(record.id, ErrorCode.OUTCOME_UNKNOWN, _CUT_OFF)
        return _failed(record.id, ErrorCode.INTERNAL_ERROR, "The agent was ended while this ran. Start it again.")


async def _end_of(running: _Running) -> JobOutcome | None:
    """Waits for a job's outcome; None if it turned out not to be ours. The job goes on if the caller is cancelled."""
    assert running.task is not None  # noqa: S101 - set in the same step of the event loop
    return await asyncio.shield(running.task)


def _unknown_type(type_: JobType) -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.VALIDATION_ERROR, f"This agent knows no jobs of type {type_.value}. Update ForexElite Pro."
    )


def _wrong_payload(type_: JobType) -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.VALIDATION_ERROR,
        f"This {type_.value} job came with the details of another kind of job, so nothing was done. Order it again.",
    )


def _plain(result: BaseModel | None) -> dict[str, Any]:
    return result.model_dump(mode="json") if result is not None else {}


def _failed(job_id: UUID, code: ErrorCode, detail: str) -> JobOutcome:
    return JobOutcome(job_id, JobStatus.FAILED, {}, code, detail)
