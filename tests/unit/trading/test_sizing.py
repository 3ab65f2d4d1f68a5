from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import SymbolSpec
from agent_core.trading.models import SizeMode
from agent_core.trading.numbers import decimal, money, plain, snap_price, snap_volume_down, units_of
from agent_core.trading.sizing import SizeQuestion, Sizing, loss_per_lot, profit_per_lot, size_order


def ask(spec: SymbolSpec, mode: SizeMode, size: str, *, stop: str | None = None, **changes: Any) -> Sizing:
    question = SizeQuestion(
        mode=mode, size=Decimal(size), spec=spec, entry=Decimal("1.10000"),
        stop=None if stop is None else Decimal(stop),
        equity=changes.pop("equity", Decimal(10_000)), currency="USD", **changes,
    )  # fmt: skip
    return size_order(question)


def test_one_percent_over_fifty_pips(spec: SymbolSpec) -> None:
    sizing = ask(spec, SizeMode.RISK_PERCENT, "1", stop="1.09500")
    assert (sizing.lots, sizing.units, sizing.risk_money) == (Decimal("0.20"), Decimal(20_000), Decimal("100.00"))
    assert sizing.formula == "1 % of 10,000.00 USD = 100.00 USD ÷ 500.00 USD per lot over 50 pips → 0.2 lots"
    assert sizing.findings == ()


def test_money_at_risk_rounds_down_and_counts_commission(spec: SymbolSpec) -> None:
    sizing = ask(spec, SizeMode.RISK_MONEY, "99", stop="1.09500", commission=Decimal(7))
    assert sizing.lots == Decimal("0.19")
    assert sizing.risk_money == Decimal("96.33")


def test_the_loss_tick_value_is_what_counts(make_spec: Any) -> None:
    spec = make_spec(tick_value=1.0, tick_value_profit=0.5, tick_value_loss=2.0)
    assert ask(spec, SizeMode.RISK_PERCENT, "1", stop="1.09500").lots == Decimal("0.10")
    assert loss_per_lot(spec, Decimal("1.1"), Decimal("1.095")) == Decimal(1000)
    assert profit_per_lot(spec, Decimal("1.1"), Decimal("1.105")) == Decimal(250)


def test_lots_and_units(spec: SymbolSpec) -> None:
    assert ask(spec, SizeMode.LOTS, "0.257").lots == Decimal("0.25")
    assert ask(spec, SizeMode.UNITS, "12345").lots == Decimal("0.12")
    assert ask(spec, SizeMode.LOTS, "0.1").risk_money is None


@pytest.mark.parametrize(
    ("mode", "size", "stop", "code", "words"),
    [
        (SizeMode.LOTS, "0", None, ErrorCode.INVALID_VOLUME, "above zero"),
        (SizeMode.LOTS, "NaN", None, ErrorCode.INVALID_VOLUME, "above zero"),
        (SizeMode.UNITS, "1e400", None, ErrorCode.INVALID_VOLUME, "plain number"),
        (
            SizeMode.LOTS,
            "0.001",
            None,
            ErrorCode.INVALID_VOLUME,
            "0.001 lots are less than the broker's minimum",
        ),
        (SizeMode.LOTS, "101", None, ErrorCode.INVALID_VOLUME, "more than the broker's maximum of 100"),
        (SizeMode.RISK_PERCENT, "1", None, ErrorCode.INVALID_STOPS, "Set a stop"),
        (SizeMode.RISK_PERCENT, "101", "1.09", ErrorCode.VALIDATION_ERROR, "at most 100 %"),
        (SizeMode.RISK_PERCENT, "1", "1.1", ErrorCode.INVALID_STOPS, "away from the entry"),
        (SizeMode.RISK_MONEY, "1", "1.09", ErrorCode.INVALID_VOLUME, "This risk allows 0.001 lots"),
    ],
)
def test_what_cannot_be_sized(
    spec: SymbolSpec, mode: SizeMode, size: str, stop: str | None, code: ErrorCode, words: str
) -> None:
    sizing = ask(spec, mode, size, stop=stop)
    assert [finding.code for finding in sizing.findings] == [code]
    assert words in sizing.findings[0].text


