from decimal import Decimal
from typing import Any

import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import Side
from agent_core.trading.models import LevelMode, SizeMode
from agent_core.trading.stops import with_prices

ENTRY = Decimal("1.10000")


def prices(ticket: Any, spec: Any, commission: str = "0") -> tuple[Decimal | None, Decimal | None]:
    found = with_prices(ticket, spec, ENTRY, Decimal(commission))
    assert (found.sl_mode, found.tp_mode) == (LevelMode.PRICE, LevelMode.PRICE)
    return found.sl, found.tp


def test_prices_stay_as_they_are(make_ticket: Any, make_spec: Any) -> None:
    assert prices(make_ticket(sl=Decimal("1.09"), tp=None), make_spec()) == (Decimal("1.09"), None)
    assert prices(make_ticket(sl=None, tp=Decimal("1.12")), make_spec()) == (None, Decimal("1.12"))


@pytest.mark.parametrize(("side", "sl", "tp"), [(Side.BUY, "1.09800", "1.10305"), (Side.SELL, "1.10200", "1.09695")])
def test_pips_are_counted_from_the_entry(make_ticket: Any, make_spec: Any, side: Side, sl: str, tp: str) -> None:
    pips = {"sl": Decimal(20), "tp": Decimal("30.5"), "sl_mode": LevelMode.PIPS, "tp_mode": LevelMode.PIPS}
    assert prices(make_ticket(side=side, **pips), make_spec()) == (Decimal(sl), Decimal(tp))


@pytest.mark.parametrize(
    ("size_mode", "size", "commission", "sl", "tp"),
    [
        # 0.1 lots: a pip is 1 USD
        (SizeMode.LOTS, "0.1", "0", "1.09800", "1.10401"),
        (SizeMode.UNITS, "10000", "0", "1.09800", "1.10401"),
        # 7 USD a lot take 0.70 of the 20 USD
        (SizeMode.LOTS, "0.1", "7", "1.09807", "1.10401"),
    ],
)
def test_money_is_what_the_whole_order_loses_or_wins(
    make_ticket: Any, make_spec: Any, size_mode: SizeMode, size: str, commission: str, sl: str, tp: str
) -> None:
    ticket = make_ticket(
        size_mode=size_mode, size=Decimal(size), sl=Decimal("20.09"), tp=Decimal("40.01"), sl_mode=LevelMode.MONEY,
        tp_mode=LevelMode.MONEY,
    )  # fmt: skip
    assert prices(ticket, make_spec(), commission) == (Decimal(sl), Decimal(tp))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sl": Decimal(0), "sl_mode": LevelMode.PIPS}, "above zero"),
        ({"sl": Decimal("NaN"), "sl_mode": LevelMode.PIPS}, "plain number"),
        ({"sl": Decimal("0.01"), "sl_mode": LevelMode.PIPS}, "smallest step"),
        ({"sl": Decimal(20_000), "sl_mode": LevelMode.PIPS}, "below a price of zero"),
        ({"sl": Decimal(5), "sl_mode": LevelMode.MONEY, "size_mode": SizeMode.RISK_PERCENT}, "size in lots"),
        ({"sl": Decimal("0.5"), "sl_mode": LevelMode.MONEY}, "costs included"),
        ({"sl": None, "tp": Decimal(-1), "tp_mode": LevelMode.MONEY}, "above zero"),
    ],
)
def test_a_distance_that_makes_no_price_is_refused(
    make_ticket: Any, make_spec: Any, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ForexEliteError, match=words) as raised:
        prices(make_ticket(**changes), make_spec(), "7")
    assert raised.value.code is ErrorCode.INVALID_STOPS
    assert raised.value.field == ("sl" if changes["sl"] is not None else "tp")
