"""Steps on the watchlist: the broker's symbols, lists, spread, change, small curve, a symbol dragged to a chart."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from app import formatting
from app.tour.guide import Guide
from app.tour.hands import ask_menu, enter, find, until
from app.tour.step import Step
from app.tour.table_steps import show
from app.tour.trading import SYMBOL, choose, open_menu, trade_page
from app.trade.watch_model import WatchRow
from app.trade.watchlist import Watchlist

FOUND, DRAGGED = "GER40", "USDJPY"


async def search(guide: Guide) -> None:
    """All of the broker's symbols are found, by name and by what they are; one is added and taken out again."""
    watchlist, agent = trade_page(guide).watchlist, guide.context.agent
    known = {spec.name for spec in await agent.terminal.symbols()}
    watched = list(guide.context.ui.values.watchlist) or [row.symbol for row in watchlist.model.rows]
    await enter(guide.window, "watchlist.search", "franc")
    truth = {spec.name for spec in await agent.terminal.symbols() if "franc" in spec.description.casefold()}
    found = {row.symbol for row in watchlist.model.rows}
    guide.check("Every symbol with francs is found", found == truth and found <= known, found)
    await guide.picture("found")
    await enter(guide.window, "watchlist.search", "ger")
    await until("the index is found", lambda: watchlist.model.row_of(FOUND) >= 0)
    _click(watchlist, FOUND)
    await until(
        "it is in the list and charted",
        lambda: _row(watchlist, FOUND).watched and trade_page(guide).panel.symbol == FOUND,
    )
    await until(
        "it has a quote and a day's change",
        lambda: None not in (_row(watchlist, FOUND).bid, _row(watchlist, FOUND).change),
    )
    await guide.picture("added")
    await show(guide, SYMBOL)
    await choose(await _menu(watchlist, FOUND), f"Remove {FOUND}")
    guide.check("It is out again", [row.symbol for row in watchlist.model.rows] == watched)
    await enter(guide.window, "watchlist.search", "no such thing")
    await until(
        "nothing is found", lambda: find(guide.window, QLabel, "watchlist.empty.title").text() == "Nothing found"
    )
    await guide.picture("nothing")
    await enter(guide.window, "watchlist.search", "")


async def figures(guide: Guide) -> None:
    """Spread in pips, the day's change and the small curve are those of the terminal's own prices."""
    watchlist, agent = trade_page(guide).watchlist, guide.context.agent
    await until(
        "all rows have their past",
        lambda: all(len(row.closes) > 1 and row.change is not None for row in watchlist.model.rows),
    )
    for row in watchlist.model.rows[:3]:
        day, hours = await agent.terminal.bars(row.symbol, "D1", 1), await agent.terminal.bars(row.symbol, "H1", 24)
        spec = await agent.terminal.symbol(row.symbol)
        guide.check(
            f"{row.symbol}: the day began where the terminal says", row.open == float(day[-1]["open"]), row.open
        )
        guide.check(
            f"{row.symbol}: the curve is that of the last day's hours",
            row.closes[:-1] == tuple(map(float, hours["close"]))[:-1],
        )
        spread = (row.ask or 0) - (row.bid or 0)
        told = row.spread or 0.0
        guide.check(f"{row.symbol}: the spread is told in pips", abs(told * spec.pip - spread) < spec.point / 2, told)
        guide.check(
            f"{row.symbol}: its change is a percentage", formatting.percent(row.change, signed=True).endswith(" %")
        )


async def lists(guide: Guide) -> None:
    """A second list begins with the symbols of the first, has its own from then on, and goes again."""
    watchlist, ui = trade_page(guide).watchlist, guide.context.ui
    before = [row.symbol for row in watchlist.model.rows]
    await choose(await open_menu(guide, "watchlist.lists"), "New list")
    await enter(guide.window, "watchlist.new.name", "Majors")
    await guide.picture("name")
    await guide.press("watchlist.new.accept")
    await until("it is shown", lambda: ui.values.watchlist_name == "Majors")
    await choose(await _menu(watchlist, "XAUUSD"), "Remove XAUUSD")
    menu = await open_menu(guide, "watchlist.lists")
    await guide.picture("two")
    await choose(menu, "Main")
    guide.check("The first list has what it had", [row.symbol for row in watchlist.model.rows] == before)
    await choose(await open_menu(guide, "watchlist.lists"), "Majors")
    guide.check("The second has not", "XAUUSD" not in [row.symbol for row in watchlist.model.rows])
    await choose(await open_menu(guide, "watchlist.lists"), "Remove Majors")
    guide.check("It is gone, the first is back", [row.symbol for row in watchlist.model.rows] == before)


async def dragged(guide: Guide) -> None:
    """A symbol is dropped on the chart, which shows it then, as the ticket does."""
    page = trade_page(guide)
    model, panel = page.watchlist.model, page.panel
    data = model.mimeData([model.index(model.row_of(DRAGGED), 0)])
    place, buttons, no_key = panel.rect().center(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    # A real drag runs an event loop of its own, in which this tour would stand still.
    entering = QDragEnterEvent(place, Qt.DropAction.CopyAction, data, buttons, no_key)
    QApplication.sendEvent(panel, entering)
    guide.check("The chart takes it", entering.isAccepted())
    QApplication.sendEvent(panel, QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, buttons, no_key))
    await until("it is charted", lambda: page.panel.spec is not None and page.panel.spec.name == DRAGGED)
    await until("its bars are there", lambda: len(page.chart.model) > 100)
    guide.check("The ticket follows", page.ticket.spec is not None and page.ticket.spec.name == DRAGGED)
    await guide.picture("dropped")
    await show(guide, SYMBOL)


async def _menu(watchlist: Watchlist, symbol: str) -> QMenu:
    return await ask_menu(watchlist.view.viewport(), _place(watchlist, symbol))


def _row(watchlist: Watchlist, symbol: str) -> WatchRow:
    return watchlist.model.rows[watchlist.model.row_of(symbol)]


def _place(watchlist: Watchlist, symbol: str) -> QPoint:
    return watchlist.view.visualRect(watchlist.model.index(watchlist.model.row_of(symbol), 0)).center()


def _click(watchlist: Watchlist, symbol: str) -> None:
    QTest.mouseClick(watchlist.view.viewport(), Qt.MouseButton.LeftButton, pos=_place(watchlist, symbol))


STEPS = (
    Step("watch-search", "The broker's symbols are searched, one is added", search),
    Step("watch-figures", "Spread, daily change and small curve", figures),
    Step("watch-lists", "Several watchlists", lists),
    Step("watch-drag", "A symbol is dragged to the chart", dragged),
)
