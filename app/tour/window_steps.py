"""Steps: the window made one's own: commands by name, keys, panels, layouts, and the tour of the window asked for."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QKeySequenceEdit, QLabel, QLineEdit, QPushButton, QWidget

from app.shell.coach import MARKS
from app.shell.layout_menu import LayoutMenu
from app.shell.palette import Palette
from app.tour.guide import Guide
from app.tour.hands import enter, find, until
from app.tour.settings_steps import show_section
from app.tour.step import Step
from app.tour.trading import choose
from app.trade.page import TradePage

KEPT = "Tour"
NEW_KEYS, COMMAND = "Ctrl+Shift+H", "go.history"


async def palette(guide: Guide) -> None:
    """Ctrl+K finds a command by words of its name, and Return runs it."""
    await guide.go_to("trade")
    await guide.keys("Ctrl+K")
    dialog = await until("the palette opens", lambda: find(guide.window, Palette, "palette"))
    guide.check("It offers every command", dialog.list.count() > 20, dialog.list.count())
    await guide.picture("all")
    QTest.keyClicks(dialog.field, "hist go")
    found = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    guide.check("It finds by words in any order", found == ["Go to History"], found)
    await guide.picture("found")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    await until("the command has run", lambda: find(guide.window, QWidget, "page.history"))
    guide.check("The palette is gone", not dialog.isVisible())
    await guide.go_to("trade")


async def shortcuts(guide: Guide) -> None:
    """A command gets other keys, keys that are taken are refused, and the usual ones come back."""
    await show_section(guide, "Shortcuts")
    name = f"settings.shortcut.{COMMAND}"
    edit = await until("the command is listed", lambda: find(guide.window, QKeySequenceEdit, name))
    usual = edit.keySequence().toString()
    await _press_keys(edit, NEW_KEYS)
    commands = guide.context.commands
    await until("the keys are kept", lambda: guide.context.ui.values.shortcuts.get(COMMAND) == NEW_KEYS)
    await guide.picture("changed")
    await guide.keys(NEW_KEYS)
    await until("the new keys do it", lambda: find(guide.window, QWidget, "page.history"))
    await show_section(guide, "Shortcuts")
    await _press_keys(edit, "Ctrl+K")
    note = find(guide.window, QLabel, "settings.shortcuts.note")
    await until("keys that are taken are refused", lambda: "Show all commands" in note.text())
    guide.check("The old ones stay", commands.keys_of(COMMAND) == NEW_KEYS == edit.keySequence().toString())
    await guide.picture("refused")
    find(guide.window, QPushButton, f"{name}.usual").click()
    guide.check("The usual keys are back", commands.keys_of(COMMAND) == usual == QKeySequence(usual).toString())
    guide.check("Nothing is left of it", guide.context.ui.values.shortcuts == {}, guide.context.ui.values.shortcuts)
    await guide.go_to("trade")


async def panels(guide: Guide) -> None:
    """The ticket floats in a window of its own and docks again; the watchlist is hidden and shown; tabs are opened."""
    await guide.go_to("trade")
    ticket = find(guide.window, TradePage, "trade").ticket
    guide.context.commands.run("float.order ticket")
    window = await until("the ticket floats", lambda: find(guide.window, QWidget, "floating"))
    window.move(guide.window.mapToGlobal(guide.window.rect().center()) - window.rect().center())
    guide.check("The ticket is in it", window.isAncestorOf(ticket) and ticket.isVisible())
    await guide.picture("floating")
    window.close()
    await until("it is docked again", lambda: ticket.window() is guide.window and ticket.isVisible())
    guide.context.commands.run("panel.watchlist")
    watchlist = find(guide.window, TradePage, "trade").watchlist
    guide.check("The watchlist is hidden", not watchlist.isVisible())
    await guide.press("blotter.orders")
    await guide.picture("hidden")
    guide.context.commands.run("panel.watchlist")
    await guide.press("blotter.positions")
    guide.check("It is shown again", watchlist.isVisible())


async def layouts(guide: Guide) -> None:
    """An arrangement is kept under a name, left, brought back, and forgotten."""
    ui, window = guide.context.ui, guide.window
    before = dict(ui.values.layouts)
    watchlist = find(window, TradePage, "trade").watchlist
    guide.context.commands.run("panel.watchlist")
    await _layout(guide, "Keep this layout …")
    await until("a name is asked for", lambda: find(window, QLineEdit, "layout.new.name"))
    await enter(window, "layout.new.name", KEPT)
    await guide.picture("name")
    await guide.press("layout.new.accept")
    await until("it is kept", lambda: KEPT in ui.values.named_layouts)
    await _layout(guide, "Usual layout")
    await until("the usual layout shows the watchlist", watchlist.isVisible)
    await _layout(guide, KEPT, picture="menu")
    await until("the kept one hides it", lambda: not watchlist.isVisible())
    await guide.picture("kept")
    await _layout(guide, f"Remove {KEPT}")
    guide.check("It is forgotten", KEPT not in ui.values.named_layouts)
    ui.set("layouts", before)
    await until("all is as before", watchlist.isVisible)


async def tour_again(guide: Guide) -> None:
    """The first-run tour comes again when it is asked for, and goes through all parts to its end."""
    guide.context.commands.run("view.tour")
    titles = []
    for _name, title, _text in MARKS:
        shown = await until("a part is lit", lambda: find(guide.window, QLabel, "coach.title").text())
        titles.append(shown)
        await guide.picture(title.split()[0].casefold())
        await guide.press("coach.next")
    guide.check("Every part is named", titles == [title for _name, title, _text in MARKS], titles)
    await until("it is over", lambda: not guide.window.findChildren(QWidget, "coach"))


async def _press_keys(edit: QKeySequenceEdit, keys: str) -> None:
    edit.setFocus()
    QTest.keySequence(edit, QKeySequence(keys))


async def _layout(guide: Guide, entry: str, picture: str = "") -> None:
    menu = find(guide.window, LayoutMenu, "statusbar.layouts")
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.rect().center())
    await until("the menu of layouts opens", menu.choices.isVisible)
    if picture:
        await guide.picture(picture)
    await choose(menu.choices, entry)


STEPS = (
    Step("palette", "Commands by their names", palette),
    Step("shortcuts", "Keys are changed, refused where taken, and reset", shortcuts),
    Step("panels", "Panels float, dock, hide", panels),
    Step("layouts", "Layouts are kept, brought back, forgotten", layouts),
    Step("tour-again", "The tour of the window from its first to its last part", tour_again),
)
