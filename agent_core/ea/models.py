"""Projects, versions and deployments of Expert Advisors. Versions never change once written, but for their status."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from agent_core.ea.bridge_protocol import EaHeartbeat
from agent_core.protocol.deployments import DeploymentStatus
from agent_core.protocol.ea import Brief, DiagnosticModel, VersionStatus

VersionOrigin = Literal["manual", "generated", "agent"]
LogLevel = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class EaProject:
    """A strategy, kept as versions of its source."""

    id: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EaVersion:
    """One saved state of a project's source.

    Attributes:
        number: 1, 2, 3, ... within the project.
        sha256: Hex digest of the source as UTF-8.
        diagnostics: Findings of the checker, or of MetaEditor after a compile.
        prompt: What was asked for, if a model wrote it; `brief` what it understood.
    """

    id: UUID
    project_id: UUID
    number: int
    source: str
    sha256: str
    status: VersionStatus
    origin: VersionOrigin
    diagnostics: tuple[DiagnosticModel, ...]
    created_at: datetime
    prompt: str | None = None
    brief: Brief | None = None


@dataclass(frozen=True, slots=True)
class EaDeployment:
    """A version on a chart of the terminal.

    Attributes:
        desired: What the trader wants; `status` is what was seen.
        last_error: One sentence, when something went wrong or desired and seen differ.
        beat: Last heartbeat; `last_beat` its time.
        expert: Name the chart shows for it (stem of the .ex5 file).
    """

    id: UUID
    version_id: UUID
    project_name: str
    version_number: int
    symbol: str
    timeframe: str
    status: DeploymentStatus
    desired: Literal["running", "stopped"]
    allow_trading: bool
    inputs: dict[str, str]
    expert: str
    created_at: datetime
    last_error: str | None = None
    last_beat: datetime | None = None
    beat: EaHeartbeat | None = None

    @property
    def instance(self) -> str:
        """Name of the running instance in the bridge's files."""
        return self.id.hex


@dataclass(frozen=True, slots=True)
class EaLogLine:
    """A line an EA or the terminal wrote about a deployment."""

    at: datetime
    level: LogLevel
    message: str
