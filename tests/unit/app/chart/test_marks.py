from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agent_core.terminal.models import Bars
from app.chart.lines import LineKey, TradeLine
from app.chart.marks import CELL, TradeLink, TradeMark, TradeMarks, _told_apart
from app.chart.viewport import Viewport
from app.chart.widget import ChartWidget

COLOURS = {"": "#4c8dff", "Scalper": "#b59cff"}


def marks_on(chart: ChartWidget, *places: tuple[int, bool, str]) -> TradeMarks:
    """Marks at bars, half of a candle's wick away from its close; each two of them are linked."""
    bars = chart.model.bars
    marks = [
        TradeMark(
            datetime.fromtimestamp(int(bars["time"][bar]) + 300, UTC), float(bars["close"][bar]), up, up, owner,
            "0.10 manual" if up else "+3.00", number // 2 + 1,
        )
        for number, (bar, up, owner) in enumerate(places)
    ]  # fmt: skip
    links = [
        TradeLink(one.position, one.time, one.price, two.time, two.price, 3.0, one.owner)
        for one, two in zip(marks[::2], marks[1::2], strict=True)
    ]
    return TradeMarks(tuple(marks), tuple(links))


def colours_around(chart: ChartWidget, x: float, y: float, reach: int = 4) -> set[str]:
    image = chart.grab().toImage()
    steps = range(-reach, reach + 1)
    return {QColor(image.pixelColor(int(x) + dx, int(y) + dy)).name() for dx in steps for dy in steps}


@pytest.fixture
def traded(chart: ChartWidget, bars_of: Callable[..., Bars]) -> ChartWidget:
    chart.show_bars("EURUSD", "M15", bars_of(300), 5, 0.00001)
    chart.set_indicators([])
    chart.set_pitch(12)
    chart.set_marks(marks_on(chart, (280, True, ""), (290, False, ""), (285, True, "Scalper"), (299, False, "Scalper")),
                    COLOURS)  # fmt: skip
    return chart


def test_marks_have_their_owners_colours_at_their_prices(traded: ChartWidget) -> None:
    closes = traded.model.bars["close"]
    for bar, owner, below in ((280, "", True), (290, "", False), (285, "Scalper", True), (299, "Scalper", False)):
        y = traded.price_to_y(float(closes[bar])) + (3 if below else -3)
        assert COLOURS[owner] in colours_around(traded, traded.index_to_x(bar), y), bar


def test_a_quote_does_not_paint_the_newest_mark_over(traded: ChartWidget) -> None:
    last = traded.model.bars[-1]
    traded.grab()
    traded.apply_tick(float(last["close"]), float(last["close"]) + 0.0001, (int(last["time"]) + 40) * 1000)
    y = traded.price_to_y(float(last["close"])) - 3
    assert COLOURS["Scalper"] in colours_around(traded, traded.index_to_x(299), y)


def test_texts_keep_clear_of_the_legend(traded: ChartWidget) -> None:
    bars, view = traded.model.bars, traded.view
    highest = 200 + int(bars["high"][200:280].argmax())
    high = float(bars["high"][highest])
    when = datetime.fromtimestamp(int(bars["time"][highest]) + 300, UTC)
    traded.set_marks(TradeMarks((TradeMark(when, high, False, False, "", "+3.00", 1),)), COLOURS)
    for x, y, written in ((80, 34, 0), (80, 90, 1), (view.width - 80, 34, 1)):
        view.pan(x - traded.index_to_x(highest), len(traded.model))
        view.pan_price(y - traded.price_to_y(high))
        traded.refresh()
        traded.grab()
        assert len(traded.scene.marks._written) == written, (x, y)


def test_a_text_gives_way_to_a_line(traded: ChartWidget) -> None:
    traded.grab()
    before = traded.scene.marks._written[0]
    price = traded.y_to_price(before.middle)
    traded.set_lines([TradeLine(LineKey("sl", 5), price, "SL", "down")])
    traded.grab()
    here = [each.middle for each in traded.scene.marks._written if each.number == before.number]
    assert all(abs(middle - traded.price_to_y(price)) > traded.scene.texts.height / 2 for middle in here)


