"""The start of the window: what is imported when, and what is painted first."""

import builtins
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from app.main import import_plainly
from app.shell.frame import RAIL_WIDTH, STATUS_BAR_HEIGHT, TOP_BAR_HEIGHT
from app.shell.window import MainWindow
from app.theme import Theme
from app.ui_settings import UiSettingsFile

_PHASES = """
import json, sys
import app.main
first = sorted(sys.modules)
import app.running, app.shell.workspace, app.shell.toasts, app.shell.palette, app.sign_in.page
frame = sorted(sys.modules)
import app.ui_values, app.session, app.failures, app.trade.page
print(json.dumps([first, frame, sorted(sys.modules)]))
"""


def test_nothing_is_imported_before_it_is_needed() -> None:
    answer = subprocess.run([sys.executable, "-c", _PHASES], check=True, capture_output=True)
    first, frame, page = (set(modules) for modules in json.loads(answer.stdout))
    assert not first & {
        "asyncio",
        "qasync",
        "numpy",
        "pydantic",
        "sqlite3",
        "subprocess",
        "PySide6.QtSvg",
        "PySide6.QtTest",
    }
    assert not frame & {"numpy", "pydantic", "sqlite3"}
    later = {
        "httpx", "keyring", "cryptography", "email_validator", "pyqtgraph", "agent_core.mql.checker",
        "agent_core.ea.tester", "app.ea.page", "app.history.page", "app.settings.page",
    }  # fmt: skip
    assert not page & later


def test_imports_read_no_sources_for_pyside(monkeypatch: pytest.MonkeyPatch) -> None:
    hooked = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", hooked)
    import_plainly()
    assert builtins.__import__ is builtins.__orig_import__  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_the_frame_is_where_the_bars_will_be(theme: Theme, qtbot: object, tmp_path: Path, mode: str) -> None:
    theme.choose(mode=mode)
    (tmp_path / "window.json").write_text('{"disclaimer_accepted": true}', "utf-8")
    window = MainWindow(theme, UiSettingsFile(tmp_path), at_once=False)
    qtbot.addWidget(window)  # type: ignore[attr-defined]
    window.resize(1200, 800)
    window.show()
    frame = window.grab().toImage()
    lines = [(600, TOP_BAR_HEIGHT - 1), (RAIL_WIDTH - 1, 400), (600, 800 - STATUS_BAR_HEIGHT)]
    assert {frame.pixelColor(x, y).name() for x, y in lines} == {theme.tokens.line}
    assert {frame.pixelColor(x, y).name() for x, y in [(5, 5), (5, 400), (600, 400), (600, 795)]} == {
        theme.tokens.panel
    }
    for _ in window.pieces():
        pass
    workspace = window.workspace
    assert workspace.top_bar.geometry().height() == TOP_BAR_HEIGHT
    assert workspace.rail.geometry().left() == 0
    assert workspace.rail.width() == RAIL_WIDTH
    assert workspace.status_bar.height() == STATUS_BAR_HEIGHT
    assert isinstance(window.centralWidget(), QWidget)


def test_a_frame_can_be_closed_and_minimized_before_it_is_furnished(
    theme: Theme, qtbot: object, tmp_path: Path
) -> None:
    window = MainWindow(theme, UiSettingsFile(tmp_path), at_once=False)
    qtbot.addWidget(window)  # type: ignore[attr-defined]
    window.show()
    window.showMinimized()
    window.close()
    assert window.is_closed
