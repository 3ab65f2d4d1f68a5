from dataclasses import replace
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent_core.store import Store
from agent_core.trading.guard import AccountFacts, LimitStore, OrderFacts, check_account, check_order
from agent_core.trading.models import RiskLimits

FACTS = OrderFacts("EURUSD", Decimal("1.5"), 3, Decimal("2.5"), time(14, 30), 12)


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        ({}, None),
        ({"max_lots": Decimal("1.5")}, None),
        ({"max_lots": Decimal("1.4")}, "max_lots"),
        ({"max_positions": 4}, None),
        ({"max_positions": 3}, "max_positions"),
        ({"max_open_lots": Decimal(4)}, None),
        ({"max_open_lots": Decimal("3.99")}, "max_open_lots"),
        ({"trade_from": time(14, 30)}, None),
        ({"trade_from": time(14, 31)}, "trade_hours"),
        ({"trade_until": time(14, 31)}, None),
        ({"trade_until": time(14, 30)}, "trade_hours"),
        ({"trade_from": time(8), "trade_until": time(17)}, None),
        ({"trade_from": time(17), "trade_until": time(8)}, "trade_hours"),
        ({"trade_from": time(14), "trade_until": time(8)}, None),
        ({"trade_from": time(22), "trade_until": time(15)}, None),
        ({"allowed_symbols": ("EURUSD",)}, None),
        ({"allowed_symbols": ("GBPUSD",)}, "allowed_symbols"),
        ({"max_spread_points": 12}, None),
        ({"max_spread_points": 11}, "max_spread_points"),
    ],
)
def test_limits(limits: dict[str, Any], rule: str | None) -> None:
    breach = check_order(RiskLimits(**limits), FACTS)
    assert (breach.rule if breach else None) == rule
    assert breach is None or breach.message.endswith(".")


def test_the_spread_does_not_matter_to_a_pending_order() -> None:
    facts = replace(FACTS, spread_points=None)
    assert check_order(RiskLimits(max_spread_points=0), facts) is None


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        ({}, None),
        ({"daily_loss": Decimal(121)}, None),
        ({"daily_loss": Decimal("120.5")}, "daily_loss"),
        ({"trailing_drawdown": Decimal(301)}, None),
        ({"trailing_drawdown": Decimal(300)}, "trailing_drawdown"),
        ({"absolute_drawdown": Decimal(201)}, None),
        ({"absolute_drawdown": Decimal(200)}, "absolute_drawdown"),
    ],
)
def test_limits_of_the_account(limits: dict[str, Any], rule: str | None) -> None:
    facts = AccountFacts(Decimal(9800), Decimal("120.50"), Decimal(10100), Decimal(10000), "USD")
    breach = check_account(RiskLimits(**limits), facts)
    assert (breach.rule if breach else None) == rule
    assert breach is None or "Trading is locked" in breach.message
    assert RiskLimits(**limits).watches_account is bool(limits)


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
