"""Drawings: made, chosen, moved and taken back with the mouse and the keyboard."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from agent_core.terminal.models import BAR_DTYPE, Bars
from app.chart.context_menu import menu_at, pick_colour
from app.chart.drawings.model import Anchor, Drawing, Drawings, TimeGrid, Tool
from app.chart.menus import DrawMenu
from app.chart.widget import ChartWidget
from app.theme import Theme

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def shown(chart: ChartWidget, bars_of: Callable[..., Bars]) -> ChartWidget:
    chart.show_bars("EURUSD", "M15", bars_of(300), 5, 0.00001)
    chart.set_indicators([])
    chart.hand.magnet = False
    return chart


def drag(chart: ChartWidget, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(chart, LEFT, pos=start)
    QTest.mouseMove(chart, (start + end) / 2)
    QTest.mouseMove(chart, end)
    QTest.mouseRelease(chart, LEFT, pos=end)


def pixel(chart: ChartWidget, x: float, y: float) -> QColor:
    QApplication.processEvents()
    return chart.grab().toImage().pixelColor(round(x), round(y))


@pytest.mark.parametrize("tool", [tool for tool in Tool if tool.anchors == 2])
def test_one_drag_makes_a_drawing_between_its_ends(shown: ChartWidget, tool: Tool, qtbot: QtBot) -> None:
    shown.hand.choose_tool(tool)
    with qtbot.waitSignals([shown.drawings_changed, shown.tool_done]):
        drag(shown, QPoint(200, 300), QPoint(400, 150))
    (made,) = shown.hand.drawings.items
    assert made.tool is tool
    assert shown.hand.tool is None
    grid = TimeGrid(shown.model.bars, "M15")
    for anchor, (x, y) in zip(made.anchors, ((200, 300), (400, 150)), strict=True):
        assert shown.index_to_x(int(grid.index(anchor.time))) == pytest.approx(x, abs=shown.view.pitch)
        assert shown.price_to_y(anchor.price) == pytest.approx(y, abs=1)
    shown.grab()


def test_two_clicks_make_one_too_and_the_line_is_there(shown: ChartWidget, theme: Theme) -> None:
    shown.hand.choose_tool(Tool.TREND)
    QTest.mouseClick(shown, LEFT, pos=QPoint(200, 300))
    QTest.mouseMove(shown, QPoint(500, 300))
    QTest.mouseClick(shown, LEFT, pos=QPoint(500, 300))
    shown.hand.chosen, shown.pointer = "", None
    colour = pixel(shown, 350, 300)
    assert colour.blue() > theme.color("panel").blue() + 60


def test_a_horizontal_line_takes_one_click_and_snaps_to_the_bar(shown: ChartWidget) -> None:
    shown.hand.magnet = True
    high = float(shown.model.bars["high"][280])
    place = QPointF(shown.index_to_x(280), shown.price_to_y(high) - 6).toPoint()
    shown.hand.choose_tool(Tool.HORIZONTAL)
    QTest.mouseClick(shown, LEFT, pos=place)
    assert shown.hand.drawings.items[0].anchors[0].price == high


def test_a_click_that_snaps_away_is_no_drag(shown: ChartWidget) -> None:
    shown.hand.magnet = True
    shown.hand.choose_tool(Tool.TREND)
    highs = [(bar, float(shown.model.bars["high"][bar])) for bar in (270, 285)]
    for bar, high in highs:
        place = QPointF(shown.index_to_x(bar), shown.price_to_y(high) - 7).toPoint()
        QTest.mouseMove(shown, place)
        QTest.mouseClick(shown, LEFT, pos=place)
    (line,) = shown.hand.drawings.items
    assert [anchor.price for anchor in line.anchors] == [high for _, high in highs]


def test_moving_reshaping_deleting_and_taking_it_all_back(shown: ChartWidget) -> None:
    shown.setFocus()
    shown.hand.choose_tool(Tool.TREND)
    drag(shown, QPoint(200, 300), QPoint(400, 200))
    made = shown.hand.drawings.items[0]
    drag(shown, QPoint(300, 250), QPoint(340, 290))
    moved = shown.hand.drawings.items[0]
    assert [b.time - a.time for a, b in zip(made.anchors, moved.anchors, strict=True)] == [5 * 900] * 2
    drag(shown, QPoint(440, 240), QPoint(480, 100))  # the second anchor alone
    reshaped = shown.hand.drawings.items[0]
    assert reshaped.anchors[0] == moved.anchors[0]
    assert shown.price_to_y(reshaped.anchors[1].price) == pytest.approx(100, abs=1)
    QTest.keyClick(shown, Qt.Key.Key_Delete)
    assert shown.hand.drawings.items == ()
    control = Qt.KeyboardModifier.ControlModifier
    for expected in (reshaped, moved, made):
        QTest.keyClick(shown, Qt.Key.Key_Z, control)
        assert shown.hand.drawings.items == (expected,)
    QTest.keyClick(shown, Qt.Key.Key_Z, control)
    assert shown.hand.drawings.items == ()
    shown.hand.redo()
    assert shown.hand.drawings.items == (made,)


def test_a_drawing_does_not_pan_the_chart_and_escape_gives_up(shown: ChartWidget) -> None:
    right = shown.view.right
    shown.hand.choose_tool(Tool.RECTANGLE)
    QTest.mousePress(shown, LEFT, pos=QPoint(200, 300))
    QTest.mouseMove(shown, QPoint(300, 200))
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    QTest.mouseRelease(shown, LEFT, pos=QPoint(300, 200))
    assert shown.hand.drawings.items == ()
    assert shown.view.right == right
    drag(shown, QPoint(200, 300), QPoint(260, 300))
    assert shown.view.right < right


def test_the_ruler_tells_pips_bars_and_time(shown: ChartWidget) -> None:
    times = shown.model.bars["time"]
    ruler = Drawing(tool=Tool.RULER, anchors=(Anchor(int(times[100]), 1.1), Anchor(int(times[130]), 1.1055)))
    assert shown.hand._painter().ruler_text(ruler) == "+55.0 pips   +0.50 %   30 bars   7 h 30 min"


def test_the_menu_takes_a_tool_and_puts_it_away(shown: ChartWidget, qtbot: QtBot) -> None:
    menu = DrawMenu(shown, QWidget(shown))
    action = next(action for action in menu.actions() if action.text() == "Ray")
    action.trigger()
    assert shown.hand.tool is Tool.RAY
    drag(shown, QPoint(200, 300), QPoint(300, 200))
    assert not action.isChecked()
    undo = next(action for action in menu.actions() if action.text().startswith("Undo"))
    undo.trigger()
    assert shown.hand.drawings.items == ()


def test_a_drawing_of_a_broken_file_is_refused() -> None:
    with pytest.raises(ValidationError):
        Drawing(tool=Tool.TREND, anchors=(Anchor(0, 1.0),))
    with pytest.raises(ValidationError):
        Drawing(tool=Tool.HORIZONTAL, anchors=(Anchor(0, float("nan")),))


@given(st.integers(-500, 800))
def test_times_and_bar_numbers_go_both_ways(index: int) -> None:
    bars = np.zeros(300, BAR_DTYPE)
    bars["time"] = np.arange(300) * 900 + 1_700_000_100
    grid = TimeGrid(bars, "M15")
    assert grid.index(grid.time(index)) == index


@given(st.lists(st.one_of(st.integers(0, 9), st.just("undo"), st.just("redo")), max_size=40))
def test_undo_and_redo_are_exact_opposites(steps: list[object]) -> None:
    drawings = Drawings()
    past: list[tuple[Drawing, ...]] = [()]
    place = 0
    for step in steps:
        if step == "undo":
            assert drawings.undo() == (place > 0)
            place = max(0, place - 1)
        elif step == "redo":
            assert drawings.redo() == (place < len(past) - 1)
            place = min(len(past) - 1, place + 1)
        else:
            made = Drawing(tool=Tool.HORIZONTAL, anchors=(Anchor(int(str(step)), 1.0),))
            drawings.change((*drawings.items, made))
            past = [*past[: place + 1], drawings.items]
            place += 1
        assert drawings.items == past[place]


def write(chart: ChartWidget, text: str) -> None:
    field = chart.findChild(QLineEdit, "chart.text")
    assert isinstance(field, QLineEdit)
    field.setText(text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_text_is_written_where_it_stands_edited_and_emptied_away(shown: ChartWidget, theme: Theme) -> None:
    shown.hand.choose_tool(Tool.TEXT)
    place = QPoint(300, 120)
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=place)
    write(shown, "Resistance")
    (text,) = shown.hand.drawings.items
    assert (text.tool, text.text) == (Tool.TEXT, "Resistance")
    at = shown.hand._painter().text_box(text).center()
    assert shown.hand.at(at) == text
    image = shown.grab().toImage()
    box = shown.hand._painter().text_box(text).toRect()
    inks = {QColor(image.pixelColor(x, y)).name() for x in range(box.left(), box.right()) for y in (box.center().y(),)}
    assert len(inks) > 2
    QTest.mouseDClick(shown, Qt.MouseButton.LeftButton, pos=at.toPoint())
    write(shown, "Support")
    assert [item.text for item in shown.hand.drawings.items] == ["Support"]
    shown.hand.undo()
    assert [item.text for item in shown.hand.drawings.items] == ["Resistance"]
    shown.hand.edit_text(shown.hand.drawings.items[0])
    write(shown, "  ")
    assert shown.hand.drawings.items == ()
    shown.hand.undo()
    assert len(shown.hand.drawings.items) == 1


def test_escape_leaves_a_text_unwritten(shown: ChartWidget) -> None:
    shown.hand.choose_tool(Tool.TEXT)
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(300, 120))
    field = shown.findChild(QLineEdit, "chart.text")
    assert isinstance(field, QLineEdit)
    field.setText("never")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert shown.hand.drawings.items == ()


def test_the_menu_recolours_and_removes_what_is_under_the_pointer(shown: ChartWidget, theme: Theme) -> None:
    shown.hand.choose_tool(Tool.HORIZONTAL)
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    (line,) = shown.hand.drawings.items
    y = round(shown.price_to_y(line.anchors[0].price))
    menu = menu_at(shown, QPoint(300, y))
    (colours,) = [action.menu() for action in menu.actions() if action.text() == "Colour"]
    next(action for action in colours.actions() if action.text() == "Amber").trigger()
    assert shown.hand.drawings.items[0].colour == "warning"
    shown.hand.chosen = ""
    assert abs(pixel(shown, 500, y).hue() - theme.color("warning").hue()) < 8  # its edges are smoothed
    picker = pick_colour(shown, line)
    picker.colorSelected.emit(QColor("#123456"))
    picker.close()
    assert shown.hand.drawings.items[0].colour == "#123456"
    assert shown.hand.colour == "#123456"  # the next one is like it
    next(action for action in menu.actions() if action.text().startswith("Remove")).trigger()
    assert shown.hand.drawings.items == ()
    menu.close()
    shown.hand.undo()
    assert shown.hand.drawings.items[0].colour == "#123456"


def test_the_ruler_counts_money_where_a_size_is_known(shown: ChartWidget) -> None:
    ruler = Drawing(tool=Tool.RULER, anchors=(Anchor(0, 1.0), Anchor(0, 1.001)))
    shown.hand.money = lambda first, second: f"{(second - first) * 61000:+.2f} USD"
    assert "+61.00 USD" in shown.hand._painter().ruler_text(ruler)
