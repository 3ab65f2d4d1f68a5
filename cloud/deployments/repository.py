"""All SQL of deployments and their logs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from agent_core.protocol.deployments import Deployment, LogLine
from agent_core.protocol.ea import VersionStatus
from cloud.db.pool import Connection

_SELECT = """select d.id, d.ea_version_id as version_id, d.agent_id, d.broker_connection_id, d.symbol, d.timeframe,
        d.status, d.last_error, d.last_heartbeat_at, d.inputs, d.allow_trading, d.created_at,
        p.name as project_name, v.version_number
    from public.ea_deployments d
    join public.ea_versions v on v.id = d.ea_version_id join public.ea_projects p on p.id = v.ea_project_id"""


@dataclass(frozen=True, slots=True)
class VersionSource:
    """A version with what an agent needs to compile it."""

    id: UUID
    project_id: UUID
    project_name: str
    version_number: int
    code: str
    status: VersionStatus
    diagnostics: list[dict[str, Any]]


def _deployment(row: asyncpg.Record) -> Deployment:
    return Deployment.model_validate(dict(row))


async def version_source(tx: Connection, user_id: UUID, version_id: UUID) -> VersionSource | None:
    """Reads a version of the user."""
    row = await tx.fetchrow(
        """select v.id, p.id as project_id, p.name as project_name, v.version_number, v.source_code ->> 'code' as code,
                  v.status, v.diagnostics
           from public.ea_versions v join public.ea_projects p on p.id = v.ea_project_id
           where v.id = $1 and v.user_id = $2""",
        version_id, user_id,
    )  # fmt: skip
    return VersionSource(**dict(row)) if row else None


async def agent_of_connection(tx: Connection, user_id: UUID, connection_id: UUID) -> tuple[str, UUID | None] | None:
    """Type and agent of a broker connection of the user."""
    row = await tx.fetchrow(
        "select type, agent_id from public.broker_connections where id = $1 and user_id = $2", connection_id, user_id
    )
    return (row["type"], row["agent_id"]) if row else None


async def account_number(tx: Connection, connection_id: UUID | None) -> str | None:
    """The account that a deployment is meant for; null when its connection is gone."""
    number: str | None = await tx.fetchval(
        "select account_number from public.broker_connections where id = $1", connection_id
    )
    return number


async def insert(tx: Connection, user_id: UUID, values: dict[str, Any]) -> bool:
    """Adds a deployment. False: its id is taken."""
    added = await tx.fetchval(
        """insert into public.ea_deployments (id, user_id, ea_version_id, broker_connection_id, agent_id, symbol,
               timeframe, inputs, allow_trading)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing returning id""",
        values["id"], user_id, values["version_id"], values["broker_connection_id"], values["agent_id"],
        values["symbol"], values["timeframe"], values["inputs"], values["allow_trading"],
    )  # fmt: skip
    return added is not None


async def get(tx: Connection, user_id: UUID, deployment_id: UUID) -> Deployment | None:
    """Reads a deployment of the user."""
    row = await tx.fetchrow(f"{_SELECT} where d.id = $1 and d.user_id = $2", deployment_id, user_id)
    return _deployment(row) if row else None


async def page(tx: Connection, user_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int) -> list[Deployment]:
    """Deployments of the user, newest first."""
    rows = await tx.fetch(
        f"""{_SELECT}
            where d.user_id = $1 and ($2::timestamptz is null or (d.created_at, d.id) < ($2, $3))
            order by d.created_at desc, d.id desc limit $4""",
        user_id, before[0] if before else None, before[1] if before else None, limit,
    )  # fmt: skip
    return [_deployment(row) for row in rows]


async def set_status(
    tx: Connection, user_id: UUID, deployment_id: UUID, *, status: str | None, last_error: str | None
) -> asyncpg.Record | None:
    """Notes a new state; null keeps the status. Returns id, status and last_error."""
    return await tx.fetchrow(
        """update public.ea_deployments set status = coalesce($3, status), last_error = $4, updated_at = now(),
               last_heartbeat_at = case when $3 = 'running' then now() else last_heartbeat_at end
           where id = $1 and user_id = $2 returning id, status, last_error""",
        deployment_id, user_id, status, last_error,
    )  # fmt: skip


async def logs(tx: Connection, deployment_id: UUID, *, before: int | None, limit: int) -> list[tuple[int, LogLine]]:
    """The last lines before a line, newest last, each with its number."""
    rows = await tx.fetch(
        """select id, logged_at as timestamp, level, message from public.deployment_logs
           where deployment_id = $1 and ($2::bigint is null or id < $2) order by id desc limit $3""",
        deployment_id, before, limit,
    )  # fmt: skip
    return [(row["id"], LogLine.model_validate(dict(row))) for row in reversed(rows)]
