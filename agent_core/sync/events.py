"""Events of the link to the cloud."""

from dataclasses import dataclass
from typing import Literal

from agent_core.events import Event

LinkState = Literal["off", "connecting", "connected", "unreachable", "refused"]
AlertLevel = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class CloudLinkChanged(Event):
    """State of the link to the cloud.

    Attributes:
        state: "off" (not paired), "connecting", "connected", "unreachable" (it tries again by itself) or "refused"
            (the agent's key is not accepted; pair again).
        detail: One sentence for the user; empty when all is well.
        round_trip_ms: Time of the last short request.
        queued: Facts that wait for upload.
    """

    state: LinkState
    detail: str = ""
    round_trip_ms: float | None = None
    queued: int = 0


@dataclass(frozen=True, slots=True)
class AlertRaised(Event):
    """Something the trader should know at once, in one sentence."""

    level: AlertLevel
    message: str
