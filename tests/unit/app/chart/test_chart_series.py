from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.terminal.models import BAR_DTYPE, Bars
from app.chart.series import BarSeries, Merged, bar_start, clean_bars

ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(st.integers(-5, 50), ANY_FLOAT, ANY_FLOAT, ANY_FLOAT, ANY_FLOAT, st.integers(-5, 50))))
def test_cleaned_bars_can_always_be_drawn(rows: list[tuple[int, float, float, float, float, int]]) -> None:
    clean = clean_bars(np.array([(*row, 0) for row in rows], dtype=BAR_DTYPE))
    assert (np.diff(clean["time"]) > 0).all()
    for name in ("open", "high", "low", "close"):
        assert np.isfinite(clean[name]).all()
        assert (clean[name] > 0).all()
        assert (clean["low"] <= clean[name]).all()
        assert (clean[name] <= clean["high"]).all()
    assert (clean["volume"] >= 0).all()


def test_of_two_bars_with_the_same_time_the_last_counts() -> None:
    rows = [(60, 1, 1, 1, 1, 5, 0), (120, 2, 2, 2, 2, 5, 0), (60, 3, 3, 3, 3, 5, 0)]
    assert clean_bars(np.array(rows, dtype=BAR_DTYPE))["close"].tolist() == [3, 2]


def test_ticks_build_the_last_bar_and_open_the_next(bars_of: Callable[..., Bars]) -> None:
    bars = bars_of(10)
    series, last = BarSeries("M15", bars), int(bars["time"][-1])
    close = float(bars["close"][-1])
    assert series.apply_tick(close + 0.01, last + 60) is False
    assert series.bars["high"][-1] == series.bars["close"][-1] == close + 0.01
    assert series.apply_tick(close - 0.01, last + 1800 + 5) is True
    assert len(series) == 11
    assert series.bars["time"][-1] == last + 1800
    assert series.bars["open"][-1] == series.bars["low"][-1] == close - 0.01


@pytest.mark.parametrize("bid", [float("nan"), float("inf"), 0.0, -1.0])
def test_impossible_bids_are_ignored(bars_of: Callable[..., Bars], bid: float) -> None:
    series = BarSeries("M15", bars_of(3))
    before = series.bars.copy()
    assert series.apply_tick(bid, int(before["time"][-1]) + 1) is None
    assert (series.bars == before).all()


def test_late_quotes_and_quotes_without_bars_are_ignored(bars_of: Callable[..., Bars]) -> None:
    series = BarSeries("M15", bars_of(3))
    assert series.apply_tick(1.1, int(series.bars["time"][-1]) - 1) is None
    assert BarSeries("M15").apply_tick(1.1, 1_700_000_000) is None


def test_a_thousand_new_bars_do_not_lose_any(bars_of: Callable[..., Bars]) -> None:
    series = BarSeries("M15", bars_of(2))
    start = int(series.bars["time"][-1])
    for number in range(1, 1001):
        assert series.apply_tick(1.0 + number / 1000, start + number * 900) is True
    assert len(series) == 1002
    assert (np.diff(series.bars["time"]) == 900).all()


def test_bars_of_a_server_day_are_counted_from_the_servers_midnight() -> None:
    midnight = int(datetime(2026, 1, 5, 22, tzinfo=UTC).timestamp())  # 00:00 of the 6th at UTC+2
    assert bar_start(midnight, "D1", midnight + 86400 + 7) == midnight + 86400
    assert bar_start(midnight, "H4", midnight + 4 * 3600 - 1) == midnight


def test_months_have_their_own_lengths() -> None:
    january = int(datetime(2025, 12, 31, 22, tzinfo=UTC).timestamp())
    february = int(datetime(2026, 1, 31, 22, tzinfo=UTC).timestamp())
    march = int(datetime(2026, 2, 28, 22, tzinfo=UTC).timestamp())
    assert bar_start(january, "MN1", february - 1) == january
    assert bar_start(january, "MN1", february) == february
    assert bar_start(january, "MN1", march + 5) == march


def test_merging_corrects_adds_and_prepends(bars_of: Callable[..., Bars]) -> None:
    bars = bars_of(100)
    series = BarSeries("M15", bars[40:80])
    corrected = bars[78:82].copy()
    corrected["close"][0] = corrected["high"][0] = 9
    assert series.merge(corrected) == Merged(0, 38)
    assert len(series) == 42
    assert series.bars["close"][38] == 9
    assert series.merge(bars[:41]) == Merged(40, 0)
    assert (series.bars["time"] == bars["time"][:82]).all()
