from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from agent_core.protocol.market import Timeframe
from agent_core.terminal.models import Bars
from app.chart.gaps import Gaps
from app.chart.sessions import shown_sessions
from app.chart.widget import ChartWidget
from app.theme import Theme

HOUR = 3600


def with_weekend(bars: Bars, at: int, hours: int = 48) -> Bars:
    bars = bars.copy()
    bars["time"][at:] += hours * HOUR
    return bars


@given(
    missing=st.lists(st.tuples(st.integers(1, 400), st.integers(1, 3000)), max_size=20),
    index=st.floats(-50, 500, allow_nan=False),
)
def test_slots_and_bars_go_both_ways(missing: list[tuple[int, int]], index: float) -> None:
    steps = np.ones(400, np.int64)
    for place, slots in missing:
        steps[place - 1] += slots
    times = 1_700_000_000 + np.concatenate(([0], np.cumsum(steps))) * 60
    gaps = Gaps()
    gaps.fill(times, "M1")
    slot = gaps.slot(index)
    whole = np.arange(401, dtype=np.float64)
    assert gaps.slots(whole).tolist() == [(time - times[0]) / 60 for time in times.tolist()]
    assert gaps.slot(index) == pytest.approx(gaps.slots(np.array([index]))[0])
    if index >= 400 or np.floor(index) == np.floor(index + 0.5) or not missing:
        assert gaps.index(slot) == pytest.approx(index)
    # What is added bar by bar is what is there at once.
    grown = Gaps()
    grown.fill(times[:200], "M1")
    for count in range(201, 402):
        grown.fill(times[:count], "M1", count - 2)
    assert grown.slots(whole).tolist() == gaps.slots(whole).tolist()


@pytest.mark.parametrize("timeframe", get_args(Timeframe))
def test_a_clock_change_is_no_gap(timeframe: Timeframe) -> None:
    step = {"H4": 4 * HOUR, "D1": 24 * HOUR}.get(timeframe, 4 * HOUR)
    times = 1_700_000_000 + np.arange(50) * step
    times[25:] -= HOUR
    gaps = Gaps()
    gaps.fill(times, "H4" if timeframe not in ("D1", "W1", "MN1") else timeframe)
    assert gaps.slot(49) == 49


def test_closed_hours_take_room_by_choice(chart: ChartWidget, bars_of: Callable[..., Bars], theme: Theme) -> None:
    chart.show_bars("EURUSD", "H1", with_weekend(bars_of(200, step=HOUR), 190), 5, 0.00001)
    chart.set_pitch(8)
    assert chart.index_to_x(190) - chart.index_to_x(189) == pytest.approx(8)
    chart.set_closed_hours(True)
    assert chart.index_to_x(190) - chart.index_to_x(189) == pytest.approx(8 * 49)
    assert chart.following
    x = (chart.index_to_x(189) + chart.index_to_x(190)) / 2
    chart.set_indicators([])
    image = chart.grab().toImage()
    panel, grid = theme.color("panel").name(), chart.scene.style.grid.name()
    column = {QColor(image.pixelColor(int(x), y)).name() for y in range(60, int(chart.view.height) - 2)}
    assert column <= {panel, grid}  # nothing is drawn while the market is closed
    right = chart.index_to_x(199)
    last = chart.model.bars[-1]
    chart.apply_tick(float(last["close"]), 1.2, (int(last["time"]) + 3 * HOUR) * 1000)
    assert chart.index_to_x(200) == pytest.approx(right)
    assert chart.index_to_x(200) - chart.index_to_x(199) == pytest.approx(24)
    chart.set_closed_hours(False)
    assert chart.index_to_x(190) - chart.index_to_x(189) == pytest.approx(8)


def test_the_time_in_the_middle_stays_when_closed_hours_come_and_go(
    chart: ChartWidget, bars_of: Callable[..., Bars]
) -> None:
    chart.show_bars("EURUSD", "H1", with_weekend(bars_of(900, step=HOUR), 700), 5, 0.00001)
    chart.view.pan(2500, len(chart.model))
    middle = chart.view.x_to_index(chart.view.width / 2)
    for shown in (True, False):
        chart.set_closed_hours(shown)
        assert chart.view.x_to_index(chart.view.width / 2) == pytest.approx(middle, abs=1)


def test_bars_that_come_later_leave_what_is_in_sight_where_it_is(
    chart: ChartWidget, bars_of: Callable[..., Bars]
) -> None:
    bars = with_weekend(bars_of(900, step=HOUR), 300)
    chart.show_bars("EURUSD", "H1", bars[400:], 5, 0.00001)
    chart.set_closed_hours(True)
    chart.view.pan(1500, len(chart.model))
    at = chart.index_to_x(100)
    chart.merge_bars(bars[:401])
    assert chart.index_to_x(500) == pytest.approx(at)


def test_sessions_follow_their_own_clocks() -> None:
    def london(day: int, month: int) -> int:
        begin = int(datetime(2026, month, day, tzinfo=UTC).timestamp())
        found = shown_sessions(begin, begin + 24 * HOUR, "M15")
        return next((opens - begin) // HOUR for session, opens, _ in found if session.name == "London")

    assert (london(14, 1), london(14, 7)) == (8, 7)
    saturday = int(datetime(2026, 11, 21, 2, tzinfo=UTC).timestamp())
    assert not shown_sessions(saturday, saturday + 36 * HOUR, "M15")
    assert not shown_sessions(saturday, saturday + 9 * 24 * HOUR, "D1")


def test_sessions_are_shaded_behind_the_bars(chart: ChartWidget, bars_of: Callable[..., Bars]) -> None:
    begin = int(datetime(2026, 11, 18, tzinfo=UTC).timestamp())
    chart.show_bars("EURUSD", "M15", bars_of(96, start=begin), 5, 0.00001)
    chart.set_indicators([])
    empty = chart.price_to_y(chart.view.high) + 50, chart.index_to_x(40)
    plain = chart.grab().toImage().pixelColor(int(empty[1]) + 4, int(empty[0]))
    chart.set_sessions(True)
    assert chart.grab().toImage().pixelColor(int(empty[1]) + 4, int(empty[0])) != plain
