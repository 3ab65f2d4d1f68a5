"""ruff and mypy run as tests, so that the one test command says everything."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["ruff", "format", "--check", "."]])
def test_ruff_is_clean(command: list[str]) -> None:
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_mypy_strict_is_clean(platform: str) -> None:
    mypy = Path(sys.executable).with_name("mypy")
    done = subprocess.run(
        [mypy, "--platform", platform, "--cache-dir", f".mypy_cache/{platform}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
