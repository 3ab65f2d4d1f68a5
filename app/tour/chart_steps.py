"""Steps on the charts: the trade on its chart, charts side by side, drawings, an alert as a line."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QWidget

from app.alerts.watcher import AlertBook
from app.chart.drawings.model import Tool
from app.chart.widget import ChartWidget
from app.chart.workspace import ChartWorkspace
from app.tour.guide import Guide
from app.tour.hands import drag, find, until
from app.tour.trading import SYMBOL
from app.trade.page import TradePage

SECOND = "GBPUSD"


async def trade_on_chart(guide: Guide) -> None:
    """The closed trade stands on the chart; a click on its mark tells what it came to."""
    chart = _chart(guide)
    await until("entry and exit are marked", lambda: len(chart.scene.marks.shown.links) >= 1)
    chart.reset_view()
    mark = chart.scene.marks.shown.marks[-1]
    index = chart.scene.marks._groups[-1].bars[-1]
    place = QPointF(chart.index_to_x(int(index)), chart.price_to_y(mark.price))
    await until("the mark is drawn", lambda: chart.scene.marks.at(place))
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place.toPoint())
    result = await until("the card tells of it", lambda: find(guide.window, QLabel, "chart.trade.result").text())
    guide.check("It tells pips and money", "pips" in result and any(c.isdigit() for c in result), result)


async def drawings(guide: Guide) -> None:
    """A ruler with the ticket's money, and a text; undone, and done again."""
    chart = _chart(guide)
    hand, middle = chart.hand, int(chart.view.height / 2)
    hand.choose_tool(Tool.RULER)
    await drag(chart, QPoint(180, middle + 60), QPoint(420, middle - 40))
    hand.choose_tool(Tool.TEXT)
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(460, middle - 90))
    field = await until("the text can be written", lambda: find(guide.window, QLineEdit, "chart.text"))
    QTest.keyClicks(field, "Wait for the retest")
    QTest.keyClick(field, Qt.Key.Key_Return)
    await until("both are there", lambda: len(hand.drawings.items) == 2)
    await guide.picture("drawn")
    hand.undo()
    guide.check("The text is taken back", [item.tool for item in hand.drawings.items] == [Tool.RULER])
    hand.redo()
    guide.check("and is there again", len(hand.drawings.items) == 2)
    hand.clear()


async def charts_side_by_side(guide: Guide) -> None:
    """A second symbol beside the first, crosshairs linked, sessions shaded; then one chart again."""
    workspace = find(guide.window, ChartWorkspace, "charts")
    workspace.split(beside=True)
    workspace.show_symbol(SECOND)
    await until("the second symbol is charted", lambda: workspace.active.spec and workspace.active.spec.name == SECOND)
    await until("its bars are there", lambda: len(workspace.active.chart.model) > 100)
    workspace.set_links(symbols=False, crosshair=True)
    first, second = (panel.chart for panel in workspace.panels)
    for chart in (first, second):
        chart.set_sessions(True)
    first.point_at(QPointF(first.view.width / 2, first.view.height / 2))
    ticket = find(guide.window, TradePage, "trade").ticket
    guide.check("The ticket follows the active chart", ticket.spec is not None and ticket.spec.name == SECOND)
    await guide.picture("split")
    first.point_at(None)
    for chart in (first, second):
        chart.set_sessions(False)
    workspace.set_links(symbols=False, crosshair=False)
    workspace.close_active()
    await until("one chart is left", lambda: len(workspace.panels) == 1)
    guide.check("It shows the first symbol", workspace.active.symbol == SYMBOL, workspace.active.symbol)


async def alert_line(guide: Guide) -> None:
    """An alert is set with the menu of a place on the chart, and taken away again."""
    chart, book = _chart(guide), AlertBook(guide.context.ui)
    known = len(book.alerts)
    menu = QMenu()
    chart.menu_opening.emit(menu, QPointF(200, chart.view.height * 0.3))
    next(action for action in menu.actions() if action.objectName() == "chart.menu.alert").trigger()
    guide.check("The alert is armed", len(book.alerts) == known + 1 and book.alerts[-1].armed)
    await guide.picture("line")
    book.remove(book.alerts[-1].id)
    guide.check("It is gone", len(book.alerts) == known)


def _chart(guide: Guide) -> ChartWidget:
    find(guide.window, QWidget, "trade")
    return find(guide.window, TradePage, "trade").chart
