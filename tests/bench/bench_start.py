"""Start of the program: to the first painted window, to a usable Trade page, and the longest pause on the way.

Run: python tests/bench/bench_start.py [runs]. Each run is a process of its own with a connected terminal from last
time, all modules compiled by a first run that does not count. In turn with it start two peers: a bare PySide6 window,
and one that does what vnpy does before it can be used: numpy, pyqtgraph, a chart and a table first, then the window.
Prints medians beside the targets, as wall and processor time, and as ratios to the peers; exits 1 over a target.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
RUNS = 7
PAINT_TARGET_MS, USABLE_TARGET_MS, GAP_TARGET_MS = 250, 1200, 50
LOOK_MS, SEARCH_SECONDS, WATCHED_SECONDS = 2, 0.02, 40


def child() -> int:
    """One start, watched from inside: a timer of two milliseconds sees each pause of the window's thread."""
    born = float(os.environ["BENCH_BORN"])
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QLabel, QWidget

    import app.main as program

    seen: dict[str, float] = {}
    gaps: list[tuple[float, float, float]] = []

    class Watched(program.MainWindow):
        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            self._last = self._worked = self._searched = 0.0
            QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
            self._timer = QTimer(self, interval=LOOK_MS)
            self._timer.timeout.connect(self.look)
            QTimer.singleShot(WATCHED_SECONDS * 1000, self.close)

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if event.type() == QEvent.Type.Paint and "paint" not in seen:
                QTimer.singleShot(0, self.painted)
                QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
            return False

        def painted(self) -> None:
            seen["paint"], seen["paint_cpu"] = time.time() - born, time.process_time()
            self._last, self._worked = time.perf_counter(), time.thread_time()
            self._timer.start()

        def look(self) -> None:
            now, worked = time.perf_counter(), time.thread_time()
            gaps.append((now - self._last, time.time() - born, worked - self._worked))
            self._last, self._worked = now, worked
            if now - self._searched < SEARCH_SECONDS:  # a search through all widgets costs time that is measured here
                return
            self._searched = now
            if "frame" not in seen and self.centralWidget() is not None:
                seen["frame"] = time.time() - born
            chart = self.findChild(QWidget, "chart")
            spread = self.findChild(QLabel, "ticket.spread")
            if chart is not None and "page" not in seen and len(chart.model):  # type: ignore[attr-defined]
                seen["page"] = time.time() - born
            built = "page" in seen and self.workspace.pages.page("trade") is not None
            if built and spread is not None and spread.text():  # a quote, and nothing bars orders
                seen["usable"], seen["usable_cpu"] = time.time() - born, time.process_time()
                self._timer.stop()
                QTimer.singleShot(0, self.close)

    program.MainWindow = Watched  # type: ignore[misc]
    program.main(["--data", os.environ["BENCH_DATA"]])
    print(json.dumps({**seen, "gaps": sorted(gaps, reverse=True)[:5], "turn": max(gap[2] for gap in gaps)}))
    return 0


def peer(loaded: bool) -> int:
    """A window of nothing; `loaded`, one with chart and table that it waits for, as vnpy's does."""
    born = float(os.environ["BENCH_BORN"])
    from PySide6.QtWidgets import QApplication, QMainWindow, QTableWidget

    application = QApplication([])
    window = QMainWindow()
    window.resize(1600, 1000)
    if loaded:
        import pyqtgraph

        window.setCentralWidget(pyqtgraph.PlotWidget())
        window.setMenuWidget(QTableWidget(30, 10))
    window.show()
    application.processEvents()
    print(json.dumps({"paint": time.time() - born, "paint_cpu": time.process_time()}))
    os._exit(0)


