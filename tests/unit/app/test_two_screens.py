"""Screens of different scale: what is kept as a picture is drawn anew for the screen the window is on."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.unit.app import two_screens


def test_pictures_follow_the_window_to_another_screen() -> None:
    program = [sys.executable, "-m", two_screens.__name__]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    root = Path(__file__).parents[3]
    done = subprocess.run(program, check=True, capture_output=True, env=environment, cwd=root, timeout=60)
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert seen == [
        {"window": scale, "chart": scale, "picture": scale, "curves": [scale], "icons": [scale]}
        for scale in (1.0, 2.0, 1.0)
    ]
