"""Every page by keyboard, and at the window's smallest size: named, reachable, seen, and nothing cut off."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QScrollArea, QWidget

from agent_core.agent import Agent
from agent_core.settings import AgentSettings
from agent_core.sync.api import CloudApi
from app.agent_signals import AgentSignals
from app.context import AppContext
from app.entry import Entry
from app.page_factories import page_factories, register_commands
from app.shell.window import MINIMUM, MainWindow
from app.tasks import Tasks
from app.theme import Theme
from tests.integration.app import cut_texts
from tests.integration.app.cut_texts import faces

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


@pytest.mark.parametrize(
    ("scale", "theme", "language"), [("1", "dark", "de"), ("1.5", "light", "en"), ("2", "dark", "en")]
)
def test_nothing_is_cut_off_or_english_in_the_smallest_window(
    scale: str, theme: str, language: str, tmp_path: Path
) -> None:
    program = [sys.executable, "-m", cut_texts.__name__, theme, language, str(tmp_path)]
    environment = {**os.environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
    root = Path(__file__).parents[3]
    done = subprocess.run(program, check=True, capture_output=True, env=environment, cwd=root, timeout=100)
    assert json.loads(done.stdout) == {"ratio": float(scale), "size": list(MINIMUM), "cut": [], "english": []}
