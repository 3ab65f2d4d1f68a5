import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.chart.axes import price_ticks, time_ticks

PRICES = st.floats(min_value=1e-6, max_value=1e6, allow_nan=False)


@given(low=PRICES, span=st.floats(min_value=1e-5, max_value=1e5), most=st.integers(1, 40))
def test_price_ticks_are_round_ascending_and_inside(low: float, span: float, most: int) -> None:
    high = low + span
    ticks = price_ticks(low, high, most, 1e-8)
    assert len(ticks) <= most + 1
    slack = (high - low) * 1e-6 + abs(high) * 1e-9
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    steps = np.diff(ticks)
    assert (steps > 0).all()
    if len(steps):
        assert np.allclose(steps, steps[0], rtol=1e-3, atol=abs(high) * 1e-12)
        mantissa = steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-6)
        assert any(math.isclose(mantissa, round_one, rel_tol=1e-3) for round_one in (1, 2, 5, 10))


@given(low=st.floats(), high=st.floats(), point=st.floats(), most=st.integers(-3, 50))
def test_price_ticks_never_fail(low: float, high: float, point: float, most: int) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and math.isfinite(high - low)):
        assert price_ticks(low, high, most, point) == [] or math.isfinite(low)
        return
    assert len(price_ticks(low, high, most, point)) <= max(0, most) + 1


@given(
    gaps=st.lists(st.sampled_from([60, 900, 3600, 172800]), min_size=1, max_size=200),
    pitch=st.floats(min_value=0.01, max_value=60),
    room=st.integers(40, 140),
)
def test_time_labels_keep_their_distance_whatever_the_gaps(gaps: list[int], pitch: float, room: int) -> None:
    times = np.cumsum(np.array([1_700_000_000, *gaps], dtype=np.int64))
    ticks = time_ticks(times, 0, len(times) - 1, pitch, room=room)
    indices = [tick.index for tick in ticks]
    assert indices == sorted(set(indices))
    assert all((b - a) * pitch >= room for a, b in itertools.pairwise(indices))
    assert all(0 <= index < len(times) and tick.text for index, tick in zip(indices, ticks, strict=True))


def test_closed_hours_take_no_room_and_the_first_bar_after_them_names_the_day() -> None:
    friday = 1_700_172_000  # Thursday 2023-11-16 22:00 UTC
    times = np.concatenate((friday + np.arange(8) * 3600, friday + 3 * 86400 + np.arange(40) * 3600)).astype(np.int64)
    ticks = time_ticks(times, 0, len(times) - 1, 20, room=90)
    labels = {tick.index: tick.text for tick in ticks}
    assert labels[8] == "19 Nov"
    assert any(":" in text for text in labels.values())


def test_daily_bars_never_show_a_time_of_day() -> None:
    times = (1_699_999_200 + np.arange(400) * 86400).astype(np.int64)
    for pitch in (2.0, 8.0, 30.0, 90.0):
        texts = [tick.text for tick in time_ticks(times, 0, 399, pitch, room=80, offset=43200)]
        assert texts
        assert not any(":" in text for text in texts)


def test_years_of_months_are_labelled_by_year() -> None:
    times = (1_000_000_000 + np.arange(300) * 30 * 86400).astype(np.int64)
    texts = [tick.text for tick in time_ticks(times, 0, 299, 4.0, room=90)]
    assert {"2005", "2010"} & set(texts)


def test_nothing_visible_gives_no_labels() -> None:
    assert time_ticks(np.empty(0, np.int64), 0, -1, 8, room=90) == []
    assert time_ticks(np.array([5], np.int64), 3, 2, 8, room=90) == []
