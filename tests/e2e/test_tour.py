"""The tour of the main job runs to its end in the real window, on a seeded market and on replayed quotes."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage

TOUR_SECONDS = 280
pytestmark = pytest.mark.usefixtures("no_stray_processes")
TICK = 0.00001
DAY_MSC = 86_400_000


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_tour_of_the_main_job(tmp_path: Path) -> None:
    report = tour(tmp_path, "--brief")
    assert [step["name"] for step in report["steps"] if not step["checked"]] == []


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_tour_of_the_main_job_on_replayed_quotes(tmp_path: Path) -> None:
    quotes = tmp_path / "echte Kurse" / "eurusd" / "20240610_quote.zip"
    _write_day(quotes)
    report = tour(tmp_path, "--brief", "--quotes", str(quotes))
    assert {"chart", "buy", "kill-switch"} <= {step["name"] for step in report["steps"]}


def tour(folder: Path, *options: str, seconds: float = TOUR_SECONDS) -> dict[str, Any]:
    """Runs it and checks what it leaves behind; returns its report."""
    pictures = folder / "Bilder der Tour"
    command = [sys.executable, "-m", "app.main", "--tour", str(pictures), "--data", str(folder / "Händler 1"),
               "--size", "1600x1000", *options]  # fmt: skip
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, env=environment)
    assert ended.returncode == 0, f"{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    report: dict[str, Any] = json.loads((pictures / "report.json").read_text("utf-8"))
    assert report["ok"]
    assert all(step["ok"] and step["error"] is None for step in report["steps"])
    assert "Traceback" not in ended.stderr
    for step in report["steps"]:
        _check_picture(pictures / step["picture"])
    return report


def _check_picture(path: Path) -> None:
    """A picture of the window in its full size, with more to be seen than an empty frame."""
    image = QImage(str(path))
    assert (image.width(), image.height()) == (1600, 1000), path.name
    colours = {image.pixel(x, y) for x in range(0, 1600, 5) for y in range(0, 1000, 5)}
    assert len(colours) > 20, f"{path.name} is blank"


def _write_day(path: Path) -> None:
    """A Lean file of one day of EURUSD ticks: bursts, quiet minutes, and spreads that cross for a moment."""
    rng = np.random.default_rng(7)
    seconds = np.cumsum(rng.exponential(0.9, 90_000))
    bursts = np.repeat(rng.uniform(0, 86_000, 40), 120) + np.tile(np.linspace(0, 0.9, 120), 40)
    times = np.unique((np.concatenate((seconds[seconds < 86_000], bursts)) * 1000).astype(np.int64))
    bid = 1.0765 + np.cumsum(rng.choice((-1, 0, 0, 1), len(times))) * TICK
    spread = rng.choice((-3, 0, 2, 6, 11), len(times), p=(0.1, 0.1, 0.5, 0.2, 0.1)) * TICK
    assert int((spread <= 0).sum()) > 1000
    assert int(np.bincount(times // 1000).max()) >= 100
    assert times[-1] < DAY_MSC
    lines = "\n".join(f"{at},{b:.5f},{b + s:.5f}" for at, b, s in zip(times, bid, spread, strict=True))
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("20240610_eurusd_tick_quote.csv", lines)
