"""Shows every page at the window's smallest size and prints, as JSON, what is cut off there or not translated.

Run as a program.

Arguments: theme, language, folder for everything the program keeps. The scale is Qt's own, `QT_SCALE_FACTOR`.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import keyring
import qasync
import shiboken6
from keyring.backends import null
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
from app.language import choose_language, tr
from app.page_factories import page_factories, register_commands
from app.shell.rail import ENTRIES
from app.shell.window import MINIMUM, MainWindow
from app.tasks import Tasks
from app.theme import Theme
from app.ui_settings import UiSettingsFile
from tests.unit.app.said import texts


def cut_off(root: QWidget) -> Iterator[str]:
    """Names what is visible in a widget and has too little room for its text."""
    for widget in root.findChildren(QWidget):
        if isinstance(widget, QScrollArea) and widget.isVisible() and _too_wide(widget):
            yield f"{widget.objectName() or type(widget).__name__}: wider than its column"
        text = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
        if not text or not widget.isVisible() or scrolled(widget):
            continue
        name, corner = widget.objectName() or text, widget.mapTo(root, QPoint(0, 0))
        if isinstance(widget, QLabel) and widget.wordWrap():
            if widget.height() < widget.heightForWidth(widget.width()):
                yield f"{name}: {widget.height()} of {widget.heightForWidth(widget.width())} lines of pixels"
        elif widget.width() < (wanted := widget.fontMetrics().horizontalAdvance(text.replace("&", ""))):
            yield f"{name}: {widget.width()} of {wanted} pixels"
        if corner.x() + widget.width() > root.width() + 1 or corner.y() + widget.height() > root.height() + 1:
            yield f"{name}: beyond the edge"


def _too_wide(area: QScrollArea) -> bool:
    content, never = area.widget(), area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    return never and content is not None and content.width() > area.viewport().width()


def scrolled(widget: QWidget) -> bool:
    """Whether a widget can be scrolled to."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QAbstractScrollArea):
        parent = parent.parentWidget()
    return parent is not None


def faces(window: MainWindow) -> Iterator[str]:
    """Shows one page after the other, with each of its tabs and sections."""
    for entry in ENTRIES:
        window.workspace.show_page(entry.name)
        QApplication.processEvents()
        yield entry.name
        page = window.workspace.pages.page(entry.name)
        for stack in page.findChildren(QStackedWidget) if page is not None else ():
            before = stack.currentIndex()
            for number in range(stack.count()):
                stack.setCurrentIndex(number)
                QApplication.processEvents()
                yield f"{entry.name} {stack.objectName() or 'tab'} {number}"
            stack.setCurrentIndex(before)


async def context_of(window: MainWindow, ui: UiSettingsFile, theme: Theme, folder: Path) -> AppContext:
    """Returns the parts of a window before any terminal was chosen."""
    agent = Agent(AgentSettings(data_folder=folder, roaming_folder=folder / "roaming"))
    return AppContext(
        agent, CloudApi("", agent.credentials), AgentSignals(agent.bus), theme, Tasks(window.toasts), window.toasts,
        ui, window.commands,
    )  # fmt: skip


async def end(context: AppContext) -> None:
    """Ends them in order."""
    await context.tasks.stop()
    await context.api.aclose()
    await context.agent.stop()


def main(mode: str, language: str, folder: Path) -> None:
    """Prints what is cut off."""
    keyring.set_keyring(null.Keyring())
    application = QApplication([])
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    choose_language(language)
    theme, ui = Theme(mode=mode), UiSettingsFile(folder)
    theme.install(application)
    window = MainWindow(theme, ui)
    context = loop.run_until_complete(context_of(window, ui, theme, folder))
    window.workspace.attach(context, page_factories(context, window, Entry(window, context)))
    register_commands(context, window)
    window.resize(*MINIMUM)
    window.show()
    window.show_workspace()
    cut, english = set(), set()
    for face in faces(window):
        cut |= {f"{face}: {text}" for text in cut_off(window)}
        english |= {f"{face}: {text}" for text in texts(window) if tr(text) != text}
    seen = {"ratio": window.devicePixelRatioF(), "size": window.size().toTuple()}
    print(json.dumps({**seen, "cut": sorted(cut), "english": sorted(english)}))
    window.workspace.detach()
    loop.run_until_complete(end(context))
    loop.close()
    window.hide()
    shiboken6.delete(window)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
