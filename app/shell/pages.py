"""The pages of the workspace, each built when it is first shown."""

import logging
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.theme import Theme
from app.widgets.empty_state import EmptyState

log = logging.getLogger(__name__)

Factory = Callable[[], QWidget]


class Pages(QStackedWidget):
    """Holds the pages by name. A page that can't be built says so, and the others still work."""

    shown = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("pages")
        self._theme = theme
        self._factories: dict[str, Factory] = {}
        self._built: dict[str, QWidget] = {}
        self._waiting = EmptyState(
            theme, "pages.starting", icon="trade", title="Starting …", text="The agent starts and looks for MetaTrader."
        )
        self.addWidget(self._waiting)

    def offer(self, factories: dict[str, Factory]) -> None:
        """Takes what builds each page, from now on."""
        self._factories = dict(factories)

    def page(self, name: str) -> QWidget | None:
        """A page that has been built."""
        return self._built.get(name)

    def build(self, name: str) -> None:
        """Builds a page, unless it is there, without showing it."""
        if name not in self._built and name in self._factories:
            self._built[name] = self._build(name)
            self.addWidget(self._built[name])

    def show_page(self, name: str) -> None:
        """Shows a page, building it the first time."""
        self.build(name)
        page = self._built.get(name)
        if page is not None:
            self.setCurrentWidget(page)
            self.shown.emit(name)

    def _build(self, name: str) -> QWidget:
        try:
            page = self._factories[name]()
        except Exception:
            log.exception("The page '%s' could not be built", name)
            return EmptyState(
                self._theme,
                f"pages.{name}.failed",
                icon="error",
                title="This page could not be opened",
                text="The log file in the data folder says why. The other pages still work.",
            )
        page.setObjectName(page.objectName() or f"page.{name}")
        return page