def prepare(folder: Path) -> dict[str, str]:
    """Installs a simulated terminal and connects the agent to it once; returns the environment of the runs."""
    from agent_core.programs import command_for

    root = folder / "terminal"
    install = [*command_for("simulator"), "install", "--root", str(root), "--idle-exit", "300"]
    roaming = json.loads(subprocess.run(install, capture_output=True, check=True, text=True).stdout)["roaming"]
    environment = {
        **os.environ, "FOREXELITE_ROAMING_FOLDER": roaming, "FOREXELITE_MT5_MODULE": "agent_core.simulator.mt5",
        "FOREXELITE_WHOLE_COMPUTER": "false",
        "FOREXELITE_LAUNCHER": json.dumps(command_for("simulator")), "BENCH_DATA": str(folder / "agent"),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }  # fmt: skip
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    (folder / "agent").mkdir()
    (folder / "agent" / "window.json").write_text('{"disclaimer_accepted": true}', "utf-8")
    subprocess.run([sys.executable, __file__, "--connect"], env=environment, check=True)
    return environment


def connect() -> int:
    """Chooses the terminal, as onboarding does."""
    import asyncio

    from agent_core.agent import Agent
    from agent_core.settings import AgentSettings

    async def work() -> None:
        agent = Agent(AgentSettings(data_folder=Path(os.environ["BENCH_DATA"])))
        await agent.start()
        installs = await agent.terminal.discover()
        await agent.terminal.connect(installs[0])
        await agent.stop()

    asyncio.run(work())
    return 0


def start(kind: str, environment: dict[str, str]) -> dict[str, Any]:
    """Starts one of the programs and returns what it has seen, in seconds."""
    environment = {**environment, "BENCH_BORN": repr(time.time())}
    command = [sys.executable, __file__, kind]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    found: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return found


def main() -> int:
    """Prints the figures beside their targets."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    kinds = ("--child", "--bare", "--loaded")
    with tempfile.TemporaryDirectory() as name:
        environment = prepare(Path(name))
        seen = [{kind: start(kind, environment) for kind in kinds} for _ in range(runs + 1)][1:]

    def median(key: str, kind: str = "--child") -> float:
        return 1000 * statistics.median(run[kind].get(key, float("inf")) for run in seen)

    paint, usable = median("paint"), median("usable")
    bare, loaded = (median("paint", kind) for kind in kinds[1:])
    gap = 1000 * statistics.median(run["--child"]["gaps"][0][0] for run in seen)
    longest = ", ".join(f"{1000 * took:.0f} ms at {1000 * at:.0f}" for took, at, _ in seen[-1]["--child"]["gaps"])
    print(f"Bare PySide6 window {bare:.0f} ms (processor {median('paint_cpu', '--bare'):.0f})")
    print(f"Window after numpy, pyqtgraph, chart and table {loaded:.0f} ms ({median('paint_cpu', '--loaded'):.0f})")
    print(
        f"First painted window {paint:.0f} ms (processor {median('paint_cpu'):.0f}; target {PAINT_TARGET_MS}): "
        f"{paint / bare:.2f} of the bare one, {paint / loaded:.2f} of the loaded one"
    )
    print(f"Bars and rail {median('frame'):.0f} ms, chart with bars {median('page'):.0f} ms")
    print(
        f"Usable Trade page {usable:.0f} ms (processor {median('usable_cpu'):.0f}; target {USABLE_TARGET_MS}): "
        f"{usable / bare:.1f} bare windows, {usable / loaded:.1f} loaded ones"
    )
    print(
        f"Longest pause after the first painting {gap:.0f} ms (processor {median('turn'):.0f} in one turn of the event "
        f"loop; target {GAP_TARGET_MS}); last run: {longest}"
    )
    return 0 if paint <= PAINT_TARGET_MS and usable <= USABLE_TARGET_MS and gap <= GAP_TARGET_MS else 1


PARTS = {
    "--child": child,
    "--connect": connect,
    "--bare": lambda: peer(loaded=False),
    "--loaded": lambda: peer(loaded=True),
}

if __name__ == "__main__":
    sys.exit(PARTS.get(sys.argv[1] if len(sys.argv) > 1 else "", main)())
