"""The pages of the workspace, each built when it is first shown."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.theme import Theme
from app.widgets.empty_state import EmptyState

log = logging.getLogger(__name__)

Factory = Callable[[], QWidget]


@runtime_checkable
class InPieces(Protocol):
    """A large page: new, it has empty panels."""

    def pieces(self) -> Iterator[None]:
        """Fills the panels, one at each step."""


class Pages(QStackedWidget):
    """Holds the pages by name. A page that can't be built says so, and the others still work."""

    shown = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("pages")
        self._theme = theme
        self._factories: dict[str, Factory] = {}
        self._works: dict[str, Iterator[None]] = {}
        self._begun: dict[str, QWidget] = {}
        self._built: dict[str, QWidget] = {}
        self._waiting = EmptyState(
            theme, "pages.starting", icon="trade", title="Starting …", text="The agent starts and looks for MetaTrader."
        )
        self.addWidget(self._waiting)

    def offer(self, factories: dict[str, Factory]) -> None:
        """Takes what builds each page, from now on."""
        self._factories = dict(factories)

    @property
    def waiting(self) -> bool:
        """Whether no page has been shown yet."""
        return self.currentWidget() is self._waiting

    def page(self, name: str) -> QWidget | None:
        """A page that has been built."""
        return self._built.get(name)

    def build(self, name: str) -> None:
        """Builds a page, unless it is there, without showing it."""
        for _ in self._work_on(name):
            pass

    def show_page(self, name: str) -> None:
        """Shows a page, building it the first time."""
        self.build(name)
        self._show(name)

    async def build_in_turns(self, name: str) -> None:
        """Builds a page piece by piece between turns of the event loop, to be seen if there is no other yet."""
        for _ in self._work_on(name):
            if self.waiting:
                self._show(name)
            await asyncio.sleep(0)
        if self.waiting:
            self._show(name)

    def _show(self, name: str) -> None:
        page = self._begun.get(name)
        if page is not None:
            self.setCurrentWidget(page)
            self.shown.emit(name)

    def _work_on(self, name: str) -> Iterator[None]:
        """Returns the rest of the work on a page; there is none on one that has been built, or that nobody offers."""
        if name not in self._works and name in self._factories:
            self._works[name] = self._build(name)
        return self._works.get(name, iter(()))

    def _build(self, name: str) -> Iterator[None]:
        try:
            page = self._begin(name, self._factories[name]())
            if isinstance(page, InPieces):
                yield
                yield from page.pieces()
        except Exception:
            log.exception("The page '%s' could not be built", name)
            page = self._begin(name, self._broken(name))
        self._built[name] = page

    def _begin(self, name: str, page: QWidget) -> QWidget:
        """Takes in a page, in place of one that broke."""
        page.setObjectName(page.objectName() or f"page.{name}")
        before, self._begun[name] = self._begun.get(name), page
        self.addWidget(page)
        if before is not None:
            if self.currentWidget() is before:
                self.setCurrentWidget(page)
            self.removeWidget(before)
            before.deleteLater()
        return page

    def _broken(self, name: str) -> QWidget:
        return EmptyState(
            self._theme,
            f"pages.{name}.failed",
            icon="error",
            title="This page could not be opened",
            text="The log file in the data folder says why. The other pages still work.",
        )
