"""Steps on what charts keep and share: state by symbol and timeframe, tabs and split panes, pictures, a lost line."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QTabBar

from app.chart.candles import ChartKind
from app.chart.drawings.model import Tool
from app.chart.memory import account_key
from app.chart.panel import ChartPanel
from app.chart.state import ChartStates
from app.chart.workspace import ChartWorkspace
from app.language import tr
from app.tour.chart_view_steps import USUAL
from app.tour.charts import (
    chart_of,
    choose_in_bar,
    open_bar_menu,
    panel_of,
    pause,
    show,
    terminals_bars,
    turn_wheel,
    until_charted,
)
from app.tour.guide import Guide
from app.tour.hands import find, hover, until
from app.tour.step import Step
from app.tour.trading import SYMBOL, trade_page

_OTHER = "GBPUSD"
_FOUR = ("EURUSD", "GBPUSD", "USDJPY", "USDCHF")


async def kept(guide: Guide) -> None:
    """Kind, indicators and zoom belong to symbol and timeframe, drawings to the symbol; a new chart has them too."""
    chart, panel = chart_of(guide), panel_of(guide)
    before = chart.indicators
    await choose_in_bar(guide, "chart.kind", ChartKind.BARS.value)
    await choose_in_bar(guide, "chart.indicators", "Relative Strength")
    await choose_in_bar(guide, "chart.draw", tr(Tool.HORIZONTAL.value))
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(300, 150))
    turn_wheel(chart, QPoint(600, 150), 4)
    pitch, specs, drawn = chart.view.pitch, chart.indicators, chart.hand.drawings.items
    await guide.picture("before")
    trade_page(guide).show_symbol(_OTHER)
    await until_charted(panel, _OTHER, USUAL)
    guide.check("The line is not on another symbol", chart.hand.drawings.items == ())
    await choose_in_bar(guide, "chart.kind", ChartKind.CANDLES.value)
    chart.set_indicators(before)
    QTest.keyClick(chart, Qt.Key.Key_Home)
    await guide.picture("other-symbol")
    trade_page(guide).show_symbol(SYMBOL)
    await until_charted(panel, SYMBOL, USUAL)
    seen = (chart.view.pitch, chart.indicators, chart.hand.drawings.items, chart.model.kind)
    guide.check("Back again, everything is as it was", seen == (pitch, specs, drawn, ChartKind.BARS), seen)
    await guide.picture("after")
    await show(guide, "H4")
    guide.check("The line is on every timeframe", chart.hand.drawings.items == drawn)
    await show(guide, USUAL)
    fresh = await _new_tab(guide)
    seen = (fresh.chart.view.pitch, fresh.chart.indicators, fresh.chart.hand.drawings.items, fresh.chart.model.kind)
    guide.check("A chart that is made anew has it all", seen == (pitch, specs, drawn, ChartKind.BARS), seen)
    _workspace(guide).close_active()
    _check_file(guide, panel, len(specs))
    chart.set_indicators(before)
    await choose_in_bar(guide, "chart.kind", ChartKind.CANDLES.value)
    await choose_in_bar(guide, "chart.draw", tr("Remove all drawings"))
    QTest.keyClick(chart, Qt.Key.Key_Home)


async def tabs(guide: Guide) -> None:
    """A second tab with four charts, crosshairs linked by time; linked symbols change together."""
    workspace, first = _workspace(guide), panel_of(guide)
    menu = await open_bar_menu(guide, "chart.layout")
    await guide.picture("menu")
    menu.close()
    await _new_tab(guide)
    for entry in ("Split right", "Split below", "Split right"):
        await choose_in_bar(guide, "chart.layout", tr(entry))
        await until_charted(panel_of(guide), SYMBOL, USUAL)
    four = [panel for panel in workspace.panels if panel is not first]
    guide.check("There are four charts in the tab", len(four) == 4 and len(workspace.sheets) == 2)
    for panel, symbol in zip(four, _FOUR, strict=True):
        workspace.activate(panel)
        trade_page(guide).show_symbol(symbol)
        await until_charted(panel, symbol, USUAL)
    await choose_in_bar(guide, "chart.layout", tr("Link crosshairs"))
    chart = four[0].chart
    hover(chart, QPoint(chart.width() // 2, chart.height() // 2))
    await guide.picture("four")
    bar = find(guide.window, QTabBar, "chart.tabs")
    guide.check("The tabs name what they show", bar.count() == 2 and bar.tabText(0) == f"{SYMBOL} {USUAL}")
    await choose_in_bar(guide, "chart.layout", tr("Link symbols"))
    trade_page(guide).show_symbol("AUDUSD")
    for panel in four:
        await until_charted(panel, "AUDUSD", USUAL)
    guide.check("Linked charts show the same symbol", {panel.symbol for panel in four} == {"AUDUSD"})
    guide.check("The other tab keeps its own", first.symbol == SYMBOL)
    for entry in ("Link symbols", "Link crosshairs"):
        await choose_in_bar(guide, "chart.layout", tr(entry))
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(0).center())
    guide.check("A click on its tab shows the first chart", workspace.active is first)
    workspace.close_tab(1)
    guide.check("One chart is left", workspace.panels == [first] and not bar.isVisible())


async def pictures(guide: Guide) -> None:
    """The chart goes to the clipboard, and into a file, without the crosshair."""
    chart = chart_of(guide)
    hover(chart, QPoint(300, 200))
    size = (round(chart.width() * chart.devicePixelRatioF()), round(chart.height() * chart.devicePixelRatioF()))
    await choose_in_bar(guide, "chart.picture", tr("Copy picture"))
    copied = QApplication.clipboard().image()
    guide.check("The clipboard holds the chart", (copied.width(), copied.height()) == size, copied.size())
    await choose_in_bar(guide, "chart.picture", tr("Save picture"))
    dialog = await until("a place is asked for", lambda: find(guide.window, QFileDialog, "chart.save"))
    wanted = guide.folder / f"{guide.step}-saved.png"
    dialog.selectFile(str(wanted))
    dialog.accept()
    await until("it is written", wanted.is_file)
    saved = QImage(str(wanted))
    guide.check("The file holds the chart", (saved.width(), saved.height()) == size, saved.size())
    x, grey = chart.index_to_x(round(chart.view.x_to_index(300))), chart.scene.style.mute
    dashes = [
        sum(image.pixelColor(int(x), y) == grey for y in range(60, 400)) for image in (saved, chart.grab().toImage())
    ]
    guide.check("without the crosshair", dashes[0] < 20 and dashes[1] > 100, dashes)
    told = guide.context.toasts.messages
    guide.check("The window says where it is", any(str(wanted) in text for text in told), told)


async def lost_line(guide: Guide) -> None:
    """The terminal loses its broker for a while; then the bars are the terminal's again, and none is missing."""
    await show(guide, "M1")
    chart = chart_of(guide)
    await guide.terminal.control(connected=False)
    await until("the window says so", lambda: guide.context.agent.terminal.link.detail)
    await pause()
    await guide.picture("away")
    await guide.terminal.control(connected=True)
    await until("the terminal is back", lambda: not guide.context.agent.terminal.link.detail)
    truth = await terminals_bars(guide, 120)

    def complete() -> bool:
        ours = chart.model.bars[np.isin(chart.model.bars["time"], truth["time"][:-1])]
        return len(ours) == len(truth) - 1 and bool(np.array_equal(ours["close"], truth["close"][:-1]))

    await until("every bar is the terminal's", complete)
    guide.check("No bar is missing", complete())
    await show(guide, USUAL)


