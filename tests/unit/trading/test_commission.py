from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from agent_core.terminal.models import Deal, Side
from agent_core.trading.commission import commission_of
from agent_core.trading.models import SizeMode
from agent_core.trading.sizing import SizeQuestion, size_order


def deal(entry: int = 0, *, volume: float = 0.1, commission: float = -0.35, **changes: Any) -> Deal:
    values: dict[str, Any] = {
        "ticket": 1, "order": 1, "position_id": 1, "symbol": "EURUSD", "side": Side.BUY, "entry": entry,
        "volume": volume, "price": 1.1, "profit": 0.0, "commission": commission, "swap": 0.0, "fee": 0.0,
        "time": datetime.now(UTC), "magic": 0, "comment": "", **changes,
    }  # fmt: skip
    return Deal(**values)


@pytest.mark.parametrize(
    ("deals", "per_lot", "noted"),
    [
        ([], "0", True),
        ([deal(symbol="USDJPY"), deal(symbol="", side=None, volume=0.0)], "0", True),
        ([deal()], "7", True),
        ([deal(1, volume=0.5, commission=-2.0)], "8", True),
        ([deal(), deal(1)], "7", False),
        ([deal(commission=-0.7), deal(1, commission=0.0)], "7", False),
        ([deal(fee=-0.1), deal(1)], "8", False),
        ([deal(commission=0.0), deal(1, commission=0.0)], "0", False),
        ([deal(commission=0.5), deal(1, commission=0.0)], "0", False),
        ([deal(commission=-9.0), *[deal()] * 20, deal(1)], "7", False),
        ([deal(), deal(1), deal(3, commission=0.0)], "7", False),
    ],
)
def test_a_commission_is_what_the_last_deals_cost(deals: list[Deal], per_lot: str, noted: bool) -> None:
    found = commission_of(deals, "EURUSD")
    assert found.per_lot == Decimal(per_lot)
    assert bool(found.note) is noted


def test_the_risk_holds_the_commission(make_spec: Any) -> None:
    question = SizeQuestion(
        SizeMode.RISK_MONEY, Decimal(107), make_spec(), Decimal("1.1"), Decimal("1.099"), Decimal(10_000), "USD",
        commission=Decimal(7),
    )  # fmt: skip
    sizing = size_order(question)
    assert (sizing.lots, sizing.risk_money) == (Decimal("1.00"), Decimal("107.00"))
    assert "107.00 USD per lot over 10 pips and 7.00 USD commission" in sizing.formula
