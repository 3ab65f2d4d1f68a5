"""What the kinds of event carry, as far as the cloud applies them. Members it doesn't know are ignored."""

from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from agent_core.protocol.base import AnswerModel
from agent_core.protocol.deployments import DeploymentStatus
from agent_core.protocol.ea import MAX_SOURCE_CHARS
from agent_core.protocol.jobs import JobType
from agent_core.protocol.trading import PositionAnswer, SideName

Level = Literal["info", "warning", "error"]


class ProjectSaved(AnswerModel):
    """`project_saved`."""

    project_id: UUID
    name: str = Field(min_length=1, max_length=120)


class VersionSaved(AnswerModel):
    """`version_saved`."""

    version_id: UUID
    project_id: UUID
    version_number: int = Field(ge=1)
    source_code: str = Field(max_length=MAX_SOURCE_CHARS)
    sha256: str
    origin: str = "agent"


class DeploymentReported(AnswerModel):
    """`deployment_status`."""

    deployment_id: UUID
    version_id: UUID
    symbol: str
    timeframe: str = "H1"
    status: DeploymentStatus
    last_error: str | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)
    allow_trading: bool = False


class EaLog(AnswerModel):
    """`ea_log`."""

    deployment_id: UUID
    level: Level = "info"
    message: str


class OrderSettled(AnswerModel):
    """`order_outcome`."""

    client_order_id: UUID
    status: str
    retcode: int | None = None
    message: str = ""
    order_id: str | None = None
    position_id: str | None = None
    price: Decimal | None = None
    lots: Decimal | None = None
    units: Decimal | None = None
    instrument: str | None = None
    side: SideName | None = None


class DealDone(AnswerModel):
    """`deal`: an execution at the broker, whoever ordered it."""

    deal_id: str
    order_id: str | None = None
    position_id: str | None = None
    entry: str
    instrument: str | None = None
    side: SideName | None = None
    units: Decimal | None = None
    price: Decimal | None = None


class PositionClosed(AnswerModel):
    """`position_closed`."""

    position_id: str
    instrument: str | None = None
    side: SideName | None = None
    units: Decimal | None = None
    price: Decimal | None = None
    pnl: Decimal | None = None


class Positions(AnswerModel):
    """`positions`."""

    positions: list[PositionAnswer]


class JobReported(AnswerModel):
    """`job_result`: a job that began on the desktop."""

    job_id: UUID
    type: JobType
    status: Literal["completed", "failed", "expired", "cancelled", "dead"]
    payload: dict[str, Any] = Field(default_factory=dict)
    result: dict[str, Any] = Field(default_factory=dict)
    error_code: str | None = None
    error_detail: str | None = None


class AlertRaised(AnswerModel):
    """`alert`."""

    level: Level = "warning"
    message: str = Field(min_length=1)
