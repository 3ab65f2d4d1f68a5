"""All SQL of agents: pairing, presence and the sweep of what went silent."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from agent_core.protocol.agents import AgentInfo, DeploymentBeat
from cloud.agents.models import AgentRow
from cloud.db.pool import Connection

_COLUMNS = """id, user_id, agent_name, status, last_seen_at, metrics, agent_key_fingerprint, key_generation,
    revoked_at, created_at"""


def _row(row: asyncpg.Record) -> AgentRow:
    return AgentRow.model_validate(dict(row))


async def insert(tx: Connection, *, agent_id: UUID, user_id: UUID, name: str, fingerprint: str) -> None:
    """Adds an agent with the first generation of its key."""
    await tx.execute(
        "insert into public.mt5_agents (id, user_id, agent_name, agent_key_fingerprint) values ($1, $2, $3, $4)",
        agent_id, user_id, name, fingerprint,
    )  # fmt: skip


async def find(tx: Connection, agent_id: UUID) -> AgentRow | None:
    """Reads an agent by id alone, unpaired ones too; for checking its key."""
    row = await tx.fetchrow(f"select {_COLUMNS} from public.mt5_agents where id = $1", agent_id)  # noqa: S608
    return _row(row) if row else None


async def page(tx: Connection, user_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int) -> list[AgentInfo]:
    """Paired agents of the user, newest first."""
    rows = await tx.fetch(
        """select id, agent_name, status, last_seen_at, metrics, created_at from public.mt5_agents
           where user_id = $1 and revoked_at is null
             and ($2::timestamptz is null or (created_at, id) < ($2, $3))
           order by created_at desc, id desc limit $4""",
        user_id, before[0] if before else None, before[1] if before else None, limit,
    )  # fmt: skip
    return [AgentInfo.model_validate(dict(row)) for row in rows]


async def lock(tx: Connection, user_id: UUID, agent_id: UUID) -> AgentRow | None:
    """Reads a paired agent of the user and holds other changes of it back."""
    row = await tx.fetchrow(
        f"""select {_COLUMNS} from public.mt5_agents
            where id = $1 and user_id = $2 and revoked_at is null for no key update""",  # noqa: S608
        agent_id, user_id,
    )  # fmt: skip
    return _row(row) if row else None


async def set_key(tx: Connection, agent_id: UUID, *, generation: int, fingerprint: str) -> None:
    """Replaces the key; polls under the old one may claim no more."""
    await tx.execute(
        """update public.mt5_agents set key_generation = $2, agent_key_fingerprint = $3, poll_token = null
           where id = $1""",
        agent_id, generation, fingerprint,
    )  # fmt: skip


async def revoke(tx: Connection, agent_id: UUID) -> None:
    """Unpairs: the key dies, its connections lose it, what waits for it is cancelled."""
    await tx.execute("update public.mt5_agents set revoked_at = now(), status = 'offline' where id = $1", agent_id)
    await tx.execute("update public.broker_connections set agent_id = null where agent_id = $1", agent_id)
    await tx.execute(
        """update public.ea_deployments set status = 'offline', updated_at = now(),
               last_error = 'Its agent was unpaired.'
           where agent_id = $1 and status in ('starting', 'running', 'stopping')""",
        agent_id,
    )
    # What may not be begun late is answered at once: whether it was done, once begun, nobody will tell any more.
    await tx.execute(
        """update public.jobs set cancel_requested = true, updated_at = now(),
               status = case when begun then 'dead' else 'cancelled' end,
               error_code = case when begun then 'OUTCOME_UNKNOWN' end,
               error_detail = case when begun then 'The agent was unpaired before it reported; look at positions and '
                   'orders before trying again.' else 'Its agent was unpaired.' end
           from (select id as job_id, status = 'in_progress' and acknowledged and not_after is not null as begun
                 from public.jobs where agent_id = $1 and status in ('pending', 'in_progress') for update) open_job
           where id = job_id""",
        agent_id,
    )
    await tx.execute(
        "update public.alerts set resolved_at = now() where subject_id = $1 and resolved_at is null", agent_id
    )


async def seen(tx: Connection, agent_id: UUID, poll: UUID | None) -> bool:
    """Notes a contact, and its live poll if that is a new one. Returns whether the agent was offline before."""
    was = await tx.fetchval(
        """update public.mt5_agents new set last_seen_at = now(), status = 'online', stopping = false,
               poll_token = coalesce($2, poll_token)
           from (select id, status from public.mt5_agents where id = $1 for no key update) old
           where new.id = old.id returning old.status""",
        agent_id,
        poll,
    )
    return bool(was == "offline")


async def goodbye(tx: Connection, agent_id: UUID) -> None:
    """Notes that the agent ends on purpose."""
    await tx.execute(
        "update public.mt5_agents set last_seen_at = now(), status = 'offline', stopping = true where id = $1", agent_id
    )


async def merge_metrics(tx: Connection, agent_id: UUID, metrics: dict[str, Any]) -> None:
    """Adds to the agent's last known figures, member by member."""
    await tx.execute("update public.mt5_agents set metrics = metrics || $2 where id = $1", agent_id, metrics)


