"""The user's side of the queue: put work in, wait for it, look at it, cancel it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from pydantic import BaseModel

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import JobStatus, JobType
from cloud.auth.claims import Claims
from cloud.db.gone import DATABASE_GONE, is_gone
from cloud.db.pool import Connection, Database
from cloud.jobs import repository
from cloud.jobs.models import AgentContact, JobRecord, JobTimes, ResultHook
from cloud.jobs.settlement import Settlement
from cloud.jobs.wakeups import Wakeups, wait_for
from cloud.pages import PAGE_SIZE, Place


class JobService:
    """Jobs of users for their agents."""

    def __init__(self, database: Database, settlement: Settlement, finished: Wakeups, times: JobTimes) -> None:
        self._database = database
        self._settlement = settlement
        self._finished = finished
        self.times = times

    @property
    def on_result(self) -> dict[JobType, ResultHook]:
        """What domains do with final jobs; each domain enters its types when the app is built."""
        return self._settlement.on_result

    async def enqueue(
        self,
        user: Claims | UUID,
        agent_id: UUID,
        type: JobType,  # noqa: A002 - the wire's name
        payload: BaseModel,
        *,
        within: timedelta | None = None,
    ) -> UUID:
        """Puts a job into the queue and returns its id.

        Args:
            user: Who wants it.
            agent_id: Which agent shall do it; it may be offline.
            type: What to do.
            payload: The payload model that belongs to the type.
            within: The agent never begins the job later than so long from now.

        Raises:
            ForexEliteError: NOT_FOUND, the user has no such agent.
        """
        async with self._database.as_service() as tx:
            return await self.enqueue_in(tx, _id_of(user), agent_id, type, payload, job_id=uuid4(), within=within)

    async def enqueue_in(
        self,
        tx: Connection,
        user_id: UUID,
        agent_id: UUID,
        type: JobType,  # noqa: A002 - the wire's name
        payload: BaseModel,
        *,
        job_id: UUID,
        within: timedelta | None = None,
    ) -> UUID:
        """`enqueue` as part of the caller's service transaction."""
        structlog.contextvars.bind_contextvars(job_id=str(job_id))
        agent = await repository.insert(
            tx, job_id=job_id, user_id=user_id, agent_id=agent_id, type=type, payload=payload, within=within
        )
        if agent is None:
            raise _no_such_agent()
        return job_id

    async def run_and_wait(
        self,
        user: Claims | UUID,
        agent_id: UUID,
        type: JobType,  # noqa: A002 - the wire's name
        payload: BaseModel,
        deadline_seconds: float | None = None,
        *,
        grace_seconds: float | None = None,
    ) -> JobRecord:
        """Has the agent do something now and returns the completed job.

        Args:
            user: Who wants it.
            agent_id: Which agent shall do it.
            type: What to do.
            payload: The payload model that belongs to the type.
            deadline_seconds: The agent doesn't begin the job later than this.
            grace_seconds: Time a job that was begun has beyond the deadline.

        Raises:
            ForexEliteError: AGENT_OFFLINE or JOB_EXPIRED when nothing was done, OUTCOME_UNKNOWN when the agent has
                the job and keeps silent, NOT_FOUND for a foreign agent, or the error that the agent reported.
            ConnectionResetError: a crash of the database took the job away; the agent may have it.
        """
        deadline = self.times.deadline if deadline_seconds is None else deadline_seconds
        grace = self.times.grace if grace_seconds is None else grace_seconds
        job_id = uuid4()
        structlog.contextvars.bind_contextvars(job_id=str(job_id))
        user_id = _id_of(user)
        with self._finished.subscribe(job_id) as wake:
            # Whoever waits here hears of a crash; the agent's receipt, which is durable, makes this so too.
            async with self._database.as_service_once() as tx:
                agent = await repository.insert(
                    tx, job_id=job_id, user_id=user_id, agent_id=agent_id, type=type, payload=payload,
                    within=timedelta(seconds=deadline), only_online=True,
                )  # fmt: skip
            if agent is None:
                raise _no_such_agent()
            if not agent.online:
                raise _agent_offline(agent)
            job = await self._wait(job_id, wake, deadline)
            if job.status is JobStatus.PENDING:
                job = await self._expire(job, agent)
            if not job.final:
                job = await self._wait(job_id, wake, grace)
        return _completed(job)

    async def get(self, claims: Claims, job_id: UUID) -> JobRecord:
        """Reads a job of the user.

        Raises:
            ForexEliteError: NOT_FOUND.
        """
        async with self._database.as_user(claims) as tx:
            job = await repository.get(tx, job_id)
        if job is None:
            raise _no_such_job()
        return job

    async def page(self, claims: Claims, before: Place | None, status: JobStatus | None) -> list[JobRecord]:
        """Reads the user's jobs, newest first."""
        async with self._database.as_user(claims) as tx:
            return await repository.page(tx, claims.user_id, before=before, limit=PAGE_SIZE, status=status)

    async def cancel(self, claims: Claims, job_id: UUID) -> JobRecord:
        """Cancels a waiting job at once and asks the agent to give up a running one; a final one stays as it is.

        Raises:
            ForexEliteError: NOT_FOUND.
        """
        async with self._database.as_service() as tx:
            job = await repository.request_cancel(tx, claims.user_id, job_id)
            if job is None:
                raise _no_such_job()
            if job.cancel_requested:
                await self._settlement.changed(tx, job)
        return job

    async def _wait(self, job_id: UUID, wake: asyncio.Event, seconds: float) -> JobRecord:
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        while True:
            await wait_for(wake, max(0.0, min(end - clock(), 2.0)))
            try:
                async with self._database.as_service_once() as tx:
                    job = await repository.get(tx, job_id)
            except DATABASE_GONE as error:
                # It may be back, and the outcome with it, before the time is over.
                if not is_gone(error) or clock() >= end:
                    raise
                continue
            if job is None:
                raise ConnectionResetError("The database crashed and lost the job.")
            if job.final or clock() >= end:
                return job

    async def _expire(self, job: JobRecord, agent: AgentContact) -> JobRecord:
        never_taken = job.attempt == 0
        code = ErrorCode.AGENT_OFFLINE if never_taken else ErrorCode.JOB_EXPIRED
        detail = _agent_offline(agent).detail if never_taken else "The agent did not begin in time; nothing was done."
        async with self._database.as_service() as tx:
            expired = await repository.expire_unclaimed(tx, job.id, code, detail)
            if expired is None:
                return await repository.get(tx, job.id) or job
            await self._settlement.changed(tx, expired)
            return expired


