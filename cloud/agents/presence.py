"""Who is there: contacts of agents, and the sweep that notices silence."""

from typing import get_args
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter

from agent_core.protocol.agents import HeartbeatRequest
from agent_core.protocol.deployments import DeploymentStatus
from cloud.agents import repository
from cloud.agents.models import CurrentAgent, PresenceTimes
from cloud.db.pool import Connection, Database
from cloud.db.text import storable
from cloud.updates.notify import notify_user

_log = structlog.get_logger(__name__)
_OVERDUE = Counter("forexelite_heartbeat_failures_total", "Running EAs whose agent fell silent")
_STATUSES = frozenset(get_args(DeploymentStatus))


class Presence:
    """Keeps the status of agents and their deployments true."""

    def __init__(self, database: Database, times: PresenceTimes) -> None:
        self._database = database
        self.times = times

    async def seen(self, tx: Connection, agent: CurrentAgent, poll: UUID | None = None) -> None:
        """Notes a contact; an agent that was away is back, and the alert about it resolved.

        Args:
            tx: A service transaction.
            agent: Who is there.
            poll: Token of the agent's live poll, if this is a new one; older polls may claim no more.
        """
        if not await repository.seen(tx, agent.agent_id, poll):
            return
        notify_user(tx, agent.user_id, "agent", {"id": agent.agent_id, "status": "online"})
        resolved = await repository.resolve_offline_alert(tx, agent.agent_id)
        if resolved is not None:
            notify_user(tx, agent.user_id, "alert", {"id": resolved, "resolved": True})

    async def beat(self, tx: Connection, agent: CurrentAgent, request: HeartbeatRequest) -> None:
        """Notes a heartbeat: presence, figures and the state of each deployment."""
        await self.seen(tx, agent)
        if request.metrics:
            await repository.merge_metrics(tx, agent.agent_id, storable(request.metrics))
        for beat in request.deployments:
            if beat.status not in _STATUSES:
                _log.warning("unknown_deployment_status", agent_id=str(agent.agent_id), status=beat.status)
                continue
            row = await repository.beat(tx, user_id=agent.user_id, agent_id=agent.agent_id, beat=beat)
            if row is not None:
                notify_user(tx, agent.user_id, "deployment", dict(row))
        if request.status == "stopping":
            await repository.goodbye(tx, agent.agent_id)
            notify_user(tx, agent.user_id, "agent", {"id": agent.agent_id, "status": "offline"})

    async def sweep(self) -> None:
        """Marks what went silent offline and raises alerts. Safe to run in several processes."""
        async with self._database.as_service() as tx:
            for row in await repository.sweep_agents(tx, self.times.silent):
                notify_user(tx, row["user_id"], "agent", {"id": row["id"], "status": "offline"})
            for row in await repository.sweep_deployments(tx, self.times.heartbeat_overdue):
                _OVERDUE.inc()
                notify_user(tx, row["user_id"], "deployment", _without_user(row))
            for row in await repository.alert_absent(tx, self.times.alert):
                notify_user(tx, row["user_id"], "alert", _without_user(row))


def _without_user(row: asyncpg.Record) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "user_id"}
