"""Takes the agents' event logs: in order, each event stored and applied exactly once."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog
from pydantic import ValidationError

from agent_core.protocol.agents import AgentEvent, EventBatch, EventsAnswer
from cloud.agents import event_repository
from cloud.agents.appliers import APPLIERS, Change
from cloud.agents.models import CurrentAgent
from cloud.agents.presence import Presence
from cloud.db.pool import Connection, Database
from cloud.db.text import storable
from cloud.updates.notify import notify_user

_log = structlog.get_logger(__name__)
_UNFIT = (
    ValidationError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError
)  # fmt: skip


class EventIntake:
    """Stores batches. Uploads of one agent follow one another, whatever arrives in parallel or twice."""

    def __init__(self, database: Database, presence: Presence) -> None:
        self._database = database
        self._presence = presence

    async def store(self, agent: CurrentAgent, batch: EventBatch) -> EventsAnswer:
        """Stores what follows on what is stored; the answer tells the agent where to go on.

        An empty batch just asks. Events behind a gap are left for the agent to send again.
        """
        async with self._database.as_service() as tx:
            await self._presence.seen(tx, agent)
            stored = await event_repository.lock_stored_through(tx, agent.agent_id)
            fresh = _without_gap(batch.events, stored)
            answer = _answer(batch.events, fresh[-1].seq if fresh else stored)
            if not fresh:
                return answer
            changes: dict[tuple[str, str], dict[str, Any]] = {}
            for change in await _apply_all(tx, agent, fresh):
                if change is not None:
                    kind, data = change
                    changes[kind, str(next(iter(data.values())))] = data
            await event_repository.store(tx, agent, fresh)
            for (kind, _), data in changes.items():
                notify_user(tx, agent.user_id, kind, data)
            return answer


def _without_gap(events: list[AgentEvent], stored: int) -> list[AgentEvent]:
    fresh: list[AgentEvent] = []
    for event in sorted(events, key=lambda item: item.seq):
        expected = stored + len(fresh) + 1
        if event.seq > expected:
            break
        if event.seq == expected:
            fresh.append(event.model_copy(update={"data": storable(event.data), "at": _with_zone(event.at)}))
    return fresh


def _answer(events: list[AgentEvent], stored: int) -> EventsAnswer:
    behind_a_gap = [event.seq for event in events if event.seq > stored]
    return EventsAnswer(stored_through=stored, missing=(stored + 1, min(behind_a_gap) - 1) if behind_a_gap else None)


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _apply_all(tx: Connection, agent: CurrentAgent, events: list[AgentEvent]) -> list[Change | None]:
    """Applies events in one piece, as nearly always all can be; else one by one, to leave out those that can't."""
    try:
        async with tx.savepoint():
            return [await _change(tx, agent, event) for event in events]
    except _UNFIT:
        return [await _apply(tx, agent, event) for event in events]


async def _apply(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    """Applies one event. One that can't be applied is kept as it came and never holds up those behind it."""
    try:
        async with tx.savepoint():
            return await _change(tx, agent, event)
    except _UNFIT as error:
        reason = type(error).__name__
        _log.warning("event_not_applied", agent_id=str(agent.agent_id), seq=event.seq, kind=event.kind, error=reason)
        return None


async def _change(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    applier = APPLIERS.get(event.kind)
    return None if applier is None else await applier(tx, agent, event)
