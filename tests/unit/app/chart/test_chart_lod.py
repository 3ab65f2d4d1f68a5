import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.terminal.models import BAR_DTYPE, Bars
from app.chart.lod import FACTOR, OhlcPyramid


def random_bars(count: int, seed: int) -> Bars:
    random = np.random.default_rng(seed)
    bars = np.zeros(count, BAR_DTYPE)
    bars["time"] = np.arange(count) * 60 + 60
    values = random.uniform(1, 2, (4, count))
    bars["open"], bars["close"] = values[0], values[1]
    bars["high"], bars["low"] = values.max(axis=0), values.min(axis=0)
    bars["volume"] = random.integers(0, 1000, count)
    return bars


def assert_true_summary(pyramid: OhlcPyramid, bars: Bars) -> None:
    for number, level in enumerate(pyramid.levels):
        size = FACTOR**number
        assert len(level["open"]) == -(-len(bars) // size)
        for bucket in range(len(level["open"])):
            part = bars[bucket * size : (bucket + 1) * size]
            assert level["open"][bucket] == part["open"][0]
            assert level["close"][bucket] == part["close"][-1]
            assert level["high"][bucket] == part["high"].max()
            assert level["low"][bucket] == part["low"].min()
            assert level["volume"][bucket] == part["volume"].sum()


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 300), seed=st.integers(0, 99))
def test_every_level_summarises_its_bars(count: int, seed: int) -> None:
    bars = random_bars(count, seed)
    assert_true_summary(OhlcPyramid(bars), bars)


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 90), added=st.lists(st.integers(0, 3), max_size=12), seed=st.integers(0, 99))
def test_growing_bar_by_bar_gives_the_same_as_building_anew(count: int, added: list[int], seed: int) -> None:
    bars = random_bars(count + sum(added), seed)
    pyramid, shown = OhlcPyramid(bars[:count].copy()), count
    for step in added:
        shown += step
        current = bars[:shown].copy()
        current["close"][-1] = current["high"][-1] = 2.5
        pyramid.update(current, shown - step - 1)
        pyramid.update(bars[:shown], shown - step - 1)
        assert_true_summary(pyramid, bars[:shown])


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 300), kept=st.integers(0, 300), seed=st.integers(0, 99))
def test_bars_replaced_in_the_middle_change_what_stands_over_them(count: int, kept: int, seed: int) -> None:
    old, new = random_bars(300, seed), random_bars(count, seed + 1)
    kept = min(kept, count)
    new[:kept] = old[:kept]
    pyramid = OhlcPyramid(old)
    pyramid.update(new, kept)
    assert_true_summary(pyramid, new)


@settings(max_examples=80, deadline=None)
@given(count=st.integers(1, 400), first=st.integers(-10, 410), length=st.integers(0, 400), seed=st.integers(0, 9))
def test_extremes_are_those_of_the_bars_themselves(count: int, first: int, length: int, seed: int) -> None:
    bars = random_bars(count, seed)
    found = OhlcPyramid(bars).extremes(first, first + length)
    part = bars[max(0, first) : max(0, first + length + 1)]
    assert found == ((part["low"].min(), part["high"].max()) if len(part) else None)


def test_the_level_fits_the_zoom() -> None:
    pyramid = OhlcPyramid(random_bars(5000, 1))
    assert pyramid.level_for(8.0) == 0
    assert pyramid.level_for(0.5) == 1
    assert pyramid.level_for(0.05) == 3
    assert pyramid.level_for(1e-9) == len(pyramid.levels) - 1


def test_no_bars_at_all() -> None:
    pyramid = OhlcPyramid(np.empty(0, BAR_DTYPE))
    assert len(pyramid) == 0
    assert pyramid.extremes(0, 10) is None