async def beat(tx: Connection, *, user_id: UUID, agent_id: UUID, beat: DeploymentBeat) -> asyncpg.Record | None:
    """Notes one deployment's state. Null: this agent has no such deployment."""
    return await tx.fetchrow(
        """update public.ea_deployments set status = $4, last_error = $5, updated_at = now(),
               last_heartbeat_at = greatest(last_heartbeat_at, least(coalesce($6, now()), now()))
           where id = $1 and user_id = $2 and agent_id = $3 returning id, status, last_error""",
        beat.deployment_id, user_id, agent_id, beat.status, beat.last_error, beat.last_beat_at,
    )  # fmt: skip


async def resolve_offline_alert(tx: Connection, agent_id: UUID) -> UUID | None:
    """Closes the alert about the agent's absence, if there is one."""
    resolved: UUID | None = await tx.fetchval(
        """update public.alerts set resolved_at = now()
           where kind = 'agent_offline' and subject_id = $1 and resolved_at is null returning id""",
        agent_id,
    )
    return resolved


async def sweep_agents(tx: Connection, silent: float) -> list[asyncpg.Record]:
    """Marks agents without contact offline; returns them."""
    return await tx.fetch(
        """update public.mt5_agents set status = 'offline'
           where status = 'online' and last_seen_at < now() - $1::interval
           returning id, user_id, agent_name, status""",
        timedelta(seconds=silent),
    )


async def sweep_deployments(tx: Connection, heartbeat_overdue: float) -> list[asyncpg.Record]:
    """Marks running EAs that nobody hears of offline; returns them."""
    return await tx.fetch(
        """update public.ea_deployments d set status = 'offline', updated_at = now()
           from public.mt5_agents a
           where d.agent_id = a.id and d.status in ('starting', 'running', 'stopping')
             and (a.status = 'offline'
                  or coalesce(d.last_heartbeat_at, d.updated_at) < now() - $1::interval)
           returning d.id, d.user_id, d.status, d.last_error""",
        timedelta(seconds=heartbeat_overdue),
    )


async def alert_absent(tx: Connection, after: float) -> list[asyncpg.Record]:
    """Raises one alert for each agent that stays away, unless it left on purpose with no EA running."""
    return await tx.fetch(
        """insert into public.alerts (user_id, kind, level, message, subject_id)
           select a.user_id, 'agent_offline', 'warning',
               'Agent ' || a.agent_name || ' has been offline since '
                   || to_char(a.last_seen_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
                   || ' UTC. Check that its computer and ForexElite Pro run; EAs there are not watched meanwhile.',
               a.id
           from public.mt5_agents a
           where a.status = 'offline' and a.revoked_at is null and a.last_seen_at < now() - $1::interval
             and (not a.stopping or exists (
                 select 1 from public.ea_deployments d where d.agent_id = a.id and d.status = 'offline'))
           on conflict (kind, subject_id) where resolved_at is null do nothing
           returning id, user_id, level, message""",
        timedelta(seconds=after),
    )


async def fleet(tx: Connection) -> list[tuple[str, str, int]]:
    """How many agents and deployments there are in each status: ("agents" or "deployments", status, number)."""
    rows = await tx.fetch(
        """select 'agents' as kind, status, count(*) from public.mt5_agents where revoked_at is null group by status
           union all select 'deployments', status, count(*) from public.ea_deployments group by status"""
    )
    return [(row["kind"], row["status"], row["count"]) for row in rows]
