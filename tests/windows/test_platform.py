"""Paths, processes and credentials on Windows."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent_core.credentials import Credentials
from agent_core.programs import command_for

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="needs Windows")


def test_secrets_come_back_and_lie_nowhere_in_plain_text(tmp_path: Path) -> None:
    folder = tmp_path / "Händler Ordner"
    credentials = Credentials(folder)
    credentials.set("session", "a-very-secret-token")
    assert Credentials(folder).get("session") == "a-very-secret-token"
    assert all(b"a-very-secret-token" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    credentials.delete("session")
    assert credentials.get("session") is None


def test_our_programs_start_as_children() -> None:
    command = [*command_for("agent"), "--help"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(120)
def test_the_window_opens_on_the_windows_platform(tmp_path: Path) -> None:
    picture = tmp_path / "Fenster Ü.png"
    arguments = ["--data", str(tmp_path / "data"), "--smoke", str(picture), "-platform", "windows"]
    done = subprocess.run(
        [*command_for("window"), *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert picture.stat().st_size > 10_000
