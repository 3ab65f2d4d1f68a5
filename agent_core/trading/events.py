"""Events of the trading desk."""

from dataclasses import dataclass

from agent_core.events import Event
from agent_core.trading.models import OrderOutcome


@dataclass(frozen=True, slots=True)
class OrderSettled(Event):
    """An order ended, or its end is unknown for now (then another event follows)."""

    outcome: OrderOutcome


@dataclass(frozen=True, slots=True)
class RiskLocked(Event):
    """The account broke a limit: no new orders until the trader unlocks. `flatten` says that everything is to go."""

    rule: str
    message: str
    flatten: bool


@dataclass(frozen=True, slots=True)
class RiskUnlocked(Event):
    """New orders are possible again."""


@dataclass(frozen=True, slots=True)
class ArmChanged(Event):
    """Whether orders may be sent; `live` says whether real money is at stake."""

    armed: bool
    live: bool
