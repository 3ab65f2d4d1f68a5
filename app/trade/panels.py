"""The panels of the Trade page that can be hidden, and the tab that is open: part of the window's layout."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.context import AppContext
from app.shell.commands import Command
from app.ui_settings import UiSettingsFile

_HIDDEN = "trade.hidden"


class PagePanels(QObject):
    """Hides and shows panels by command, and as the layout says.

    `holder` holds some of the panels, named in `held`: it goes with the last of them.
    """

    def __init__(
        self, context: AppContext, panels: Mapping[str, QWidget], holder: QWidget, held: tuple[str, ...]
    ) -> None:
        super().__init__(holder)
        self._ui, self._panels, self._holder, self._held = context.ui, dict(panels), holder, held
        self._cramped: set[str] = set()
        for name in panels:
            title = f"Show or hide: {name}"
            context.commands.add(Command(f"panel.{name.casefold()}", title, partial(self.toggle, name)))
        context.ui.changed.connect(lambda name: self._show() if name == "layouts" else None)
        self._show()

    @property
    def hidden(self) -> set[str]:
        """Names of the panels that the user has hidden."""
        return set(filter(None, self._ui.values.layouts.get(_HIDDEN, "").split("|"))) & self._panels.keys()

    def toggle(self, name: str) -> None:
        """Hides a panel, or shows it again."""
        self._ui.set_layout(_HIDDEN, "|".join(sorted(self.hidden ^ {name})))

    def set_cramped(self, name: str, cramped: bool) -> None:
        """Says that there is no room for a panel just now, or that there is."""
        self._cramped = self._cramped | {name} if cramped else self._cramped - {name}
        self._show()

    def _show(self) -> None:
        gone = self.hidden | self._cramped
        for name, panel in self._panels.items():
            panel.setVisible(name not in gone)
        self._holder.setVisible(any(name not in gone for name in self._held))


class KeptTab(QObject):
    """Opens the tab that the layout names, and remembers the one that is opened."""

    def __init__(self, ui: UiSettingsFile, name: str, stack: QStackedWidget, show: Callable[[int], object]) -> None:
        super().__init__(stack)
        self._ui, self._name, self._stack, self._show = ui, name, stack, show
        stack.currentChanged.connect(lambda at: ui.set_layout(name, str(at)))
        ui.changed.connect(lambda changed: self._follow() if changed == "layouts" else None)
        self._follow()

    def _follow(self) -> None:
        wanted = self._ui.values.layouts.get(self._name, "0")
        at = int(wanted) if wanted.isdecimal() else 0
        if at != self._stack.currentIndex() and at < self._stack.count():
            self._show(at)
