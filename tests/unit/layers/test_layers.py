"""The layers of the architecture, and the size of modules, are law."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = [
    path for folder in ("app", "agent_core", "cloud", "packaging", "tests") for path in (ROOT / folder).rglob("*.py")
]


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", ["agent_core.agent", "agent_core.headless", "agent_core.terminal.host"])
def test_agent_core_loads_neither_qt_nor_fastapi(module: str) -> None:
    code = f"import sys, {module}; print([m for m in ('PySide6', 'fastapi', 'app', 'cloud') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_no_module_is_longer_than_400_lines() -> None:
    long = {str(path.relative_to(ROOT)): count for path in SOURCES if (count := _lines(path)) > 400}
    assert long == {}


def test_nothing_is_left_open_in_the_code() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")
    found = [str(path) for path in SOURCES if any(word in path.read_text(encoding="utf-8") for word in words)]
    assert found == []


def _lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")
