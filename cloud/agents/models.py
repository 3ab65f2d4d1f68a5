"""Inside view of agents, and the time limits of their presence."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from agent_core.protocol.agents import HEARTBEAT_SECONDS, AgentInfo


class AgentRow(AgentInfo):
    """An agent with its owner and the state of its key."""

    user_id: UUID
    agent_key_fingerprint: str
    key_generation: int
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CurrentAgent:
    """The agent that makes the request, proved by its key."""

    agent_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class PresenceTimes:
    """Time limits, in seconds.

    Attributes:
        silent: An agent polls at least every 25 s; without any contact for so long it is offline.
        heartbeat_overdue: A running EA without a heartbeat for so long is offline.
        alert: An agent away for so long is worth an alert.
        sweep: Pause between two looks.
    """

    silent: float = 90
    heartbeat_overdue: float = 2 * HEARTBEAT_SECONDS
    alert: float = 600
    sweep: float = 10
