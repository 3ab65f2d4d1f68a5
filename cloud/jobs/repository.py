"""All SQL of jobs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from agent_core.protocol.errors import ErrorCode
from agent_core.protocol.jobs import JobType
from cloud.db.pool import WAITS_FOR_DISK, Connection
from cloud.jobs.models import AgentContact, JobRecord, JobTimes

WORK_CHANNEL = "agent_jobs"
"""Payload: id of the agent that has something new to do; a new poll adds its token, for it need not wake itself."""
DONE_CHANNEL = "job_done"
"""Payload: id of a job that became final. The database itself tells of jobs on both (migration 0061)."""

KEY_ENDED_CHANNEL = "agent_keys"
"""Payload: id of an agent whose key has just ended, whoever ended it: its poll waits for nothing any more."""

_COLUMNS = """id, user_id, agent_id, type, status, payload, result, error_code, error_detail, progress, attempt,
    acknowledged, cancel_requested, created_at, updated_at"""

#: Beside a job of agent $1 that it reports: what that agent worked on until now and should give up.
_TO_CANCEL = """array(select other.id from public.jobs other
    where other.agent_id = $1 and other.status = 'in_progress' and other.cancel_requested)"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a poll found.

    Attributes:
        live: No newer poll of the agent has begun; it is paired.
        job: The job that was handed out, if there was one.
        within: How long it may still be begun; null for ever.
    """

    live: bool
    job: JobRecord | None = None
    within: timedelta | None = None


def _record(row: asyncpg.Record) -> JobRecord:
    return JobRecord.model_validate(dict(row))


async def insert(
    tx: Connection,
    *,
    job_id: UUID,
    user_id: UUID,
    agent_id: UUID,
    type: JobType,  # noqa: A002 - the column's name
    payload: BaseModel,
    within: timedelta | None,
    only_online: bool = False,
) -> AgentContact | None:
    """Puts a job into the queue, which wakes the agent's poll; if `only_online`, not for one that is offline.

    Its end counts from the database's clock, which is the one that judges it, however wrong another's may be.

    Returns the agent's last contact; null where the user has no such agent.
    """
    row = await tx.fetchrow(
        """with agent as (
               select id, status <> 'offline' as online, last_seen_at from public.mt5_agents
               where id = $3 and user_id = $2 and revoked_at is null
           ), job as (
               insert into public.jobs (id, user_id, agent_id, type, payload, not_after)
               select $1, $2, id, $4, $5, now() + $6::interval from agent where online or not $7
           )
           select online, last_seen_at from agent""",
        job_id, user_id, agent_id, type.value, payload.model_dump(mode="json"), within, only_online,
    )  # fmt: skip
    return AgentContact(row["online"], row["last_seen_at"]) if row else None


def wake_agent(tx: Connection, agent_id: UUID) -> None:
    """Wakes the agent's waiting polls, in every process, at commit; a new job does that by itself."""
    tx.notify(WORK_CHANNEL, str(agent_id))


async def get(tx: Connection, job_id: UUID) -> JobRecord | None:
    """Reads one job, as far as the caller's role may see it."""
    row = await tx.fetchrow(f"select {_COLUMNS} from public.jobs where id = $1", job_id)  # noqa: S608
    return _record(row) if row else None


async def get_for_agent(tx: Connection, agent_id: UUID, job_id: UUID) -> JobRecord | None:
    """Reads and locks a job of this agent."""
    row = await tx.fetchrow(
        f"select {_COLUMNS} from public.jobs where id = $1 and agent_id = $2 for update",  # noqa: S608
        job_id, agent_id,
    )  # fmt: skip
    return _record(row) if row else None


async def page(
    tx: Connection, user_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int, status: str | None
) -> list[JobRecord]:
    """Jobs of the user without mere readings, newest first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from public.jobs
            where user_id = $1 and type <> 'probe' and ($2::text is null or status = $2)
              and ($3::timestamptz is null or (created_at, id) < ($3, $4))
            order by created_at desc, id desc limit $5""",  # noqa: S608
        user_id, status, before[0] if before else None, before[1] if before else None, limit,
    )  # fmt: skip
    return [_record(row) for row in rows]


def announce_poll(tx: Connection, agent_id: UUID, token: UUID) -> None:
    """Wakes the agent's older polls, in every process, at commit: this one is the live one now."""
    tx.notify(WORK_CHANNEL, f"{agent_id} {token}")


