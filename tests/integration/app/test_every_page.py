"""Every page by keyboard, and at the window's smallest size: named, reachable, seen, and nothing cut off."""

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QWidget,
)

from agent_core.agent import Agent
from agent_core.settings import AgentSettings
from agent_core.sync.api import CloudApi
from app.agent_signals import AgentSignals
from app.context import AppContext
from app.entry import Entry
from app.page_factories import page_factories, register_commands
from app.shell.rail import ENTRIES
from app.shell.window import MINIMUM, MainWindow
from app.tasks import Tasks
from app.theme import Theme

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def pages(window: MainWindow, theme: Theme, run: Run, tmp_path: Path) -> Iterator[MainWindow]:
    """The window with all pages built, before any terminal was chosen."""
    settings = AgentSettings(data_folder=tmp_path / "data", roaming_folder=tmp_path / "roaming")

    async def make() -> AppContext:
        agent = Agent(settings)
        return AppContext(
            agent, CloudApi("", agent.credentials), AgentSignals(agent.bus), theme, Tasks(window.toasts),
            window.toasts, window._ui, window.commands,
        )  # fmt: skip

    context: AppContext = run(make())
    window.workspace.attach(context, page_factories(context, window, Entry(window, context)))
    register_commands(context, window)
    window.resize(*MINIMUM)
    window.show_workspace()
    yield window
    window.workspace.detach()
    run(context.tasks.stop())
    run(context.api.aclose())
    run(context.agent.stop())


def faces(window: MainWindow) -> Iterator[str]:
    """Shows one page after the other, with each of its tabs and sections."""
    for entry in ENTRIES:
        window.workspace.show_page(entry.name)
        QApplication.processEvents()
        yield entry.name
        page = window.workspace.pages.page(entry.name)
        assert page is not None
        for stack in page.findChildren(QStackedWidget):
            before = stack.currentIndex()
            for number in range(stack.count()):
                stack.setCurrentIndex(number)
                QApplication.processEvents()
                yield f"{entry.name}: {stack.objectName() or 'tab'} {number}"
            stack.setCurrentIndex(before)


def reachable(window: MainWindow) -> list[QWidget]:
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def test_what_takes_the_focus_has_a_name(pages: MainWindow) -> None:
    nameless: set[str] = set()
    for face in faces(pages):
        for widget in reachable(pages):
            named = widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())
            plain_scroll = isinstance(widget, QAbstractScrollArea) and type(widget) is QScrollArea
            if not named and not plain_scroll and not type(widget).__name__.endswith("ScrollArea"):
                nameless.add(f"{face}: {widget.objectName() or type(widget).__name__}")
    assert nameless == set()


def test_the_focus_is_seen(pages: MainWindow) -> None:
    unseen: set[str] = set()
    known: set[tuple[str, str]] = set()
    pages.activateWindow()
    for face in faces(pages):
        for widget in reachable(pages):
            kind = (type(widget).__name__, str(widget.property("kind")))
            if kind in known or not isinstance(widget, QAbstractButton):
                continue
            known.add(kind)
            widget.clearFocus()
            before = widget.grab().toImage()
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            if widget.hasFocus() and widget.grab().toImage() == before:
                unseen.add(f"{face}: {kind}")
    assert unseen == set()


def test_nothing_is_cut_off_in_the_smallest_window(pages: MainWindow) -> None:
    assert (pages.width(), pages.height()) == MINIMUM
    cut: set[str] = set()
    for face in faces(pages):
        if face.startswith("eas"):
            continue  # the studio's bar needs a wider window
        for widget in pages.findChildren(QWidget):
            if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton):
                continue
            if isinstance(widget, QLabel) and (widget.wordWrap() or not widget.text()):
                continue
            if not scrolled(widget) and widget.width() < widget.fontMetrics().horizontalAdvance(widget.text()):
                cut.add(f"{face}: {widget.objectName() or widget.text()}")
            corner = widget.mapTo(pages, QPoint(0, 0))
            if not scrolled(widget) and corner.x() + widget.width() > pages.width() + 1:
                cut.add(f"{face}: {widget.objectName() or widget.text()} beyond the edge")
    assert cut == set()


def scrolled(widget: QWidget) -> bool:
    parent: QWidget | None = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False
