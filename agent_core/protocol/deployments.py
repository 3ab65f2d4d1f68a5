"""Bodies of `/api/v1/deployments`."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from agent_core.protocol.base import AnswerModel, WireModel
from agent_core.protocol.market import Timeframe

DeploymentStatus = Literal["deployed", "starting", "running", "stopping", "stopped", "error", "offline"]


class DeploymentRequest(WireModel):
    """`POST /deployments`: copies the version's .ex5 to the agent's terminal; it does not start it."""

    version_id: UUID
    agent_id: UUID
    broker_connection_id: UUID
    symbol: str = Field(min_length=1, max_length=32)
    timeframe: Timeframe = "H1"
    inputs: dict[str, str] = Field(default_factory=dict)
    allow_trading: bool = False
    id: UUID | None = None


class DeploymentCreated(AnswerModel):
    """Answer of `POST /deployments` (201)."""

    deployment_id: UUID
    job_id: UUID


class Deployment(AnswerModel):
    """A row of `GET /deployments`. `project_name` and `version_number` tell which EA it is."""

    id: UUID
    version_id: UUID
    agent_id: UUID | None
    broker_connection_id: UUID | None
    symbol: str
    timeframe: str
    status: DeploymentStatus
    last_error: str | None
    last_heartbeat_at: datetime | None
    inputs: dict[str, Any] = Field(default_factory=dict)
    allow_trading: bool = False
    created_at: datetime
    project_name: str | None = None
    version_number: int | None = None


class DeploymentAction(AnswerModel):
    """Answer of run and stop: the status the agent reported, and the job that did it."""

    status: DeploymentStatus
    job_id: UUID


class LogLine(AnswerModel):
    """A row of `GET /deployments/{id}/logs`, newest last."""

    timestamp: datetime
    level: Literal["info", "warning", "error"]
    message: str
