"""Steps on drawings: each tool, snapping to prices, undo and redo by keys, the menu of a drawing."""

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QColorDialog, QMenu

from app.chart.drawings.model import Drawing, TimeGrid, Tool
from app.chart.widget import ChartWidget
from app.language import tr
from app.tour.charts import Painting, chart_of, choose_in_bar, open_bar_menu, pause, place_of
from app.tour.guide import Guide
from app.tour.hands import ask_menu, drag, hover, until
from app.tour.step import Step
from app.tour.trading import choose

_VIOLET = "#b59cff"


async def tools(guide: Guide) -> None:
    """Lines, ray, rectangle and Fibonacci levels, drawn by clicks and by dragging; each takes one step back and on."""
    chart = chart_of(guide)
    hand, foot = chart.hand, round(chart.view.height)
    menu = await open_bar_menu(guide, "chart.draw")
    await guide.picture("menu")
    menu.close()
    await choose_in_bar(guide, "chart.draw", tr("Snap to prices"))
    guide.check("Points stay where they are put", not hand.magnet)
    places = {
        Tool.HORIZONTAL: (QPoint(300, foot // 3), QPoint(300, foot // 3)),
        Tool.TREND: (QPoint(60, foot * 3 // 4), QPoint(330, foot // 2)),
        Tool.RAY: (QPoint(420, foot * 3 // 4), QPoint(520, foot * 3 // 5)),
        Tool.RECTANGLE: (QPoint(80, 60), QPoint(260, 130)),
        Tool.FIBONACCI: (QPoint(700, foot * 4 // 5), QPoint(930, 60)),
    }
    for tool, (start, end) in places.items():
        await choose_in_bar(guide, "chart.draw", tr(tool.value))
        if tool is Tool.RECTANGLE:
            await drag(chart, start, end, steps=3)
        else:
            for place in dict.fromkeys((start.toTuple(), end.toTuple())):
                hover(chart, QPoint(*place))
                QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(*place))
        drawn = hand.drawings.items[-1]
        guide.check(f"{tool.value} is drawn", drawn.tool is tool and hand.tool is None, hand.drawings.items)
        guide.check("where it was put", _is_at(chart, drawn, start, end), drawn)
    guide.check("Every one can be seen", _all_painted(chart, places))
    await guide.picture("all")
    for _ in places:
        QTest.keyClick(chart, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    guide.check("Ctrl+Z takes them back one by one", hand.drawings.items == ())
    for _ in places:
        QTest.keyClick(chart, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    guide.check("Ctrl+Shift+Z brings them again", [item.tool for item in hand.drawings.items] == list(places))
    await choose_in_bar(guide, "chart.draw", tr("Snap to prices"))
    await choose_in_bar(guide, "chart.draw", tr("Remove all drawings"))
    guide.check("All are removed at once", hand.drawings.items == () and hand.magnet)


async def snapping(guide: Guide) -> None:
    """Near the high of a bar a line snaps to it; a trend line between two extremes, moved by its end."""
    chart = chart_of(guide)
    bars, (first, last) = chart.model.bars, chart.view.visible(len(chart.model))
    middle = (first + last) // 2
    highs = [at + int(np.argmax(bars["high"][at:to])) for at, to in ((first + 3, middle), (middle, last - 8))]
    places = [place_of(chart, at, float(bars["high"][at])) for at in highs]
    await choose_in_bar(guide, "chart.draw", tr(Tool.TREND.value))
    for place in places:
        beside = place + QPoint(1, -4)
        hover(chart, beside)
        QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=beside)
    drawn = chart.hand.drawings.items[-1]
    wanted = [(int(bars["time"][at]), float(bars["high"][at])) for at in highs]
    guide.check("Both ends are the bars' highs exactly", [tuple(anchor) for anchor in drawn.anchors] == wanted, drawn)
    await guide.picture("snapped")
    low = highs[1] - 2
    end = place_of(chart, low, float(bars["low"][low]))
    await drag(chart, places[1], end + QPoint(0, 3), steps=4)
    moved = chart.hand.drawings.items[-1].anchors[1]
    guide.check("An end that is dragged snaps too", moved == (int(bars["time"][low]), float(bars["low"][low])), moved)
    QTest.keyClick(chart, Qt.Key.Key_Delete)
    guide.check("Delete removes the chosen one", chart.hand.drawings.items == ())


async def drawing_menu(guide: Guide) -> None:
    """The menu of a drawing gives it another colour and removes it; elsewhere the chart's own menu opens."""
    chart = chart_of(guide)
    y = round(chart.view.height * 0.45)
    await choose_in_bar(guide, "chart.draw", tr(Tool.HORIZONTAL.value))
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(200, y))
    line = chart.hand.drawings.items[-1]
    at = QPoint(240, round(chart.price_to_y(line.anchors[0].price)))
    menu = await ask_menu(chart, at)
    colours = next(each for each in menu.findChildren(QMenu) if each.title() == tr("Colour"))
    corner = menu.mapToGlobal(QPoint(menu.width(), 0))
    colours.popup(corner)
    colours.move(corner)  # a screen that is smaller than the window has pushed it aside
    await guide.picture("menu")
    colours.close()
    await choose(menu, tr("Amber"))
    await pause()
    amber = chart.scene.style.warning
    guide.check("It is amber", chart.hand.drawings.items[-1].colour == "warning")
    guide.check("and painted so", Painting(chart).shows(amber, at.x(), at.y()))
    await choose(await ask_menu(chart, at), tr("Other"))
    picker = await until("a colour can be picked", lambda: next(iter(guide.window.findChildren(QColorDialog)), None))
    picker.setCurrentColor(_VIOLET)
    picker.accept()
    guide.check("Any colour will do", chart.hand.drawings.items[-1].colour == _VIOLET)
    await choose(await ask_menu(chart, at), tr("Remove"))
    guide.check("It is removed", chart.hand.drawings.items == ())
    menu = await ask_menu(chart, QPoint(400, 90))
    names = [action.text() for action in menu.actions() if action.text()]
    guide.check("A free place offers an alert and the way back", len(names) >= 2 and tr("Remove") not in names, names)
    await guide.picture("place")
    menu.close()
    chart.hand.colour = "accent"


def _is_at(chart: ChartWidget, drawing: Drawing, start: QPoint, end: QPoint) -> bool:
    """Whether its points are within half a bar and a pixel of where they were put."""
    grid = TimeGrid(chart.model.bars, chart.model.timeframe)
    wanted = (start,) if drawing.tool.anchors == 1 else (start, end)
    points = [QPointF(chart.view.index_to_x(grid.index(a.time)), chart.price_to_y(a.price)) for a in drawing.anchors]
    half = chart.view.pitch / 2 + 1
    return all(abs(p.x() - w.x()) <= half and abs(p.y() - w.y()) <= 1.5 for p, w in zip(points, wanted, strict=True))


def _all_painted(chart: ChartWidget, places: dict[Tool, tuple[QPoint, QPoint]]) -> bool:
    painting, accent = Painting(chart), chart.scene.style.accent
    middles = {tool: (start + end) / 2 for tool, (start, end) in places.items()}
    start, end = places[Tool.RECTANGLE]
    middles[Tool.RECTANGLE] = QPoint((start.x() + end.x()) // 2, start.y())
    return all(painting.shows(accent, place.x(), place.y(), reach=4) for place in middles.values())


STEPS = (
    Step("drawing-tools", "Lines, ray, rectangle, Fibonacci levels", tools),
    Step("snapping", "Drawings snap to the bars' prices", snapping),
    Step("drawing-menu", "The menus of a drawing and of the chart", drawing_menu),
)