async def _new_tab(guide: Guide) -> ChartPanel:
    old = panel_of(guide)
    await choose_in_bar(guide, "chart.layout", tr("New tab"))
    fresh = await until("a new tab opens", lambda: panel_of(guide) if panel_of(guide) is not old else None)
    await until_charted(fresh, old.symbol, old.timeframe)
    return fresh


def _workspace(guide: Guide) -> ChartWorkspace:
    return find(guide.window, ChartWorkspace, "charts")


def _check_file(guide: Guide, panel: ChartPanel, indicators: int) -> None:
    """The file of the charts, read as the next start of the program does."""
    panel.states.flush()
    stored = ChartStates(Path(guide.context.ui.folder))
    key = f"{account_key(guide.context.agent.terminal.account)}/{SYMBOL}"
    state = stored.chart(f"{key}/{USUAL}")
    right = state.kind is ChartKind.BARS and len(state.indicators or ()) == indicators
    guide.check("The next start will find kind, indicators and zoom", right and state.pitch is not None, state)
    guide.check("and the drawing", [each.tool for each in stored.drawings(key)] == [Tool.HORIZONTAL])


STEPS = (
    Step("chart-kept", "A chart keeps its state", kept),
    Step("chart-tabs", "Tabs, split panes, links", tabs),
    Step("chart-picture", "The chart as a picture", pictures),
    Step("chart-lost-line", "What was missed is filled in", lost_line),
)