async def claim(tx: Connection, agent_id: UUID, token: UUID, delivery_lease: float) -> Claim:
    """Hands out the next job under a short delivery lease: trading before EA work, then in order.

    Newer polls of the agent are held back until the transaction ends.
    """
    row = await tx.fetchrow(
        f"""with live as (
                select id from public.mt5_agents
                where id = $1 and poll_token = $3 and revoked_at is null for share
            ), candidate as (
                select id as candidate_id from public.jobs
                where agent_id = $1 and status = 'pending' and not cancel_requested
                  and run_after <= now() and (not_after is null or not_after > now())
                  and exists (select from live)
                order by type in ('compile', 'deploy', 'start', 'stop', 'test'), created_at
                limit 1 for update skip locked
            ), claimed as (
                update public.jobs set status = 'in_progress', attempt = attempt + 1, acknowledged = false,
                    lease_until = now() + $2, updated_at = now()
                from candidate where id = candidate_id
                returning {_COLUMNS}, not_after - now() as within
            )
            select exists (select from live) as live, claimed.* from (select) as always left join claimed on true""",  # noqa: S608
        agent_id, timedelta(seconds=delivery_lease), token,
    )  # fmt: skip
    assert row is not None  # noqa: S101 - the query always has one
    return Claim(row["live"], _record(row), row["within"]) if row["id"] else Claim(row["live"])


async def release(tx: Connection, job_id: UUID, attempt: int) -> None:
    """Takes back a claim whose caller is gone; it does not count as one of the job's attempts."""
    await tx.execute(
        """update public.jobs set status = 'pending', lease_until = null, max_attempts = max_attempts + 1,
               updated_at = now()
           where id = $1 and attempt = $2 and status = 'in_progress' and not acknowledged""",
        job_id, attempt,
    )  # fmt: skip


async def acknowledge(
    tx: Connection, agent_id: UUID, job_id: UUID, attempt: int, work_lease: float
) -> list[UUID] | None:
    """Turns the delivery lease into a work lease. The agent may begin then, so a crash must not undo it.

    Returns:
        Jobs that the agent should give up; null when this attempt is not the current one of a job that goes on.
    """
    row = await tx.fetchrow(
        f"""update public.jobs set status = 'in_progress', acknowledged = true, lease_until = now() + $4,
                updated_at = now()
            where id = $2 and agent_id = $1 and attempt = $3 and attempt > 0 and status in ('pending', 'in_progress')
            returning {_TO_CANCEL} as to_cancel, case when type <> 'probe' then {WAITS_FOR_DISK} end""",  # noqa: S608
        agent_id, job_id, attempt, timedelta(seconds=work_lease),
    )  # fmt: skip
    return row["to_cancel"] if row else None


async def record_progress(
    tx: Connection, job_id: UUID, *, progress: float | None, logs: list[str], work_lease: float
) -> None:
    """Stores progress and log lines, renews the work lease."""
    await tx.execute(
        """update public.jobs set status = 'in_progress', acknowledged = true, lease_until = now() + $2,
               progress = coalesce($3, progress), logs = logs || $4, updated_at = now()
           where id = $1""",
        job_id, timedelta(seconds=work_lease), progress, logs,
    )  # fmt: skip


async def finish(
    tx: Connection,
    agent_id: UUID,
    job_id: UUID,
    attempt: int,
    *,
    status: str,
    result: dict[str, Any],
    error_code: str | None,
    error_detail: str | None,
    logs: list[str],
) -> tuple[JobRecord, list[UUID]] | None:
    """Stores what the agent reported as final.

    Returns:
        The job, and the jobs that the agent should give up; null when this attempt is not the current one, or was
        reported before.
    """
    row = await tx.fetchrow(
        f"""update public.jobs set status = $4, result = $5, error_code = $6, error_detail = $7, logs = logs || $8,
                progress = case when $4 = 'completed' then 1 else progress end, lease_until = null,
                updated_at = now()
            where id = $2 and agent_id = $1 and attempt = $3 and attempt > 0
              and (status in ('pending', 'in_progress') or result is null)
            returning {_COLUMNS}, {_TO_CANCEL} as to_cancel""",  # noqa: S608
        agent_id, job_id, attempt, status, result, error_code, error_detail, logs,
    )  # fmt: skip
    return (_record(row), [other for other in row["to_cancel"] if other != job_id]) if row else None


