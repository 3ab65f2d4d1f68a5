from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent_core.store import Store
from agent_core.trading.guard import GuardFacts, LimitStore, check_limits
from agent_core.trading.models import RiskLimits

FACTS = GuardFacts("EURUSD", Decimal("1.5"), 3, Decimal("120.50"), "USD", 12)


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        ({}, None),
        ({"max_lots": Decimal("1.5")}, None),
        ({"max_lots": Decimal("1.4")}, "max_lots"),
        ({"max_positions": 4}, None),
        ({"max_positions": 3}, "max_positions"),
        ({"daily_loss": Decimal(121)}, None),
        ({"daily_loss": Decimal("120.5")}, "daily_loss"),
        ({"allowed_symbols": ("EURUSD",)}, None),
        ({"allowed_symbols": ("GBPUSD",)}, "allowed_symbols"),
        ({"max_spread_points": 12}, None),
        ({"max_spread_points": 11}, "max_spread_points"),
    ],
)
def test_limits(limits: dict[str, Any], rule: str | None) -> None:
    breach = check_limits(RiskLimits(**limits), FACTS)
    assert (breach.rule if breach else None) == rule
    assert breach is None or breach.message.endswith(".")


def test_the_spread_does_not_matter_to_a_pending_order() -> None:
    facts = GuardFacts("EURUSD", Decimal(1), 0, Decimal(0), "USD", None)
    assert check_limits(RiskLimits(max_spread_points=0), facts) is None


def test_limits_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "agent.db")
    limits = LimitStore(store)
    assert limits.load() == RiskLimits()
    limits.save(RiskLimits(max_lots=Decimal("0.5"), allowed_symbols=("EURUSD",)))
    limits.save(RiskLimits(max_lots=Decimal("0.7")))
    store.close()
    store = Store(tmp_path / "agent.db")
    assert LimitStore(store).load() == RiskLimits(max_lots=Decimal("0.7"))
    store.close()
