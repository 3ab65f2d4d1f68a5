"""Every indicator: an update equals the batch to the last digit, and the batch agrees with TA-Lib."""

import tracemalloc
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.terminal.models import BAR_DTYPE, Bars
from app.chart.indicators import INDICATORS, ActiveIndicator, IndicatorSpec, Source
from app.chart.model import ChartModel

Floats = npt.NDArray[np.float64]


def walk(count: int, seed: int, *, digits: int = 5, step: int = 900) -> Bars:
    """Prices as a broker sends them: rounded, with flat bars, gaps over closed hours and a trend now and then."""
    random = np.random.default_rng(seed)
    bars = np.zeros(count, BAR_DTYPE)
    moves = random.standard_t(3, count) * 0.0004 + np.sin(np.arange(count) / 90) * 0.0001
    moves[random.random(count) < 0.05] = 0
    bars["close"] = np.round(1.1 * np.exp(np.cumsum(moves)), digits)
    bars["open"] = np.concatenate(([1.1], bars["close"][:-1]))
    flat = random.random(count) < 0.03
    wicks = np.where(flat, 0, np.abs(random.normal(0, 0.0003, (2, count))))
    bars["high"] = np.round(np.maximum(bars["open"], bars["close"]) + wicks[0], digits)
    bars["low"] = np.round(np.minimum(bars["open"], bars["close"]) - wicks[1], digits)
    bars["volume"] = random.integers(0, 900, count)
    bars["time"] = 1_700_000_100 // 900 * 900 + np.cumsum(np.where(random.random(count) < 0.01, 40 * step, step))
    return bars


def computed(key: str, bars: Bars, parameters: Mapping[str, float] | None = None) -> ActiveIndicator:
    active = ActiveIndicator(IndicatorSpec(key=key, settings=dict(parameters or {})))
    active.update(Source(bars, "M15"), 0)
    return active


