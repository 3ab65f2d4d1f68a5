"""The agent's side of the queue: long poll, receipt, results, leases.

Four things keep a job from being lost or done twice: one live poll an agent, a caller that vanished claims nothing,
a short lease until the agent confirms receipt, and the attempt as fencing token of every write-back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import Acknowledged, JobEnvelope, JobResultRequest, NoJobs
from cloud.db.pool import Connection, Database
from cloud.db.text import storable
from cloud.jobs import repository
from cloud.jobs.models import JobRecord, JobTimes
from cloud.jobs.settlement import Settlement
from cloud.jobs.wakeups import Wakeups, wait_for

MAX_LOG_LINES = 500


Arrival = Callable[[Connection, UUID], Awaitable[None]]


@dataclass(slots=True)
class Caller:
    """The agent's connection behind a poll.

    Attributes:
        wake: Ends the current wait.
        gone: The connection is closed; nothing may be claimed for it.
    """

    gone: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def leave(self) -> None:
        """Called when the connection closes."""
        self.gone = True
        self.wake.set()


class JobDelivery:
    """Hands jobs to agents and takes their reports."""

    def __init__(self, database: Database, settlement: Settlement, work: Wakeups, times: JobTimes) -> None:
        self._database = database
        self._settlement = settlement
        self._work = work
        self.times = times

    @property
    def waiting(self) -> frozenset[UUID]:
        """Agents whose poll waits in this process."""
        return self._work.keys

    async def next_job(self, agent_id: UUID, wait: float, caller: Caller, arrive: Arrival) -> JobEnvelope | NoJobs:
        """Long poll: the next job, or none within the wait. A newer poll of the same agent ends this one.

        Args:
            agent_id: Whose jobs.
            wait: Seconds to wait at most.
            caller: Its `wake` ends the wait early; once `gone`, nothing is claimed.
            arrive: Notes that the agent is there, with the token of its live poll.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + min(max(wait, 0), self.times.poll)
        token = uuid4()
        with self._work.subscribe(agent_id, caller.wake, str(token)):
            # A claim that a crash undoes is made again, by the same agent, which knows the job by its id.
            async with self._database.as_service(durable=False) as tx:
                await arrive(tx, token)
                repository.announce_poll(tx, agent_id, token)
                await self._settle(tx, agent_id)
                answer = await self._claim(tx, agent_id, token)
            looked = clock()
            while answer is None and (remaining := end - clock()) > 0:
                woken = await wait_for(caller.wake, min(remaining, self.times.unheard, self.times.requery))
                if caller.gone:
                    break
                if not woken and self._database.listening and clock() - looked < self.times.requery:
                    continue
                looked = clock()
                if not woken:
                    # Time passes while a poll waits, not when it is woken for new work.
                    async with self._database.as_service() as tx:
                        await self._settle(tx, agent_id)
                async with self._database.as_service_once() as tx:
                    answer = await self._claim(tx, agent_id, token)
        if caller.gone and isinstance(answer, JobEnvelope):
            async with self._database.as_service() as tx:
                await repository.release(tx, answer.job_id, answer.attempt)
            return NoJobs()
        return answer or NoJobs()

    async def _claim(self, tx: Connection, agent_id: UUID, token: UUID) -> JobEnvelope | NoJobs | None:
        """What there is for a poll; null when it may go on waiting."""
        claim = await repository.claim(tx, agent_id, token, self.times.delivery_lease)
        job = claim.job
        if job is None:
            return None if claim.live else NoJobs()
        structlog.contextvars.bind_contextvars(job_id=str(job.id))
        return JobEnvelope(
            job_id=job.id,
            type=job.type,
            payload=job.payload,
            attempt=job.attempt,
            lease_seconds=int(self.times.work_lease),
            not_after=None if claim.within is None else datetime.now(UTC) + claim.within,
        )

    async def acknowledge(self, agent_id: UUID, job_id: UUID, attempt: int) -> Acknowledged:
        """Notes that the agent received the job; from here on the work lease counts.

        Raises:
            ForexEliteError: NOT_FOUND, or STALE_ATTEMPT when the job was handed out again or is settled.
        """
        async with self._database.as_service_once() as tx:
            to_cancel = await repository.acknowledge(tx, agent_id, job_id, attempt, self.times.work_lease)
        if to_cancel is None:
            async with self._database.as_service() as tx:
                await _fenced(tx, agent_id, job_id, attempt)
            raise _stale()
        return Acknowledged(cancel_job_ids=to_cancel)

    async def report(self, agent_id: UUID, job_id: UUID, request: JobResultRequest) -> Acknowledged:
        """Takes progress or the outcome. The first outcome stands; sent again it is acknowledged again.

        An outcome that the cloud had given up on still counts, for it is what really happened.

        Raises:
            ForexEliteError: NOT_FOUND, or STALE_ATTEMPT when the job was handed out again since.
        """
        logs = storable((request.logs or [])[-MAX_LOG_LINES:])
        async with self._database.as_service() as tx:
            if request.status == "in_progress":
                job = await _fenced(tx, agent_id, job_id, request.attempt)
                if job.final:
                    raise _stale()
                await repository.record_progress(
                    tx, job_id, progress=request.progress, logs=logs, work_lease=self.times.work_lease
                )
                return await _acknowledged(tx, agent_id)
            finished = await repository.finish(
                tx,
                agent_id,
                job_id,
                request.attempt,
                status=request.status,
                result=storable(request.result),
                error_code=storable(request.error_code),
                error_detail=storable(request.error_detail),
                logs=logs,
            )
            if finished is None:
                await _fenced(tx, agent_id, job_id, request.attempt)
                return await _acknowledged(tx, agent_id)
            job, to_cancel = finished
            await self._settlement.changed(tx, job)
        return Acknowledged(cancel_job_ids=to_cancel)

    async def renew(self, tx: Connection, agent_id: UUID, held: dict[UUID, int]) -> list[UUID]:
        """Renews the leases of held jobs; returns those that the agent should give up."""
        await repository.renew(tx, agent_id, held, self.times.work_lease)
        return await repository.to_cancel(tx, agent_id)

    async def settle_overdue(self) -> None:
        """Settles what ran out of time for all agents; wakes those that have something to do again."""
        async with self._database.as_service() as tx:
            await self._settle(tx, None)

    async def _settle(self, tx: Connection, agent_id: UUID | None) -> None:
        for job in await repository.settle(tx, agent_id, self.times):
            await self._settlement.changed(tx, job)


async def _fenced(tx: Connection, agent_id: UUID, job_id: UUID, attempt: int) -> JobRecord:
    job = await repository.get_for_agent(tx, agent_id, job_id)
    if job is None:
        raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such job for this agent.")
    if attempt < 1 or job.attempt != attempt:
        raise _stale()
    return job


def _stale() -> ForexEliteError:
    return ForexEliteError(ErrorCode.STALE_ATTEMPT, "This attempt is over: the job was handed out again or is settled.")


async def _acknowledged(tx: Connection, agent_id: UUID) -> Acknowledged:
    return Acknowledged(cancel_job_ids=await repository.to_cancel(tx, agent_id))