def _agent_offline(agent: AgentContact) -> ForexEliteError:
    seen = f"Last seen: {agent.last_seen_at:%Y-%m-%d %H:%M:%S} UTC." if agent.last_seen_at else "It was never seen."
    return ForexEliteError(
        ErrorCode.AGENT_OFFLINE, f"MT5 Agent offline. {seen} Start ForexElite Pro on its computer and try again."
    )


def _no_such_agent() -> ForexEliteError:
    return ForexEliteError(ErrorCode.NOT_FOUND, "There is no such agent. Pair one in Settings.", field="agent_id")


def _completed(job: JobRecord) -> JobRecord:
    if job.status is JobStatus.COMPLETED:
        return job
    if not job.final:
        raise ForexEliteError(
            ErrorCode.OUTCOME_UNKNOWN,
            "The agent took this request but has not reported yet; look at positions and orders before trying again.",
        )
    if job.status is JobStatus.CANCELLED:
        raise ForexEliteError(ErrorCode.CONFLICT, "The job was cancelled before it was done.")
    if job.status is JobStatus.EXPIRED and job.error_code is None:
        raise ForexEliteError(ErrorCode.JOB_EXPIRED, "The agent did not begin in time; nothing was done. Try again.")
    raise ForexEliteError(_code_of(job.error_code), job.error_detail or _NO_REASON)


_NO_REASON = "The agent could not do this and gave no reason. See its log."


def _code_of(text: Any) -> ErrorCode:
    try:
        return ErrorCode(text)
    except ValueError:
        return ErrorCode.ORDER_REFUSED


def _id_of(user: Claims | UUID) -> UUID:
    return user.user_id if isinstance(user, Claims) else user


def _no_such_job() -> ForexEliteError:
    return ForexEliteError(ErrorCode.NOT_FOUND, "There is no such job.")
