"""The rules of the risk guard: what the trader's own limits say about an order and about the account."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from agent_core.store import Store
from agent_core.trading.models import RiskLimits
from agent_core.trading.numbers import plain

WITHIN_LIMITS = "within limits"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS risk_limits (id INTEGER PRIMARY KEY CHECK (id = 1), limits TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a verdict about a new order rests on.

    Attributes:
        instrument: Canonical name.
        lots: Of the order.
        exposures: Open positions and pending orders.
        open_lots: Their lots together.
        now: The broker's time of day.
        spread_points: Present spread; None for orders that don't trade at once.
    """

    instrument: str
    lots: Decimal
    exposures: int
    open_lots: Decimal
    now: time
    spread_points: int | None


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What a verdict about the account rests on, in its currency.

    Attributes:
        loss_today: Loss since the broker's midnight, realised and floating; negative is a profit.
        peak: Highest equity since the trailing limit was set.
        baseline: Equity when the absolute limit was set.
    """

    equity: Decimal
    loss_today: Decimal
    peak: Decimal
    baseline: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken limit: its name in `RiskLimits`, and one sentence."""

    rule: str
    message: str


def check_order(limits: RiskLimits, facts: OrderFacts) -> Breach | None:
    """Returns the first limit that a new order would break."""
    if limits.allowed_symbols and facts.instrument not in limits.allowed_symbols:
        return Breach("allowed_symbols", f"{facts.instrument} is not among the symbols you allow in your risk limits.")
    if not _within_hours(limits, facts.now):
        hours = " ".join(
            f"{word} {moment:%H:%M}"
            for word, moment in (("from", limits.trade_from), ("until", limits.trade_until))
            if moment is not None
        )
        return Breach("trade_hours", f"You allow new orders only {hours} broker time; it is {facts.now:%H:%M} there.")
    if limits.max_lots is not None and facts.lots > limits.max_lots:
        return Breach(
            "max_lots",
            f"{plain(facts.lots)} lots are more than your limit of {plain(limits.max_lots)} an order.",
        )
    if limits.max_open_lots is not None and facts.open_lots + facts.lots > limits.max_open_lots:
        return Breach(
            "max_open_lots",
            f"With this order {plain(facts.open_lots + facts.lots)} lots would be open or pending; your limit is "
            f"{plain(limits.max_open_lots)}.",
        )
    if limits.max_positions is not None and facts.exposures >= limits.max_positions:
        return Breach(
            "max_positions",
            f"You already hold {facts.exposures} positions and orders; your limit is {limits.max_positions}.",
        )
    spread = facts.spread_points
    if limits.max_spread_points is not None and spread is not None and spread > limits.max_spread_points:
        return Breach(
            "max_spread_points",
            f"The spread of {spread} points is above your limit of {limits.max_spread_points}. Wait until it narrows.",
        )
    return None


def check_account(limits: RiskLimits, facts: AccountFacts) -> Breach | None:
    """Returns the first limit that the account breaks as it stands."""
    falls = (
        ("daily_loss", "Today's loss", facts.loss_today, limits.daily_loss),
        ("trailing_drawdown", "The fall from the highest equity", facts.peak - facts.equity, limits.trailing_drawdown),
        ("absolute_drawdown", "The fall of the equity", facts.baseline - facts.equity, limits.absolute_drawdown),
    )
    for rule, what, fall, limit in falls:
        if limit is not None and fall >= limit:
            text = f"{what} of {plain(fall)} {facts.currency} has reached your limit of {plain(limit)}."
            return Breach(rule, f"{text} Trading is locked; unlock it in Settings, Risk limits.")
    return None


def _within_hours(limits: RiskLimits, now: time) -> bool:
    start, end = limits.trade_from or time.min, limits.trade_until or time.max
    return start <= now < end if start <= end else now >= start or now < end


class LimitStore:
    """Keeps the limits between starts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._text: str | None = None
        self._limits = RiskLimits()
        store.apply_schema(_SCHEMA)

    def load(self) -> RiskLimits:
        """Returns the limits, by whichever program they were set last; none are set at first."""
        row = self._store.row("SELECT limits FROM risk_limits")
        if row is not None and row["limits"] != self._text:
            self._text, self._limits = row["limits"], RiskLimits.model_validate_json(row["limits"])
        return self._limits

    def save(self, limits: RiskLimits) -> None:
        """Keeps new limits."""
        self._store.execute(
            "INSERT OR REPLACE INTO risk_limits (id, limits) VALUES (1, ?)", (limits.model_dump_json(),)
        )
