"""Pairing, heartbeats and event upload."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from agent_core.protocol.base import AnswerModel, Name, WireModel

HEARTBEAT_SECONDS = 300
MAX_EVENTS_A_BATCH = 500


class PairRequest(WireModel):
    """`POST /agents/pair`."""

    agent_name: Name


class PairAnswer(AnswerModel):
    """Answer of pair and re-key (201). The key is shown once and never again."""

    agent_id: UUID
    pairing_key: str


class AgentInfo(AnswerModel):
    """A row of `GET /agents`."""

    id: UUID
    agent_name: str
    status: Literal["online", "offline"]
    last_seen_at: datetime | None
    metrics: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime


class DeploymentBeat(WireModel):
    """One deployment's state inside a heartbeat."""

    deployment_id: UUID
    status: str
    last_beat_at: datetime | None = None
    last_error: str | None = None


class HeartbeatRequest(WireModel):
    """`POST /agents/{id}/heartbeat`, every 5 minutes and at each change."""

    status: Literal["online", "stopping"] = "online"
    metrics: dict[str, Any] = Field(default_factory=dict)
    deployments: list[DeploymentBeat] = Field(default_factory=list)
    held_jobs: dict[UUID, int] = Field(default_factory=dict, description="job id → attempt, renews leases")


class AgentEvent(WireModel):
    """One fact of the agent's event log.

    `kind` and `data`:
        project_saved       {project_id, name}
        version_saved       {version_id, project_id, version_number, source_code, sha256, origin}
        compile_result      CompileOutcome
        deployment_status   {deployment_id, version_id, symbol, timeframe, status, last_error, inputs, allow_trading}
        ea_log              {deployment_id, level, message}
        order_intent        {client_order_id, instrument, side, type, lots, units, price, sl, tp, owner}
        order_outcome       {client_order_id, status, retcode, message, order_id, position_id, price, lots, units,
                             instrument, side}
        position_closed     {position_id, instrument, side, units, price, pnl}
        deal                {deal_id, order_id, position_id, instrument, side, entry, lots, units, price, profit,
                             commission, swap}
        account             AccountAnswer
        positions           {positions: [PositionAnswer]}
        job_result          {job_id, type, status, payload, result, error_code, error_detail}
        alert               {level, message}
        risk_decision       {verdict, rule, message}
    Kinds a server doesn't know are stored as they are.
    """

    seq: int = Field(ge=1)
    kind: str = Field(min_length=1, max_length=40)
    at: datetime
    data: dict[str, Any]


class EventBatch(WireModel):
    """`POST /agents/{id}/events`: consecutive events in order."""

    events: list[AgentEvent] = Field(max_length=MAX_EVENTS_A_BATCH)


class EventsAnswer(AnswerModel):
    """How far the log is stored.

    Attributes:
        stored_through: Highest sequence number stored without a gap; the agent goes on after it.
        missing: First and last number that are missing before what was sent and could not be stored.
    """

    stored_through: int
    missing: tuple[int, int] | None = None


class Alert(AnswerModel):
    """A row of `GET /alerts`."""

    id: UUID
    kind: str
    level: Literal["info", "warning", "error"]
    message: str
    created_at: datetime
    resolved_at: datetime | None
