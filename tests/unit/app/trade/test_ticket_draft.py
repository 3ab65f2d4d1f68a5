from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.terminal.models import OrderKind, Side, SymbolSpec, TradeMode
from agent_core.trading.models import SizeMode
from app.trade.draft import Draft, level_money, pips_between, read_number
from app.trade.levels import DraftError, Level, LevelUnit, snap_price


def spec(digits: int = 5, tick: float | None = None, value: float = 1.0) -> SymbolSpec:
    point = 10.0**-digits
    return SymbolSpec(
        "X", "", "", digits, point, point if tick is None else tick, value, value, value, 1e5, 0.01, 100, 0.01, 0, 0, 0,
        TradeMode.FULL, 2, 3, 15, 127, "EUR", "USD", "EUR", 5, True, True, 0, 0,
    )  # fmt: skip


def draft(kind: OrderKind = OrderKind.MARKET, **levels: str) -> Draft:
    values = {name: Level(LevelUnit.PRICE, Decimal(levels[name])) for name in ("sl", "tp") if name in levels}
    price = Decimal(levels["price"]) if "price" in levels else None
    return Draft(kind, SizeMode.LOTS, Decimal("0.1"), price, values.get("sl"), values.get("tp"))


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,5", "1.5"), (" 1.00 % ", "1.00"), ("10\u2009000.5", "10000.5"), ("0.01", "0.01"), ("1e2", "1e2")],
)
def test_numbers_are_read_as_people_type_them(text: str, value: str) -> None:
    assert read_number(text, "size", "Size") == Decimal(value)


@pytest.mark.parametrize("text", ["", "  ", "%"])
def test_nothing_typed_is_no_number(text: str) -> None:
    assert read_number(text, "sl", "Stop loss") is None


@pytest.mark.parametrize("text", ["abc", "1.2.3", "0", "-1", "\u22121", "nan", "inf", "1,000.5", "--"])
def test_what_is_not_a_size_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(DraftError) as caught:
        read_number(text, "size", "Size")
    assert caught.value.field == "size"
    assert str(caught.value).endswith(".")


@given(st.text(max_size=12))
def test_reading_never_fails_otherwise(text: str) -> None:
    try:
        value = read_number(text, "size", "Size")
    except DraftError:
        return
    assert value is None or value > 0


@pytest.mark.parametrize(
    ("order", "side"),
    [
        (draft(sl="1.07"), Side.BUY), (draft(sl="1.09"), Side.SELL), (draft(tp="1.09"), Side.BUY),
        (draft(tp="1.07"), Side.SELL), (draft(), None), (draft(OrderKind.LIMIT, price="1.07"), Side.BUY),
        (draft(OrderKind.LIMIT, price="1.09"), Side.SELL), (draft(OrderKind.STOP, price="1.09"), Side.BUY),
        (draft(OrderKind.STOP, price="1.07"), Side.SELL), (draft(OrderKind.LIMIT, price="1.07", sl="1.075"), Side.SELL),
    ],
)  # fmt: skip
def test_the_levels_tell_the_side(order: Draft, side: Side | None) -> None:
    assert order.side(1.08, 1.0801) is side


def test_prices_snap_to_what_the_symbol_can_be_quoted_at() -> None:
    assert str(snap_price(1.084236, spec())) == "1.08424"
    assert str(snap_price(149.8, spec(3))) == "149.800"
    assert str(snap_price(4512.37, spec(2, tick=0.25))) == "4512.25"
    assert str(snap_price(45123.4, spec(0))) == "45123"
    assert str(snap_price(0.123456784, spec(8))) == "0.12345678"
    assert str(snap_price(1.084236, spec(tick=0.0))) == "1.08424"


def test_pips_and_money_of_a_level() -> None:
    assert pips_between(spec(), 1.08423, 1.08251) == pytest.approx(-17.2)
    assert pips_between(spec(3), 150.0, 150.5) == pytest.approx(50)
    assert level_money(spec(), Side.BUY, 0.61, 1.08423, 1.08251) == pytest.approx(-104.92)
    assert level_money(spec(), Side.SELL, 0.61, 1.08423, 1.08251) == pytest.approx(104.92)
    assert level_money(spec(tick=0.0), Side.BUY, 1, 1.0, 2.0) == 0
