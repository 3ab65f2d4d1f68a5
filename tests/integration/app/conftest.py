"""The real window on the real agent, with a simulated terminal on this computer and no cloud."""

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import keyring
import pytest
import qasync
from keyring.backends import null
from PySide6.QtWidgets import QApplication

from agent_core.programs import command_for
from app.shell.window import MainWindow
from app.theme import Theme
from app.ui_settings import UiSettingsFile


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Installs a simulated terminal where the agent looks for MetaTrader; returns its root."""
    root = tmp_path / "Rechner Ü" / "terminal"
    answer = subprocess.run(
        [*command_for("simulator"), "install", "--root", str(root), "--idle-exit", "20"],
        check=True,
        capture_output=True,
    )
    monkeypatch.setenv("FOREXELITE_ROAMING_FOLDER", json.loads(answer.stdout)["roaming"])
    monkeypatch.setenv("FOREXELITE_MT5_MODULE", "agent_core.simulator.mt5")
    monkeypatch.setenv("FOREXELITE_LAUNCHER", json.dumps(command_for("simulator")))
    yield root
    subprocess.run(
        [*command_for("simulator"), "control", "--root", str(root), json.dumps({"quit": True})],
        check=False,
        capture_output=True,
    )


@pytest.fixture
def no_keyring() -> Iterator[None]:
    """Keeps secrets in the encrypted file, as on a computer without a credential store."""
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def qt_loop(qapp: QApplication) -> Iterator[qasync.QEventLoop]:
    """An asyncio loop that also serves Qt; current for the test."""
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        loop.close()
        asyncio.set_event_loop(None)


@pytest.fixture
def run(qt_loop: qasync.QEventLoop) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine on the Qt loop, at most a minute."""
    return lambda work: qt_loop.run_until_complete(asyncio.wait_for(work, 60))


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The product's theme; the application goes on when its last window is closed, as in the program."""
    qapp.setQuitOnLastWindowClosed(False)
    theme = Theme()
    theme.install(qapp)
    return theme


@pytest.fixture
def window(theme: Theme, qtbot: Any, tmp_path: Path, no_keyring: None, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """The product's window with settings in a folder of its own, on a computer without MetaTrader."""
    monkeypatch.setenv("FOREXELITE_ROAMING_FOLDER", str(tmp_path / "roaming"))
    monkeypatch.setenv("FOREXELITE_WHOLE_COMPUTER", "false")  # terminals of other tests run beside
    window = MainWindow(theme, UiSettingsFile(tmp_path / "data"))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    return window
