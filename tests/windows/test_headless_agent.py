"""The agent without a window, as its task starts it: without a console."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.programs import command_for

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def place(computer: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of an agent on a computer with a terminal, which every program that is started here uses."""
    settings = computer.settings
    monkeypatch.setenv("FOREXELITE_DATA_FOLDER", str(settings.data_folder))
    monkeypatch.setenv("FOREXELITE_ROAMING_FOLDER", str(settings.roaming_folder))
    monkeypatch.setenv("FOREXELITE_WHOLE_COMPUTER", "false")
    monkeypatch.setenv("FOREXELITE_MT5_MODULE", settings.mt5_module)
    monkeypatch.setenv("FOREXELITE_LAUNCHER", json.dumps(settings.launcher))
    folder: Path = settings.data_folder
    return folder


def log_of(folder: Path) -> str:
    path = folder / "logs" / "agent.log"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_agent_runs_without_a_console_and_ends_when_it_is_told_to(place: Path, run: Callable[..., Any]) -> None:
    assert "The agent uses the marked one" in run("agent", "terminals", "--use", "1").text
    command = [str(Path(sys.executable).with_name("pythonw.exe")), *command_for("agent")[1:], "run"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    until(lambda: "Bridge: connected" in log_of(place) or process.poll() is not None)
    assert '"running": true' in run("agent", "status").text
    assert "The agent has ended." in run("agent", "stop").text
    assert process.wait(30) == 0
    assert "The agent has stopped." in log_of(place)
    assert "ERROR" not in log_of(place)
