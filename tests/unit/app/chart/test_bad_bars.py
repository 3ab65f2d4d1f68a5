"""What brokers send in their worst moments: nothing crashes, nothing draws nonsense."""

import gc
import weakref
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from agent_core.terminal.models import BAR_DTYPE, Bars
from app.chart.candles import ChartKind
from app.chart.lod import OhlcPyramid
from app.chart.series import BarSeries
from app.chart.viewport import PriceScale
from app.chart.widget import ChartWidget
from app.theme import Theme

PRICES = st.one_of(
    st.floats(1e-8, 1e6), st.sampled_from([float("nan"), float("inf"), -float("inf"), 0.0, -1.0, 1e300, 5e-324])
)
ROW = st.tuples(st.integers(-1000, 10_000_000_000), PRICES, PRICES, PRICES, PRICES, st.integers(-5, 10**9), st.just(0))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(ROW, max_size=30), digits=st.integers(-3, 12), kind=st.sampled_from(list(ChartKind)),
       scale=st.sampled_from(list(PriceScale)), closed=st.booleans())  # fmt: skip
def test_anything_can_be_shown(
    chart: ChartWidget, rows: list[tuple[float, ...]], digits: int, kind: ChartKind, scale: PriceScale, closed: bool
) -> None:
    chart.closed_hours = closed
    chart.show_bars("BAD", "M1", np.array(rows, dtype=BAR_DTYPE), digits, float("nan"))
    chart.set_kind(kind)
    chart.set_scale(scale)
    chart.grab()
    for tick in (float("nan"), 0.0, -1.0, 1.5):
        chart.apply_tick(tick, tick, 11_000_000_000_000)
    chart.merge_bars(np.array(rows[::-1], dtype=BAR_DTYPE))
    chart.grab()
    bars = chart.model.bars
    assert (np.diff(bars["time"]) > 0).all()
    assert all(np.isfinite(bars[name]).all() and (bars[name] > 0).all() for name in ("open", "high", "low", "close"))
    assert np.isfinite([chart.view.low, chart.view.high, chart.view.right, chart.view.pitch]).all()
    assert chart.view.low < chart.view.high


def test_a_bad_bar_among_good_ones_leaves_their_pixels_alone(
    chart: ChartWidget, bars_of: Callable[..., Bars], theme: Theme
) -> None:
    good = bars_of(60)
    bad = np.concatenate((good, good[30:31], good[10:20]))  # repeated and out of order
    bad[-1]["high"] = float("nan")
    bad[-2]["low"] = -7.0
    chart.show_bars("EURUSD", "M15", bad, 5, 0.00001)
    chart.set_indicators([])
    chart.set_pitch(20)
    assert np.array_equal(chart.model.bars, good)
    bar = good[58]
    x, y = chart.index_to_x(58), chart.price_to_y(float(bar["open"] + bar["close"]) / 2)
    assert QColor(chart.grab().toImage().pixelColor(int(x), int(y))).name() == theme.color("up").name()


@pytest.mark.parametrize("symbol", ["EURUSD.r#", "#S&P500_m", "日経225", "A<b>B</b>", "x" * 80, "%s{0}"])
def test_odd_names_are_shown_as_they_are(chart: ChartWidget, bars_of: Callable[..., Bars], symbol: str) -> None:
    chart.show_bars(symbol, "H1", bars_of(0), 5, 0.00001)
    assert symbol in chart.message
    chart.grab()
    chart.show_bars(symbol, "H1", bars_of(30), 5, 0.00001)
    chart.grab()


def test_millions_of_bars_are_taken_in_and_drawn(chart: ChartWidget, theme: Theme) -> None:
    count = 2_000_000
    bars = np.zeros(count, BAR_DTYPE)
    bars["time"] = np.arange(1, count + 1, dtype=np.int64) * 60
    bars["close"] = 1.1
    bars["open"], bars["high"], bars["low"] = 1.0, 1.2, 0.9
    chart.set_indicators([])
    chart.show_bars("EURUSD", "M1", bars, 5, 0.00001)
    chart.view.pitch = chart.view.width / count
    chart.view.follow(count)
    chart.refresh()
    y = int(chart.price_to_y(1.05))
    assert QColor(chart.grab().toImage().pixelColor(300, y)).name() == theme.color("up").name()
    assert chart.apply_tick(1.15, 1.1501, (count + 1) * 60_000)


@given(
    prices=st.lists(st.floats(0.5, 2.0), min_size=2, max_size=80),
    quotes=st.lists(st.tuples(st.floats(0.5, 2.0), st.integers(0, 90)), max_size=40),
)
def test_quotes_leave_the_pyramid_as_if_made_at_once(prices: list[float], quotes: list[tuple[float, int]]) -> None:
    bars = np.zeros(len(prices), BAR_DTYPE)
    bars["time"] = np.arange(1, len(prices) + 1) * 60
    for name in ("open", "high", "low", "close"):
        bars[name] = prices
    series = BarSeries("M1", bars)
    pyramid, at = OhlcPyramid(series.bars), int(bars["time"][-1])
    for price, later in quotes:
        at += later
        if series.apply_tick(price, at):
            pyramid.update(series.bars, len(series) - 1)
        else:
            pyramid.quote(price, 1)
    fresh = OhlcPyramid(series.bars)
    assert len(pyramid.levels) == len(fresh.levels)
    for one, two in zip(pyramid.levels, fresh.levels, strict=True):
        for name in ("open", "high", "low", "close", "volume"):
            assert np.array_equal(one[name], two[name]), name


def test_a_closed_chart_is_forgotten(theme: Theme, qapp: QApplication, bars_of: Callable[..., Bars]) -> None:
    chart = ChartWidget(theme)
    chart.resize(500, 300)
    chart.show_bars("EURUSD", "M15", bars_of(8000), 5, 0.00001)
    chart.grab()
    model, scene = weakref.ref(chart.model), weakref.ref(chart.scene)
    chart.close()
    chart.deleteLater()
    del chart
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert model() is None
    assert scene() is None
