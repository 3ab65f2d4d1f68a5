from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.terminal.models import OrderKind, Side, SymbolSpec, TradeMode
from agent_core.trading.models import SizeMode
from app.trade.draft import Draft, Market
from app.trade.levels import Basis, DraftError, Level, LevelUnit, level_at, stop_price, target_price

SPEC = SymbolSpec(
    "EURUSD", "", "", 5, 1e-5, 1e-5, 1.0, 1.0, 1.0, 1e5, 0.01, 100, 0.01, 0, 0, 0, TradeMode.FULL, 2, 3, 15, 127,
    "EUR", "USD", "EUR", 5, True, True, 0, 0,
)  # fmt: skip
ENTRY = Decimal("1.08423")


def level(unit: LevelUnit, value: str) -> Level:
    return Level(unit, Decimal(value))


def basis(side: Side = Side.BUY, lots: str | None = None, risk: str | None = None) -> Basis:
    size, money = Decimal(lots) if lots else None, Decimal(risk) if risk else None
    return Basis(SPEC, side, ENTRY, size, money)


@pytest.mark.parametrize(
    ("typed", "side", "price"),
    [
        (level(LevelUnit.PRICE, "1.08251"), Side.SELL, "1.08251"),
        (level(LevelUnit.PIPS, "17.2"), Side.BUY, "1.08251"),
        (level(LevelUnit.PIPS, "17.2"), Side.SELL, "1.08595"),
        (level(LevelUnit.MONEY, "86"), Side.BUY, "1.08251"),
    ],
)
def test_a_stop_in_any_unit_comes_to_a_price(typed: Level, side: Side, price: str) -> None:
    assert str(stop_price(typed, basis(side, lots="0.5"))) == price


@pytest.mark.parametrize(
    ("typed", "size", "price"),
    [
        (level(LevelUnit.R, "2"), {}, "1.08767"),
        (level(LevelUnit.PIPS, "34"), {}, "1.08763"),
        (level(LevelUnit.MONEY, "86"), {"lots": "0.5"}, "1.08595"),
        (level(LevelUnit.MONEY, "172"), {"risk": "86"}, "1.08767"),  # half a lot follows from the stop
    ],
)
def test_a_target_in_any_unit_comes_to_a_price(typed: Level, size: dict[str, str], price: str) -> None:
    assert str(target_price(typed, Decimal("1.08251"), basis(**size))) == price  # type: ignore[arg-type]


def test_what_can_not_be_worked_out_says_why() -> None:
    with pytest.raises(DraftError, match="size in lots"):
        stop_price(level(LevelUnit.MONEY, "50"), basis(risk="100"))
    with pytest.raises(DraftError, match="needs a stop"):
        target_price(level(LevelUnit.R, "2"), None, basis())
    with pytest.raises(DraftError, match="Set a stop first"):
        target_price(level(LevelUnit.MONEY, "50"), None, basis(risk="100"))


@given(pips=st.decimals("0.1", "900", places=1), side=st.sampled_from(Side), lots=st.decimals("0.01", "50", places=2))
def test_a_level_keeps_its_price_through_its_units(pips: Decimal, side: Side, lots: Decimal) -> None:
    where = Basis(SPEC, side, ENTRY, lots)
    stop = stop_price(Level(LevelUnit.PIPS, pips), where)
    for unit in (LevelUnit.PRICE, LevelUnit.PIPS, LevelUnit.MONEY):
        other = level_at(stop, unit, stop, where, loss=True)
        assert other is not None
        assert abs(stop_price(other, where) - stop) <= Decimal("0.00001")
    target = target_price(Level(LevelUnit.R, Decimal(2)), stop, where)
    assert level_at(target, LevelUnit.R, stop, where, loss=False) == Level(LevelUnit.R, Decimal("2.00"))


def test_distances_without_a_measure_have_no_value() -> None:
    assert level_at(Decimal("1.09"), LevelUnit.R, None, basis(), loss=False) is None
    assert level_at(Decimal("1.09"), LevelUnit.MONEY, None, basis(risk="10"), loss=False) is None
    assert level_at(ENTRY, LevelUnit.PIPS, None, basis(), loss=True) is None


def test_a_stop_limit_measures_from_its_limit_price() -> None:
    order = Draft(
        OrderKind.STOP_LIMIT, SizeMode.UNITS, Decimal(50000), Decimal("1.0900"), level(LevelUnit.MONEY, "100"), None,
        limit=Decimal("1.0895"),
    )  # fmt: skip
    market = Market(SPEC, 1.08418, 1.08423)
    assert order.side(market.bid, market.ask) is Side.BUY
    assert order.prices(Side.BUY, market) == (Decimal("1.08750"), None)


def test_a_stop_in_money_loses_the_commission_too() -> None:
    paying = Basis(SPEC, Side.BUY, ENTRY, Decimal("0.5"), commission=Decimal(7))
    assert str(stop_price(level(LevelUnit.MONEY, "89.50"), paying)) == "1.08251"
    assert level_at(Decimal("1.08251"), LevelUnit.MONEY, None, paying, loss=True) == level(LevelUnit.MONEY, "89.50")
    assert level_at(Decimal("1.08251"), LevelUnit.MONEY, None, paying, loss=False) == level(LevelUnit.MONEY, "86.00")
    with pytest.raises(DraftError, match="less than the order's commission"):
        stop_price(level(LevelUnit.MONEY, "3.50"), paying)
