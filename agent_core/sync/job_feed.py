"""Takes jobs from the cloud, runs them in the background and brings their outcomes back, across restarts."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from agent_core.events import EventBus
from agent_core.jobs.events import JobProgressed
from agent_core.jobs.executor import JobExecutor, NotOurs
from agent_core.jobs.models import JobRecord
from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.jobs import Acknowledged, JobAck, JobEnvelope, JobResultRequest, JobStatus
from agent_core.sync.agent_client import AgentClient
from agent_core.sync.backoff import Backoff
from agent_core.sync.http import CloudError, answer_of, json_of, patience

log = logging.getLogger(__name__)

WAIT_SECONDS = 25
_POLL = patience(WAIT_SECONDS + 15.0)
_ACK_ATTEMPTS = 3
#: An answer "no jobs" sooner than this means that another poll took over; asking at once again would only fight it.
_QUIET_SECONDS = 1.0
#: Asking for more work takes processor time, here and at the cloud; an order and its outcome come first, if quick.
_TRADE_FIRST_SECONDS = 0.1
_CLOCK_SLACK = timedelta(seconds=2)


class JobFeed:
    """Jobs of one pairing.

    Attributes:
        held: Job id → attempt of the jobs that run now.
    """

    def __init__(self, client: AgentClient, jobs: JobExecutor, bus: EventBus) -> None:
        self._client = client
        self._jobs = jobs
        self._bus = bus
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished = asyncio.Event()
        self._all_told = asyncio.Event()
        self._progress: dict[UUID, JobProgressed] = {}
        self.held: dict[UUID, int] = {}
        bus.subscribe(JobProgressed, self._on_progress)

    async def poll(self) -> None:
        """Asks for jobs for ever. One that trades holds up the next question for a moment, no other does."""
        backoff = Backoff()
        while True:
            asked = time.monotonic()
            try:
                response = await self._client.send(
                    "GET", "/jobs/next", params={"wait": str(WAIT_SECONDS)}, timeout=_POLL, long=True
                )
                body = json_of(response)
            except CloudError as error:
                await self._client.pause(error, backoff)
                continue
            backoff.success()
            if isinstance(body, dict) and "job_id" in body:
                await self._take(body, response.headers)
            elif time.monotonic() - asked < _QUIET_SECONDS:
                await asyncio.sleep(_QUIET_SECONDS)

    async def report(self) -> None:
        """Brings outcomes to the cloud for ever, each until it is acknowledged."""
        backoff = Backoff()
        while True:
            self._finished.clear()
            for record in self._jobs.unreported():
                try:
                    await self._report(record)
                except CloudError as error:
                    await self._client.pause(error, backoff)
                    self._finished.set()
                    break
                backoff.success()
            else:
                self._all_told.set()
            await self._finished.wait()

    async def close(self) -> None:
        """Stops following jobs that run; the executor goes on with them."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def report_soon(self) -> None:
        """Wakes `report`."""
        self._finished.set()

    def give_up(self, answer: Acknowledged) -> None:
        """Cancels the jobs the cloud no longer wants."""
        for job_id in answer.cancel_job_ids:
            self._jobs.cancel(job_id)

    async def _take(self, body: dict[str, object], headers: Mapping[str, str]) -> None:
        try:
            envelope = JobEnvelope.model_validate(body)
        except ValidationError:
            log.warning("A job of the cloud can't be read; this agent may be too old for it")
            return
        # Now, not after the receipt was confirmed: what that takes must not move the deadline.
        not_after = _by_own_clock(envelope.not_after, headers)
        self._all_told.clear()
        confirmed = asyncio.get_running_loop().create_future()
        # Before the job itself, so that the receipt is on its way first.
        holding = self._start(self._hold(envelope, confirmed))
        self._start(self._run(envelope, not_after, confirmed, holding))
        if self._jobs.trades(envelope.type):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TRADE_FIRST_SECONDS):
                    await self._all_told.wait()

    async def _acknowledge(self, envelope: JobEnvelope) -> bool:
        """Tells the cloud that the job is here; whether it is ours then."""
        backoff = Backoff()
        for _ in range(_ACK_ATTEMPTS):
            try:
                answer = await self._post(f"/jobs/{envelope.job_id}/ack", JobAck(attempt=envelope.attempt))
            except CloudError as error:
                if not error.passing:
                    return False
                await self._client.pause(error, backoff)
            else:
                self.give_up(answer)
                return True
        return False

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(
        self,
        envelope: JobEnvelope,
        not_after: datetime | None,
        confirmed: asyncio.Future[bool],
        holding: asyncio.Task[None],
    ) -> None:
        job_id = envelope.job_id
        try:
            try:
                payload = self._jobs.parse(envelope.type, envelope.payload)
            except ForexEliteError as error:
                if await confirmed:
                    self._jobs.refuse(job_id, envelope.type, envelope.payload, envelope.attempt, error)
                return
            await self._jobs.run(
                envelope.type,
                payload,
                job_id=job_id,
                not_after=not_after,
                attempt=envelope.attempt,
                origin="cloud",
                ours=confirmed,
            )
        except NotOurs:
            log.info("Job %s is left to whoever the cloud gives it to next", job_id)
        finally:
            holding.cancel()
            self.held.pop(job_id, None)
            self._progress.pop(job_id, None)
            self._finished.set()

    async def _hold(self, envelope: JobEnvelope, confirmed: asyncio.Future[bool]) -> None:
        """Confirms receipt, without which nothing is run: the cloud would hand the job out again. Then keeps it."""
        try:
            if not await self._acknowledge(envelope):
                return
            self.held[envelope.job_id] = envelope.attempt
            confirmed.set_result(True)
        finally:
            if not confirmed.done():
                confirmed.set_result(False)
        await self._renew(envelope)

    async def _renew(self, envelope: JobEnvelope) -> None:
        """Tells progress before the lease ends, and soon after there is any."""
        told: JobProgressed | None = None
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(min(1.0, envelope.lease_seconds / 3))
            progress = self._progress.get(envelope.job_id)
            due = time.monotonic() - renewed > envelope.lease_seconds / 3
            if not due and (progress is None or progress == told):
                continue
            request = JobResultRequest(
                status="in_progress",
                attempt=envelope.attempt,
                progress=progress.progress if progress else None,
                logs=[progress.text] if progress and progress != told else None,
            )
            with contextlib.suppress(CloudError):  # the next round tries again
                self.give_up(await self._post(f"/jobs/{envelope.job_id}/result", request))
                told, renewed = progress, time.monotonic()

    async def _report(self, record: JobRecord) -> None:
        outcome = record.outcome
        if outcome is None:
            return
        request = JobResultRequest.model_validate(
            {
                "status": outcome.status.value,
                "result": outcome.result,
                "attempt": record.attempt,
                "error_code": outcome.error_code,
                "error_detail": outcome.error_detail,
            }
        )
        try:
            answer = await self._post(f"/jobs/{record.id}/result", request)
        except CloudError as error:
            if error.passing or self._client.refuses(error):
                raise
            log.warning("The cloud does not take the outcome of job %s: %s", record.id, error.detail)
        else:
            self.give_up(answer)
        self._jobs.mark_reported(record)

    async def _post(self, path: str, request: JobAck | JobResultRequest) -> Acknowledged:
        response = await self._client.send("POST", path, body=request.model_dump_json())
        return answer_of(Acknowledged, response)

    def _on_progress(self, event: JobProgressed) -> None:
        if event.job_id in self.held and event.status is JobStatus.IN_PROGRESS:
            self._progress[event.job_id] = event


def _by_own_clock(not_after: datetime | None, headers: Mapping[str, str]) -> datetime | None:
    """Translates a deadline of the cloud's clock into this computer's, which may be minutes off."""
    if not_after is None or "date" not in headers:
        return not_after
    try:
        ahead = datetime.now(UTC) - parsedate_to_datetime(headers["date"])
    except (TypeError, ValueError):
        return not_after
    return not_after + ahead if abs(ahead) > _CLOCK_SLACK else not_after
