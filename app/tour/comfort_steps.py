"""Steps: the first look at the window, groups and trailing of positions, the journal."""

from PySide6.QtWidgets import QLineEdit, QMenu, QPlainTextEdit, QWidget

from app.history.journal_panel import JournalPanel
from app.tour.guide import Guide
from app.tour.hands import enter, find, until
from app.trade.page import TradePage


async def first_look(guide: Guide) -> None:
    """The tour of a new window names its parts; it is looked at, then skipped."""
    await until("the tour of the window shows", lambda: find(guide.window, QWidget, "coach"))
    await guide.picture("watchlist")
    await guide.press("coach.next")
    await guide.picture("chart")
    await guide.press("coach.skip")
    guide.check("It is shown once", guide.context.ui.values.toured)


async def group_and_trail(guide: Guide) -> None:
    """Positions under their symbol's sum; the stop follows the price, and stands still again."""
    blotter = find(guide.window, TradePage, "trade").blotter
    await until("the position is listed", lambda: blotter.positions.rows)
    name = blotter.positions.rows[0].position.symbol
    blotter.panels[0].group_by("symbol")
    line = blotter.positions.cells(0)[0][0]
    guide.check("The line over the group names its symbol", name in line, line)
    menu = blotter.position_menu(blotter.positions.rows[0])
    trailing = menu.findChildren(QMenu)[0]
    next(action for action in trailing.actions() if action.text() == "50 pips").trigger()
    agent, ticket = guide.context.agent, blotter.positions.rows[0].position.ticket
    await until("the stop trails", lambda: ticket in agent.trailing.distances)
    await guide.picture("trailing")
    agent.trailing.stop(ticket)
    blotter.panels[0].group_by("")
    guide.check("It stands still again", ticket not in agent.trailing.distances)


async def journal(guide: Guide) -> None:
    """A note about the last trade, beside the pictures of its chart."""
    await guide.go_to("history")
    await guide.press("history.journal")
    panel = await until("the journal shows", lambda: journal_panel(guide))
    await until("trades are listed", lambda: panel.model.rows)
    panel.table.setCurrentIndex(panel.model.index(0, 0))
    await enter(guide.window, "journal.tags", "london, tour")
    find(guide.window, QPlainTextEdit, "journal.note").setPlainText("Waited for the retest; closed too early.")
    await until("it is kept", lambda: panel.model.rows[0].entry.note)
    guide.check("Tags are kept", panel.model.rows[0].entry.tags == ["london", "tour"], panel.model.rows[0].entry)
    tags = find(guide.window, QLineEdit, "journal.tags").text()
    guide.check("They stand in their field", tags == "london, tour", tags)
    guide.check("A traded chart has its picture", any(row.pictures for row in panel.model.rows))


def journal_panel(guide: Guide) -> JournalPanel | None:
    """Returns the journal that is to be seen, if there is one."""
    panels = guide.window.findChildren(JournalPanel)
    return next((panel for panel in panels if panel.isVisible()), None)
