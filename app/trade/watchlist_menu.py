"""Several watchlists by name: one is shown, the others wait in the menu."""

from collections.abc import Callable

from PySide6.QtCore import Signal

from app.context import AppContext
from app.language import tr
from app.widgets.buttons import MenuButton
from app.widgets.dialogs import ask_name

FIRST_NAME = "Main"


class WatchlistMenu(MenuButton):
    """The name of the list that is shown; its menu leads to the others.

    Signals:
        changed: Another list is shown: its symbols are the window's watchlist now.
    """

    changed = Signal()

    def __init__(self, context: AppContext, symbols: Callable[[], list[str]]) -> None:
        super().__init__("watchlist.lists", "List")
        self._context, self._symbols = context, symbols
        self.choices.aboutToShow.connect(self._fill)
        self.show_choice(self.name)

    @property
    def name(self) -> str:
        """Name of the list that is shown."""
        return self._context.ui.values.watchlist_name or FIRST_NAME

    def show_list(self, name: str) -> None:
        """Shows another list; a new one begins with the symbols of the last."""
        if name == self.name:
            return
        ui = self._context.ui
        kept = {**ui.values.watchlists, self.name: self._symbols()}
        shown = kept.pop(name, self._symbols())
        ui.set("watchlists", kept)
        ui.set("watchlist_name", name)
        ui.set("watchlist", shown)
        self.show_choice(name)
        self.changed.emit()

    def forget(self) -> None:
        """Takes the list that is shown away, and shows the first of the others."""
        others = dict(self._context.ui.values.watchlists)
        if others:
            name = min(others)
            shown = others.pop(name)
            for field_name, value in (("watchlists", others), ("watchlist_name", name), ("watchlist", shown)):
                self._context.ui.set(field_name, value)
            self.show_choice(name)
            self.changed.emit()

    def _fill(self) -> None:
        menu, others = self.choices, self._context.ui.values.watchlists
        menu.clear()
        for name in sorted({*others, self.name}, key=str.casefold):
            action = menu.addAction(_shown(name))
            action.setCheckable(True)
            action.setChecked(name == self.name)
            action.triggered.connect(lambda _checked, wanted=name: self.show_list(wanted))
        menu.addSeparator()
        menu.addAction(tr("New list …")).triggered.connect(lambda: self._context.tasks.start(self._ask_name()))
        forget = menu.addAction(tr(f"Remove {_shown(self.name)}"))
        forget.setEnabled(bool(others))
        forget.triggered.connect(self.forget)

    async def _ask_name(self) -> None:
        text = "It begins with the symbols that are shown now; add others by searching them."
        name = await ask_name(self.window(), "watchlist.new", title="New watchlist", text=text, accept="Create list")
        if name:
            self.show_list(name)


def _shown(name: str) -> str:
    return tr(name) if name == FIRST_NAME else name
