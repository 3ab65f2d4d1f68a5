"""Panes, overlays, scales and what a chart remembers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QWidget

from agent_core.terminal.models import Bars
from app.chart.bar import ChartBar
from app.chart.candles import ChartKind
from app.chart.drawings.model import Anchor, Drawing, Tool
from app.chart.indicators import INDICATORS, IndicatorSpec
from app.chart.memory import ChartMemory
from app.chart.menus import IndicatorMenu
from app.chart.state import ChartStates
from app.chart.viewport import PriceScale, Viewport
from app.chart.widget import ChartWidget
from app.theme import Theme

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def shown(chart: ChartWidget, bars_of: Callable[..., Bars]) -> ChartWidget:
    chart.show_bars("EURUSD", "M15", bars_of(300), 5, 0.00001)
    return chart


def near(chart: ChartWidget, x: float, y: float, colour: QColor) -> bool:
    """Whether a colour is within two pixels of a place; lines are smoothed."""
    QApplication.processEvents()
    image = chart.grab().toImage()
    places = [image.pixelColor(round(x), round(y) + dy) for dy in (-2, -1, 0, 1, 2)]
    distance = min(
        abs(p.red() - colour.red()) + abs(p.green() - colour.green()) + abs(p.blue() - colour.blue()) for p in places
    )
    return distance < 90


@pytest.mark.parametrize("key", INDICATORS)
def test_every_indicator_paints_after_ticks_and_at_every_zoom(shown: ChartWidget, key: str) -> None:
    shown.set_indicators([IndicatorSpec(key=key), IndicatorSpec(key=key)])
    shown.pointer = QPointF(300, 100)
    at = int(shown.model.bars["time"][-1])
    for pitch in (20, 0.5):
        shown.view.pitch = pitch
        shown.refresh()
        shown.grab()
        for step in range(3):
            at += 400
            shown.apply_tick(1.2 + step / 1000, 1.2003, at * 1000)
            shown.grab()


def test_an_average_is_where_its_value_is(shown: ChartWidget, theme: Theme) -> None:
    shown.set_indicators([IndicatorSpec(key="sma", settings={"period": 20}, colours={"value": "#ff00ff"})])
    values = shown.model.indicators[0].values("value")
    for index in (260, 280, 299):
        assert near(shown, shown.index_to_x(index) - 1, shown.price_to_y(values[index]), QColor("#ff00ff")), index
    # The newest value follows the ticks, in the strip that is painted again.
    shown.apply_tick(1.2, 1.2002, (int(shown.model.bars["time"][-1]) + 30) * 1000)
    assert near(shown, shown.index_to_x(299) - 1, shown.price_to_y(values[299]), QColor("#ff00ff"))


def test_a_pane_has_its_own_axis_and_leaves_the_rest_to_the_bars(shown: ChartWidget, theme: Theme) -> None:
    whole = shown.view.height
    shown.set_indicators([IndicatorSpec(key="rsi", settings={"period": 100})])
    (pane,) = shown.scene.panes
    assert shown.view.height < whole
    assert pane.top + pane.view.height == pytest.approx(whole)
    assert pane.view.low < 0
    assert pane.view.high > 100
    value = shown.model.indicators[0].values("value")[280]
    assert near(shown, shown.index_to_x(280), pane.top + pane.view.price_to_y(value), theme.color("owner"))


def test_a_pane_is_dragged_higher_and_keeps_its_height(shown: ChartWidget) -> None:
    shown.set_indicators([IndicatorSpec(key="rsi"), IndicatorSpec(key="macd")])
    upper, lower = shown.scene.panes
    before = upper.view.height, lower.view.height
    edge = QPoint(300, round(lower.top) - 1)
    QTest.mousePress(shown, LEFT, pos=edge)
    QTest.mouseMove(shown, edge - QPoint(0, 40))
    QTest.mouseRelease(shown, LEFT, pos=edge - QPoint(0, 40))
    assert lower.view.height == pytest.approx(before[1] + 40, abs=2)
    assert upper.view.height == pytest.approx(before[0], abs=2)
    assert shown.indicators[1].height > shown.indicators[0].height


def test_many_panes_never_take_the_bars_room(shown: ChartWidget) -> None:
    shown.set_indicators([IndicatorSpec(key="rsi")] * 12)
    assert shown.view.height >= shown.height() * 0.3
    shown.grab()


def test_an_indicator_is_edited_live_and_removed(shown: ChartWidget) -> None:
    menu = IndicatorMenu(shown, QWidget(shown))
    shown.set_indicators([])
    menu.add("sma")
    menu.add("rsi")
    dialog = menu.edit(0)
    box = dialog.findChild(QDoubleSpinBox, "indicator.period")
    assert isinstance(box, QDoubleSpinBox)
    box.setValue(5)
    dialog.set_colour("value", QColor("#00ffff"))
    assert shown.indicators[0].settings == {"period": 5}
    assert shown.indicators[0].colours == {"value": "#00ffff"}
    closes = shown.model.bars["close"]
    assert shown.model.indicators[0].values("value")[-1] == pytest.approx(closes[-5:].mean())
    dialog._remove()
    assert [spec.key for spec in shown.indicators] == ["rsi"]


def test_heikin_ashi_is_drawn_from_its_own_bars(shown: ChartWidget) -> None:
    shown.set_kind(ChartKind.HEIKIN_ASHI)
    bars = shown.model.bars
    smoothed = shown.model.drawn.levels[0]
    opened = (bars["open"][0] + bars["close"][0]) / 2
    for index in range(5):
        closed = (bars["open"][index] + bars["high"][index] + bars["low"][index] + bars["close"][index]) / 4
        assert smoothed["open"][index] == pytest.approx(opened)
        assert smoothed["close"][index] == pytest.approx(closed)
        opened = (opened + closed) / 2
    at = int(bars["time"][-1])
    for number in range(1, 4):
        shown.apply_tick(1.3, 1.3002, (at + number * 900) * 1000)
    grown = shown.model.drawn.levels[0]["open"].copy()
    shown.set_kind(ChartKind.HEIKIN_ASHI)
    np.testing.assert_array_equal(grown, shown.model.drawn.levels[0]["open"])


@given(
    scale=st.sampled_from(list(PriceScale)), low=st.floats(1e-4, 1e5), ratio=st.floats(1.001, 50), share=st.floats(0, 1)
)
def test_every_scale_goes_both_ways(scale: PriceScale, low: float, ratio: float, share: float) -> None:
    view = Viewport(width=500, height=400, low=low, high=low * ratio, scale=scale)
    price = low + share * (view.high - low)
    assert view.y_to_price(view.price_to_y(price)) == pytest.approx(price, rel=1e-6)
    assert view.prices_to_y(np.array([price]))[0] == pytest.approx(view.price_to_y(price), abs=1e-6)
    view.fit(low, low * ratio, low * 1e-6)
    view.fitted = False
    assert view.fit(low, low * ratio, low * 1e-6)
    assert view.low < low < low * ratio < view.high
    assert view.auto_range
    middle = view.y_to_price(200)
    view.pan_price(30)
    assert view.y_to_price(230) == pytest.approx(middle)
    assert not view.auto_range


def test_a_log_scale_gives_equal_ratios_equal_room(shown: ChartWidget) -> None:
    shown.set_scale(PriceScale.LOG)
    assert shown.price_to_y(1.0) - shown.price_to_y(1.1) == pytest.approx(
        shown.price_to_y(1.1) - shown.price_to_y(1.21)
    )


def test_percents_count_from_the_first_visible_bar(shown: ChartWidget) -> None:
    shown.set_scale(PriceScale.PERCENT)
    base = shown.scene.percent_base
    first, _ = shown.view.visible(len(shown.model))
    assert base == shown.model.bars["close"][first]
    assert shown.scene.axis_text(base * 1.0125) == "+1.25 %"
    shown.grab()


def test_the_bar_shows_what_the_chart_does(shown: ChartWidget) -> None:
    bar = ChartBar(shown, "M15")
    bar.kind_chosen.connect(shown.set_kind)
    bar.scale_chosen.connect(shown.set_scale)
    shown.look_changed.connect(lambda: bar.show_view(shown.model.kind, shown.view.scale))
    actions = {action.text(): action for action in bar._kind.menu().actions()}
    actions["Heikin Ashi"].trigger()
    actions["Logarithmic"].trigger()
    assert shown.model.kind is ChartKind.HEIKIN_ASHI
    assert shown.view.scale is PriceScale.LOG
    assert bar._kind.text() == "Heikin Ashi ▾"
    checked = {text for text, action in actions.items() if action.isChecked()}
    assert checked == {"Heikin Ashi", "Logarithmic"}
    bar.deleteLater()


def test_a_picture_is_the_chart_without_the_crosshair(shown: ChartWidget) -> None:
    plain = shown.grab().toImage()
    shown.pointer = QPointF(300, 200)
    assert shown.grab().toImage() != plain
    picture = shown.picture().toImage()
    assert picture.pixelColor(310, 200) == plain.pixelColor(310, 200)
    assert shown.pointer == QPointF(300, 200)


def test_a_chart_comes_back_as_it_was(chart: ChartWidget, bars_of: Callable[..., Bars], tmp_path: Path) -> None:
    folder = tmp_path / "größe und mehr"
    states = ChartStates(folder)
    memory = ChartMemory(chart, states)

    def show(symbol: str, timeframe: str) -> None:
        chart.show_bars(symbol, timeframe, bars_of(300), 5, 0.00001)  # type: ignore[arg-type]
        memory.restore(None)

    show("EURUSD", "M15")
    chart.set_indicators([IndicatorSpec(key="rsi", settings={"period": 9})])
    chart.set_scale(PriceScale.LOG)
    chart.set_kind(ChartKind.BARS)
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    pitch = chart.view.pitch
    line = Drawing(tool=Tool.HORIZONTAL, anchors=(Anchor(1_700_000_000, 1.1),))
    chart.hand._change((line,))
    show("EURUSD", "H1")
    assert chart.hand.drawings.items == (line,)
    chart.set_indicators([])
    chart.set_scale(PriceScale.LINEAR)
    show("GBPUSD", "M15")
    assert chart.hand.drawings.items == ()
    states.flush()

    again = ChartStates(folder)
    ChartMemory(chart, again)
    memory = ChartMemory(chart, again)
    show("EURUSD", "M15")
    assert [(spec.key, spec.settings) for spec in chart.indicators] == [("rsi", {"period": 9})]
    assert (chart.view.scale, chart.model.kind, chart.view.pitch) == (PriceScale.LOG, ChartKind.BARS, pitch)
    assert chart.hand.drawings.items == (line,)
    show("EURUSD", "H1")
    assert chart.indicators == []
    assert chart.view.scale is PriceScale.LINEAR


@pytest.mark.logs_errors
def test_a_broken_file_means_a_fresh_start(tmp_path: Path) -> None:
    (tmp_path / "charts.json").write_text('{"charts": 3}')
    assert ChartStates(tmp_path).drawings("x") == ()


def test_a_narrow_bar_keeps_the_chosen_timeframe_and_lists_the_rest(shown: ChartWidget) -> None:
    bar = ChartBar(shown, "H4")
    bar.resize(1200, 34)
    bar.show()
    QApplication.processEvents()
    assert all(bar._frames[usual].isVisible() for usual in ("M1", "M5", "M15", "M30", "H1", "H4", "D1", "W1", "MN1"))
    assert not bar._frames["H12"].isVisible()
    bar.resize(520, 34)
    QApplication.processEvents()
    assert bar._frames["H4"].isVisible()
    assert not bar._frames["MN1"].isVisible()
    chosen: list[object] = []
    bar.timeframe_chosen.connect(chosen.append)
    next(action for action in bar._more.menu().actions() if action.text() == "MN1").trigger()
    assert chosen == ["MN1"]
    bar.deleteLater()
