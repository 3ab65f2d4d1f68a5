"""The risk guard: what the trader's own limits say about a new order. Closing is always allowed."""

from dataclasses import dataclass
from decimal import Decimal

from agent_core.store import Store
from agent_core.trading.models import RiskLimits
from agent_core.trading.numbers import plain

WITHIN_LIMITS = "within limits"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS risk_limits (id INTEGER PRIMARY KEY CHECK (id = 1), limits TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class GuardFacts:
    """What a verdict rests on.

    Attributes:
        instrument: Canonical name.
        exposures: Open positions and pending orders.
        loss_today: Loss since the broker's midnight, realised and floating; negative is a profit.
        spread_points: Present spread; None for orders that don't trade at once.
    """

    instrument: str
    lots: Decimal
    exposures: int
    loss_today: Decimal
    currency: str
    spread_points: int | None


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken limit: its name in `RiskLimits`, and one sentence."""

    rule: str
    message: str


def check_limits(limits: RiskLimits, facts: GuardFacts) -> Breach | None:
    """Returns the first limit that a new order would break."""
    if limits.allowed_symbols and facts.instrument not in limits.allowed_symbols:
        return Breach("allowed_symbols", f"{facts.instrument} is not among the symbols you allow in your risk limits.")
    if limits.max_lots is not None and facts.lots > limits.max_lots:
        return Breach(
            "max_lots",
            f"{plain(facts.lots)} lots are more than your limit of {plain(limits.max_lots)} an order.",
        )
    if limits.max_positions is not None and facts.exposures >= limits.max_positions:
        return Breach(
            "max_positions",
            f"You already hold {facts.exposures} positions and orders; your limit is {limits.max_positions}.",
        )
    if limits.daily_loss is not None and facts.loss_today >= limits.daily_loss:
        return Breach(
            "daily_loss",
            f"Today's loss of {plain(facts.loss_today)} {facts.currency} has reached your limit of "
            f"{plain(limits.daily_loss)}. New orders are possible again after the broker's midnight.",
        )
    spread = facts.spread_points
    if limits.max_spread_points is not None and spread is not None and spread > limits.max_spread_points:
        return Breach(
            "max_spread_points",
            f"The spread of {spread} points is above your limit of {limits.max_spread_points}. Wait until it narrows.",
        )
    return None


class LimitStore:
    """Keeps the limits between starts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.apply_schema(_SCHEMA)

    def load(self) -> RiskLimits:
        """Returns the limits; none are set at first."""
        row = self._store.row("SELECT limits FROM risk_limits")
        return RiskLimits() if row is None else RiskLimits.model_validate_json(row["limits"])

    def save(self, limits: RiskLimits) -> None:
        """Keeps new limits."""
        self._store.execute(
            "INSERT OR REPLACE INTO risk_limits (id, limits) VALUES (1, ?)", (limits.model_dump_json(),)
        )
