"""Events of Expert Advisors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from agent_core.ea.artifacts import BuiltArtifact
from agent_core.ea.bridge_protocol import BridgeStatus
from agent_core.ea.models import EaDeployment, LogLevel
from agent_core.events import Event

BridgeState = Literal["missing", "lost", "connected", "trading_off"]


@dataclass(frozen=True, slots=True)
class BridgeChanged(Event):
    """State of the bridge EA inside the terminal.

    Attributes:
        state: "missing" (never seen in this terminal), "lost" (its status is too old), "connected", or "trading_off"
            (it answers, but EAs may not trade).
        detail: One sentence: what is wrong and what to do; empty when all is well.
        age_seconds: Age of the last status.
    """

    state: BridgeState
    detail: str = ""
    age_seconds: float | None = None
    status: BridgeStatus | None = None


@dataclass(frozen=True, slots=True)
class DeploymentChanged(Event):
    """A deployment was made, changed its status or sent a heartbeat."""

    deployment: EaDeployment


@dataclass(frozen=True, slots=True)
class EaLogged(Event):
    """A deployment's EA wrote a line."""

    deployment_id: UUID
    at: datetime
    level: LogLevel
    message: str


@dataclass(frozen=True, slots=True)
class LibraryChanged(Event):
    """Projects or versions changed."""


@dataclass(frozen=True, slots=True)
class VersionCompiled(Event):
    """A version has a fresh program; its files can be kept elsewhere."""

    version_id: UUID
    artifacts: tuple[BuiltArtifact, ...]