def test_texts_keep_clear_of_the_bars_and_of_the_last_price(traded: ChartWidget) -> None:
    last, model, height = traded.model.bars[-1], traded.model, traded.scene.texts.height
    lowest = float(last["low"])
    for number, bid in enumerate((float(last["close"]), lowest, lowest - 0.0004, lowest - 0.0008, lowest + 0.0002)):
        traded.apply_tick(bid, bid + 0.0001, (int(last["time"]) + 40 + number) * 1000)
        traded.grab()
        written = traded.scene.marks._written
        assert len(written) >= 3
        for each in written:
            text = traded.scene.marks.shown.marks[each.number].text
            right = each.left + traded.scene.texts.width(text)
            assert abs(each.middle - traded.price_to_y(bid)) >= height / 2
            low, high = model.pyramid.extremes(*(round(traded.view.x_to_index(x)) for x in (each.left, right))) or (
                0,
                0,
            )
            foot, top = traded.price_to_y(low), traded.price_to_y(high)
            assert each.middle - height / 2 >= foot or each.middle + height / 2 <= top


def test_a_click_on_a_mark_names_its_trade(traded: ChartWidget, qtbot: QtBot) -> None:
    traded.grab()
    place = QPoint(round(traded.index_to_x(285)), round(traded.price_to_y(float(traded.model.bars["close"][285]))) + 3)
    with qtbot.waitSignal(traded.mark_clicked) as clicked:
        QTest.mouseClick(traded, Qt.MouseButton.LeftButton, pos=place)
    assert clicked.args is not None
    assert (clicked.args[0].position, clicked.args[0].owner) == (2, "Scalper")
    assert traded.scene.marks.chosen == 2
    with qtbot.waitSignal(traded.mark_clicked) as clicked:
        QTest.mouseClick(traded, Qt.MouseButton.LeftButton, pos=QPoint(60, 40))
    assert clicked.args is not None
    assert clicked.args[0] is None
    assert traded.scene.marks.chosen == 0


def test_marks_keep_their_bars_when_older_ones_come(chart: ChartWidget, bars_of: Callable[..., Bars]) -> None:
    bars = bars_of(400)
    chart.show_bars("EURUSD", "M15", bars[200:], 5, 0.00001)
    chart.set_marks(marks_on(chart, (180, True, ""), (190, False, "")), COLOURS)
    at = [int(chart.model.bars["time"][group.bars[0]]) for group in chart.scene.marks._groups]
    chart.merge_bars(bars[:210])
    assert [int(chart.model.bars["time"][group.bars[0]]) for group in chart.scene.marks._groups] == at


def test_marks_before_the_first_bar_are_not_drawn(chart: ChartWidget, bars_of: Callable[..., Bars]) -> None:
    chart.show_bars("EURUSD", "M15", bars_of(300), 5, 0.00001)
    early = datetime(2000, 1, 1, tzinfo=UTC)
    chart.set_marks(TradeMarks((TradeMark(early, 1.08, True, True, "", "x", 1),)), COLOURS)
    chart.grab()
    assert chart.scene.marks.at(QPointF(chart.index_to_x(0), chart.price_to_y(1.08))) is None


@given(
    places=st.lists(st.integers(0, 50_000), min_size=1, max_size=4000),
    pitch=st.floats(0.01, 40),
    right=st.floats(100, 50_000),
)
def test_what_is_drawn_follows_the_pixels(places: list[int], pitch: float, right: float) -> None:
    view = Viewport(width=1200, height=600, right=right, pitch=pitch)
    bars = np.array(sorted(places))
    first, last = view.visible(50_001)
    kept = _told_apart(bars, view, first, last)
    assert len(kept) <= view.width / min(CELL, max(CELL, pitch)) + 4
    inside = bars[(bars >= first) & (bars <= last)]
    assert set(bars[kept].tolist()) <= set(inside.tolist())
    # Nothing that stands alone in its place is left out.
    for bar in set(inside.tolist()):
        assert np.abs(bars[kept] - bar).min() * pitch <= CELL + pitch