def test_the_symbols_volume_limit_is_a_maximum_too(make_spec: Any) -> None:
    sizing = ask(make_spec(volume_limit=5.0), SizeMode.LOTS, "6")
    assert "maximum of 5 " in sizing.findings[0].text


@given(
    step=st.sampled_from(["0.01", "0.1", "1", "0.001"]),
    tick_value=st.floats(min_value=0.01, max_value=500),
    distance=st.integers(min_value=1, max_value=100_000),
    equity=st.decimals(min_value=1, max_value=10_000_000, places=2),
    percent=st.decimals(min_value="0.01", max_value=100, places=2),
)
def test_a_risk_is_never_exceeded_and_never_wasted(
    step: str, tick_value: float, distance: int, equity: Decimal, percent: Decimal
) -> None:
    spec = _spec(step, tick_value)
    stop = Decimal("1.10000") - Decimal(distance) * Decimal("0.00001")
    sizing = ask(spec, SizeMode.RISK_PERCENT, str(percent), stop=str(stop), equity=equity)
    risk = equity * percent / 100
    per_lot = loss_per_lot(spec, Decimal("1.10000"), stop)
    assert sizing.lots % Decimal(step) == 0
    assert sizing.lots * per_lot <= risk
    if not sizing.findings:
        assert (sizing.lots + Decimal(step)) * per_lot > risk
        assert sizing.lots >= decimal(spec.volume_min)
    else:
        assert sizing.lots == 0 or sizing.lots > decimal(spec.volume_max)


@given(
    price=st.decimals(min_value="0.0001", max_value=100_000, places=7),
    tick=st.sampled_from(["0.00001", "0.001", "0.01", "0.25", "0.5", "5"]),
)
def test_snapped_prices_are_multiples_of_the_tick_and_near(price: Decimal, tick: str) -> None:
    spec = _spec("0.01", 1.0, tick_size=float(tick))
    snapped = snap_price(price, spec)
    assert snapped % Decimal(tick) == 0
    assert abs(snapped - price) <= Decimal(tick) / 2
    assert snap_price(snapped, spec) == snapped
    assert float(snapped) == float(str(snapped))


@given(lots=st.decimals(min_value=0, max_value=1000, places=5), step=st.sampled_from(["0.01", "0.1", "1", "0.03"]))
def test_snapped_volumes_never_grow(lots: Decimal, step: str) -> None:
    snapped = snap_volume_down(lots, _spec(step, 1.0))
    assert snapped % Decimal(step) == 0
    assert 0 <= lots - snapped < Decimal(step)


def test_numbers(spec: SymbolSpec) -> None:
    assert decimal(0.1) == Decimal("0.1")
    assert money(1.005) == Decimal("1.00")
    assert money(Decimal("12.345"), 0) == Decimal(12)
    assert [plain(Decimal(text)) for text in ("0.10", "1E+2", "-0.00", "5")] == ["0.1", "100", "0", "5"]
    assert str(units_of(Decimal("0.10"), spec)) == "10000"


def _spec(step: str, tick_value: float, *, tick_size: float = 0.00001) -> SymbolSpec:
    return SymbolSpec(
        name="X", description="", path="", digits=5, point=0.00001, tick_size=tick_size, tick_value=tick_value,
        tick_value_profit=tick_value, tick_value_loss=tick_value, contract_size=100_000.0, volume_min=float(step),
        volume_max=1000.0, volume_step=float(step), volume_limit=0.0, stops_level=0, freeze_level=0, trade_mode=4,
        execution_mode=2, filling_mode=3, expiration_mode=15, order_mode=127, currency_base="EUR",
        currency_profit="USD", currency_margin="EUR", spread=1, visible=True, selected=True, swap_long=0.0,
        swap_short=0.0,
    )  # fmt: skip


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "sNaN", "1e400", "1e15"])
def test_what_is_no_price_or_volume_is_refused_before_it_is_calculated_with(spec: SymbolSpec, number: str) -> None:
    with pytest.raises(ForexEliteError) as price:
        snap_price(Decimal(number), spec)
    with pytest.raises(ForexEliteError) as volume:
        snap_volume_down(Decimal(number), spec)
    assert (price.value.code, volume.value.code) == (ErrorCode.INVALID_PRICE, ErrorCode.INVALID_VOLUME)