@pytest.mark.parametrize("key", INDICATORS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_any_way_of_growing_equals_the_batch_to_the_last_digit(key: str, data: st.DataObject) -> None:
    kind = INDICATORS[key]
    whole = {p.name for p in kind.parameters if p.decimals == 0}
    parameters = {name: float(data.draw(st.integers(1, 12), label=name)) for name in sorted(whole)}
    bars = walk(data.draw(st.integers(1, 90), label="bars"), data.draw(st.integers(0, 50), label="seed"))
    grown = ActiveIndicator(IndicatorSpec(key=key, settings=parameters))
    count = 0
    while count < len(bars):
        start = count
        count = min(len(bars), count + data.draw(st.integers(1, 30), label="added"))
        # The newest bar moves a few times before it stands, as ticks move it.
        moving = bars[:count].copy()
        moving["close"][-1] = moving["high"][-1] = moving["high"][-1] + 0.001
        grown.update(Source(moving, "M15"), start)
        grown.update(Source(bars[:count], "M15"), count - 1)
    at_once = computed(key, bars, parameters)
    for column in kind.columns:
        np.testing.assert_array_equal(grown.values(column), at_once.values(column), err_msg=column)


REFERENCES: dict[str, tuple[dict[str, float], Callable[[Floats, Floats, Floats], dict[str, Floats]]]] = {
    "sma": ({"period": 20}, lambda h, lo, c: {"value": talib.SMA(c, 20)}),
    "ema": ({"period": 20}, lambda h, lo, c: {"value": talib.EMA(c, 20)}),
    "wma": ({"period": 13}, lambda h, lo, c: {"value": talib.WMA(c, 13)}),
    "bollinger": (
        {"period": 20, "deviations": 2},
        lambda h, lo, c: dict(zip(("upper", "middle", "lower"), talib.BBANDS(c, 20, 2, 2), strict=True)),
    ),
    "donchian": ({"period": 20}, lambda h, lo, c: {"upper": talib.MAX(h, 20), "lower": talib.MIN(lo, 20)}),
    "rsi": ({"period": 14}, lambda h, lo, c: {"value": talib.RSI(c, 14)}),
    "stochastic": (
        {"period": 14, "slowing": 3, "signal": 3},
        lambda h, lo, c: dict(zip(("k", "d"), talib.STOCH(h, lo, c, 14, 3, 0, 3, 0), strict=True)),
    ),
    "atr": ({"period": 14}, lambda h, lo, c: {"value": talib.ATR(h, lo, c, 14)}),
    "cci": ({"period": 20}, lambda h, lo, c: {"value": talib.CCI(h, lo, c, 20)}),
    "sar": ({"step": 0.02, "most": 0.2}, lambda h, lo, c: {"value": talib.SAR(h, lo, 0.02, 0.2)}),
    "macd": (
        {"fast": 12, "slow": 26, "signal": 9},
        lambda h, lo, c: dict(zip(("macd", "signal", "histogram"), talib.MACD(c, 12, 26, 9), strict=True)),
    ),
    "adx": (
        {"period": 14},
        lambda h, lo, c: {
            "adx": talib.ADX(h, lo, c, 14), "plus": talib.PLUS_DI(h, lo, c, 14), "minus": talib.MINUS_DI(h, lo, c, 14),
        },
    ),
}  # fmt: skip

#: TA-Lib begins these averages otherwise (MACD's fast line late, ADX with one value less); after some hundred bars
#: nothing of the beginning is left.
SETTLED = {"macd": 600, "adx": 600}


@pytest.mark.parametrize("key", REFERENCES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_batch_agrees_with_ta_lib(key: str, seed: int) -> None:
    bars = walk(1500, seed)
    parameters, reference = REFERENCES[key]
    high, low, close = (np.ascontiguousarray(bars[name]) for name in ("high", "low", "close"))
    active = computed(key, bars, parameters)
    for column, expected in reference(high, low, close).items():
        first = max(SETTLED.get(key, 0), int(np.argmax(np.isfinite(expected))))
        ours = active.values(column)
        assert np.isfinite(ours[first:]).all()
        np.testing.assert_allclose(ours[first:], expected[first:], rtol=1e-8, atol=1e-8, err_msg=column)
        if key not in SETTLED and key != "stochastic":
            assert np.isnan(ours[:first]).all()


def test_keltner_is_its_parts() -> None:
    bars = walk(400, 4)
    keltner = computed("keltner", bars)
    middle = computed("ema", bars, {"period": 20}).values("value")
    away = 2 * computed("atr", bars, {"period": 10}).values("value")
    np.testing.assert_array_equal(keltner.values("upper"), middle + away)
    np.testing.assert_array_equal(keltner.values("lower"), middle - away)


def test_ichimoku_takes_the_middles_and_shifts_the_cloud() -> None:
    bars = walk(300, 5)
    active = computed("ichimoku", bars)
    kind = {output.name: output for output in active.kind.outputs}
    high, low = bars["high"], bars["low"]
    assert active.values("turning")[200] == (high[192:201].max() + low[192:201].min()) / 2
    assert active.value_at(kind["far"], 226) == (high[149:201].max() + low[149:201].min()) / 2
    assert active.value_at(kind["behind"], 174) == bars["close"][200]
    assert np.isnan(active.value_at(kind["behind"], 299))


def test_supertrend_follows_below_a_rise_and_above_a_fall() -> None:
    bars = walk(600, 6)
    active = computed("supertrend", bars, {"period": 10, "factor": 3})
    value, direction = active.values("value"), active.values("direction")
    atr = computed("atr", bars, {"period": 10}).values("value")
    assert np.isnan(value[:10]).all()
    upper = lower = np.nan
    trend = 1.0
    for index in range(10, 600):  # the usual definition, written down once more
        middle = (bars["high"][index] + bars["low"][index]) / 2
        top, foot, last = middle + 3 * atr[index], middle - 3 * atr[index], bars["close"][index - 1]
        was_upper, was_lower = upper, lower
        upper = top if index == 10 or top < upper or last > upper else upper
        lower = foot if index == 10 or foot > lower or last < lower else lower
        if index > 10:
            trend = 1.0 if bars["close"][index] > was_upper else -1.0 if bars["close"][index] < was_lower else trend
        assert value[index] == pytest.approx(lower if trend > 0 else upper), index
        assert direction[index] == trend
    assert {-1.0, 1.0} <= set(direction[10:])


def test_vwap_and_pivots_begin_anew_each_day() -> None:
    bars = walk(500, 7)
    days = bars["time"] // 86400
    vwap, pivots = computed("vwap", bars), computed("pivots", bars)
    for day in np.unique(days)[1:]:
        today, before = bars[days == day], bars[days == np.unique(days)[np.unique(days) < day][-1]]
        last = int(np.flatnonzero(days == day)[-1])
        typical = (today["high"] + today["low"] + today["close"]) / 3
        volume = np.maximum(today["volume"], 1)
        assert vwap.values("value")[last] == pytest.approx((typical * volume).sum() / volume.sum())
        middle = (before["high"].max() + before["low"].min() + before["close"][-1]) / 3
        assert pivots.values("pivot")[last] == pytest.approx(middle)
        assert pivots.values("r1")[last] == pytest.approx(2 * middle - before["low"].min())
        assert pivots.values("s2")[last] == pytest.approx(middle - before["high"].max() + before["low"].min())


@pytest.mark.parametrize("key", INDICATORS)
def test_a_market_that_stands_still_gives_no_nonsense(key: str) -> None:
    bars = walk(200, 8)
    for name in ("open", "high", "low", "close"):
        bars[name] = 1.25
    active = computed(key, bars)
    for output in active.kind.outputs:
        values = active.values(output.name)
        assert not np.isinf(values).any()
        assert np.isfinite(values[-1])


def test_a_spec_from_a_file_is_repaired_or_left_out() -> None:
    spec = IndicatorSpec(key="rsi", settings={"period": 1e9, "stale": 3}).repaired()
    assert spec is not None
    assert spec.settings == {"period": 1000}
    assert IndicatorSpec(key="rsi", settings={"period": float("nan")}).repaired() == IndicatorSpec(
        key="rsi", settings={"period": 14}
    )
    assert IndicatorSpec(key="of another version").repaired() is None
    with pytest.raises(KeyError):
        ActiveIndicator(IndicatorSpec(key="of another version"))


@pytest.mark.parametrize("key", sorted(INDICATORS))
def test_a_long_history_in_pieces_is_the_batch_to_the_last_digit(key: str) -> None:
    bars = walk(10_000, 3)
    source = Source(bars, "M15")
    batch, pieces = ActiveIndicator(IndicatorSpec(key=key)), ActiveIndicator(IndicatorSpec(key=key))
    batch.update(source, 0)
    # Read whole, the newest bars a second time, and some from so far back that what led there is forgotten.
    for start in (0, 9_700, 2_000):
        pieces.begin(source, start)
        while not pieces.work(source, 777):
            assert not pieces.complete(len(bars))
        for name in batch.kind.columns:
            assert np.array_equal(batch.values(name), pieces.values(name), equal_nan=True), name


def test_what_nobody_sees_is_kept_for_the_newest_bars_alone() -> None:
    bars = walk(40_000, 3)
    adx = ActiveIndicator(IndicatorSpec(key="adx"))
    tracemalloc.start()
    adx.begin(Source(bars, "M15"), 0)
    while not adx.work(Source(bars, "M15"), 4000):
        pass
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < len(bars) * 8 * (3 + 2.5)  # three lines, and seven columns that only the computation reads


def test_values_stay_in_sight_while_older_bars_are_taken_in() -> None:
    bars = walk(9000, 3)
    model = ChartModel()
    model.set_indicators([IndicatorSpec(key="rsi")])
    model.load("EURUSD", "M15", bars[1000:].copy(), 5, 0.00001)
    model.work(10)
    (rsi,) = model.indicators
    newest = rsi.last("value")
    model.merge(bars[:1001].copy())
    assert model.pending
    assert rsi.last("value") == newest
    assert len(rsi.values("value")) == 9000
    model.work(10)
    assert not model.pending
    whole = ActiveIndicator(IndicatorSpec(key="rsi"))
    whole.update(Source(bars, "M15"), 0)
    assert np.array_equal(rsi.values("value"), whole.values("value"), equal_nan=True)
