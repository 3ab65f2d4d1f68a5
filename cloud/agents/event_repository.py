"""All SQL by which uploaded events are stored and applied. Every statement is bound to the agent's user."""

from datetime import datetime
from uuid import UUID

from agent_core.protocol.agents import AgentEvent
from cloud.agents.event_data import DeploymentReported, EaLog, JobReported, VersionSaved
from cloud.agents.models import CurrentAgent
from cloud.db.pool import Connection


async def lock_stored_through(tx: Connection, agent_id: UUID) -> int:
    """Highest event stored without a gap; other uploads of the agent wait until this transaction ends."""
    stored = await tx.fetchval("select stored_through from public.mt5_agents where id = $1 for no key update", agent_id)
    return int(stored)


async def store(tx: Connection, agent: CurrentAgent, events: list[AgentEvent]) -> None:
    """Appends events and moves the mark."""
    await tx.executemany(
        """insert into public.agent_events (agent_id, seq, user_id, kind, data, happened_at)
           values ($1, $2, $3, $4, $5, $6)""",
        [(agent.agent_id, event.seq, agent.user_id, event.kind, event.data, event.at) for event in events],
    )
    await tx.execute("update public.mt5_agents set stored_through = $2 where id = $1", agent.agent_id, events[-1].seq)


async def save_project(tx: Connection, user_id: UUID, project_id: UUID, name: str) -> None:
    """Adds or renames a project of the user; a foreign one stays untouched."""
    await tx.execute(
        """insert into public.ea_projects as p (id, user_id, name) values ($1, $2, $3)
           on conflict (id) do update set name = excluded.name where p.user_id = excluded.user_id""",
        project_id, user_id, name,
    )  # fmt: skip


async def save_version(tx: Connection, user_id: UUID, version: VersionSaved) -> None:
    """Adds a version, once. Should its number be taken by one made elsewhere meanwhile, it gets the next."""
    await tx.fetchval(
        "select id from public.ea_projects where id = $1 and user_id = $2 for no key update",
        version.project_id, user_id,
    )  # fmt: skip
    source: dict[str, object] = {
        "template": None, "code": version.source_code, "config": {}, "prompt": None, "answer": None, "brief": None,
        "sha256": version.sha256, "origin": version.origin,
    }  # fmt: skip
    await tx.execute(
        """insert into public.ea_versions (id, user_id, ea_project_id, version_number, source_code)
           select $1, $2, p.id,
               case when exists (select 1 from public.ea_versions
                                 where ea_project_id = p.id and version_number = $4)
                   then (select max(version_number) + 1 from public.ea_versions where ea_project_id = p.id)
                   else $4 end,
               $5
           from public.ea_projects p where p.id = $3 and p.user_id = $2
           on conflict (id) do nothing""",
        version.version_id, user_id, version.project_id, version.version_number, source,
    )  # fmt: skip


async def save_deployment(tx: Connection, agent: CurrentAgent, deployment: DeploymentReported) -> bool:
    """Adds a deployment made on the desktop, or notes its new state. False: not the user's.

    A computer that was paired anew is another agent; it takes over what its unpaired predecessor ran.
    """
    saved = await tx.fetchval(
        """insert into public.ea_deployments as d (id, user_id, ea_version_id, broker_connection_id, agent_id, symbol,
               timeframe, inputs, allow_trading, status, last_error, last_heartbeat_at)
           select $1, $2, v.id, $4, $5, $6, $7, $8, $9, $10, $11, case when $10 = 'running' then now() end
           from public.ea_versions v where v.id = $3 and v.user_id = $2
           on conflict (id) do update set status = excluded.status, last_error = excluded.last_error,
               agent_id = excluded.agent_id, updated_at = now(),
               last_heartbeat_at = coalesce(excluded.last_heartbeat_at, d.last_heartbeat_at)
           where d.user_id = excluded.user_id and (d.agent_id = excluded.agent_id or not exists (
               select 1 from public.mt5_agents a where a.id = d.agent_id and a.revoked_at is null))
           returning id""",
        deployment.deployment_id, agent.user_id, deployment.version_id, await connection_of(tx, agent),
        agent.agent_id, deployment.symbol, deployment.timeframe, deployment.inputs, deployment.allow_trading,
        deployment.status, deployment.last_error,
    )  # fmt: skip
    return saved is not None


async def connection_of(tx: Connection, agent: CurrentAgent) -> UUID | None:
    """The broker connection that goes through this agent; of several, that of the account its terminal is in."""
    found: UUID | None = await tx.fetchval(
        """select c.id from public.broker_connections c join public.mt5_agents a on a.id = c.agent_id
           where c.agent_id = $1 and c.user_id = $2
           order by c.account_number is not distinct from a.metrics -> 'account' ->> 'account_number' desc,
               c.is_active desc, c.created_at desc
           limit 1""",
        agent.agent_id, agent.user_id,
    )  # fmt: skip
    return found


async def add_log(tx: Connection, agent: CurrentAgent, log: EaLog, seq: int, at: datetime) -> None:
    """Adds a line to the log of one of this agent's deployments."""
    await tx.execute(
        """insert into public.deployment_logs (user_id, deployment_id, agent_id, seq, level, message, logged_at)
           select $1, d.id, $2, $4, $5, $6, $7 from public.ea_deployments d
           where d.id = $3 and d.user_id = $1 and d.agent_id = $2""",
        agent.user_id, agent.agent_id, log.deployment_id, seq, log.level, log.message, at,
    )  # fmt: skip


async def add_job(tx: Connection, agent: CurrentAgent, job: JobReported, at: datetime) -> None:
    """Adds a job that began on the desktop; one that the cloud gave out is here already."""
    await tx.execute(
        """insert into public.jobs (id, user_id, agent_id, type, status, payload, result, error_code, error_detail,
               origin, attempt, acknowledged, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'agent', 1, true, $10) on conflict (id) do nothing""",
        job.job_id, agent.user_id, agent.agent_id, job.type.value, job.status, job.payload, job.result,
        job.error_code, job.error_detail, at,
    )  # fmt: skip


async def add_alert(tx: Connection, user_id: UUID, level: str, message: str, at: datetime) -> UUID:
    """Adds an alert that the agent raised."""
    alert_id: UUID = await tx.fetchval(
        """insert into public.alerts (user_id, kind, level, message, created_at) values ($1, 'agent', $2, $3, $4)
           returning id""",
        user_id, level, message, at,
    )  # fmt: skip
    return alert_id