async def renew(tx: Connection, agent_id: UUID, held: dict[UUID, int], work_lease: float) -> None:
    """Renews the work leases of the jobs that the agent holds under their current attempt."""
    await tx.execute(
        """update public.jobs set lease_until = now() + $4, acknowledged = true
           from unnest($2::uuid[], $3::int[]) as held (job_id, held_attempt)
           where id = job_id and attempt = held_attempt and agent_id = $1 and status = 'in_progress'""",
        agent_id, list(held), list(held.values()), timedelta(seconds=work_lease),
    )  # fmt: skip


async def to_cancel(tx: Connection, agent_id: UUID) -> list[UUID]:
    """Jobs that the agent works on and should give up."""
    rows = await tx.fetch(
        "select id from public.jobs where agent_id = $1 and status = 'in_progress' and cancel_requested", agent_id
    )
    return [row["id"] for row in rows]


async def request_cancel(tx: Connection, user_id: UUID, job_id: UUID) -> JobRecord | None:
    """Cancels a waiting job at once, asks the agent to give up a running one. Null: no such job of the user."""
    row = await tx.fetchrow(
        f"""update public.jobs set
                cancel_requested = cancel_requested or status in ('pending', 'in_progress'),
                status = case when status = 'pending' then 'cancelled' else status end,
                updated_at = now()
            where id = $1 and user_id = $2 returning {_COLUMNS}""",  # noqa: S608
        job_id, user_id,
    )  # fmt: skip
    return _record(row) if row else None


async def expire_unclaimed(tx: Connection, job_id: UUID, code: ErrorCode, detail: str) -> JobRecord | None:
    """Makes a job that no agent holds `expired`. Null: an agent holds it, or it is final."""
    row = await tx.fetchrow(
        f"""update public.jobs set status = 'expired', error_code = $2, error_detail = $3, updated_at = now()
            where id = $1 and status = 'pending' returning {_COLUMNS}""",  # noqa: S608
        job_id, code.value, detail,
    )  # fmt: skip
    return _record(row) if row else None


async def settle(tx: Connection, agent_id: UUID | None, times: JobTimes) -> list[JobRecord]:
    """Settles what ran out of time, for one agent or for all; returns the changed jobs.

    Waiting too long, or handed out but never confirmed: expired. Confirmed, then silent past its time: dead, for
    nobody knows whether it happened. Otherwise it waits again, with a growing pause, until its attempts are used up.
    """
    rows = await tx.fetch(
        f"""with overdue as (
                select id as overdue_id from public.jobs
                where ($1::uuid is null or agent_id = $1)
                  and ((status = 'pending' and not_after <= now())
                    or (status = 'in_progress' and lease_until < now()))
                for update skip locked
            ), verdict as (
                select overdue_id, case
                    when not_after <= now() and j.status = 'in_progress' and acknowledged then 'unknown'
                    when j.status = 'in_progress' and cancel_requested then 'cancelled'
                    when not_after <= now() then 'expired'
                    when attempt >= max_attempts then 'exhausted'
                    else 'again' end as word
                from overdue join public.jobs j on j.id = overdue_id
            )
            update public.jobs set
                status = case word when 'again' then 'pending' when 'cancelled' then 'cancelled'
                    when 'expired' then 'expired' else 'dead' end,
                error_code = case word when 'unknown' then 'OUTCOME_UNKNOWN' when 'expired' then 'JOB_EXPIRED'
                    when 'exhausted' then 'AGENT_OFFLINE' end,
                error_detail = case word
                    when 'unknown' then 'The agent took this job and fell silent before it reported; '
                        'look at positions and orders before trying again.'
                    when 'expired' then 'The agent did not take this job in time; nothing was done. Try again.'
                    when 'exhausted' then 'Given up: the agent took this job ' || attempt
                        || ' times and never reported a result. Check that the agent runs, then try again.' end,
                run_after = case when word = 'again' and acknowledged
                    then now() + $2::interval * power(2, least(attempt, 6) - 1) else run_after end,
                lease_until = null, updated_at = now()
            from verdict where id = overdue_id
            returning {_COLUMNS}""",  # noqa: S608
        agent_id, timedelta(seconds=times.backoff),
    )  # fmt: skip
    return [_record(row) for row in rows]
