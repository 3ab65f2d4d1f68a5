"""Start of the program: to the first painted window, to a usable Trade page, and the longest pause on the way.

Run: python tests/bench/bench_start.py [runs]. Each run is a process of its own with a connected terminal from last
time. Prints medians as wall and processor time beside the targets; exits 1 over a target.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
RUNS = 5
PAINT_TARGET_MS, USABLE_TARGET_MS, GAP_TARGET_MS = 250, 1200, 50
LOOK_MS, WATCHED_SECONDS = 2, 40


def child() -> int:
    """One start, watched from inside: a timer of two milliseconds sees each pause of the window's thread."""
    born = float(os.environ["BENCH_BORN"])
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QLabel, QWidget

    import app.main as program

    seen: dict[str, float] = {}
    gaps: list[tuple[float, float]] = []

    class Watched(program.MainWindow):
        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]
            self._last = 0.0
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
            self._last = time.perf_counter()
            self._timer.start()

        def look(self) -> None:
            now = time.perf_counter()
            gaps.append((now - self._last, time.time() - born))
            self._last = now
            chart = self.findChild(QWidget, "chart")
            spread = self.findChild(QLabel, "ticket.spread")
            if chart is not None and "page" not in seen and len(chart.model):  # type: ignore[attr-defined]
                seen["page"] = time.time() - born
            if "page" in seen and spread is not None and spread.text():  # a quote, and nothing bars orders
                seen["usable"], seen["usable_cpu"] = time.time() - born, time.process_time()
                self._timer.stop()
                QTimer.singleShot(0, self.close)

    program.MainWindow = Watched  # type: ignore[misc]
    program.main(["--data", os.environ["BENCH_DATA"]])
    print(json.dumps({**seen, "gaps": sorted(gaps, reverse=True)[:5]}))
    return 0


def prepare(folder: Path) -> dict[str, str]:
    """Installs a simulated terminal and connects the agent to it once; returns the environment of the runs."""
    from agent_core.programs import command_for

    root = folder / "terminal"
    install = [*command_for("simulator"), "install", "--root", str(root), "--idle-exit", "300"]
    roaming = json.loads(subprocess.run(install, capture_output=True, check=True, text=True).stdout)["roaming"]
    environment = {
        **os.environ, "FOREXELITE_ROAMING_FOLDER": roaming, "FOREXELITE_MT5_MODULE": "agent_core.simulator.mt5",
        "FOREXELITE_LAUNCHER": json.dumps(command_for("simulator")), "BENCH_DATA": str(folder / "agent"),
    }  # fmt: skip
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


def main() -> int:
    """Prints the figures beside their targets."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    with tempfile.TemporaryDirectory() as name:
        environment = prepare(Path(name))
        results = []
        for _ in range(runs):
            started = {**environment, "BENCH_BORN": repr(time.time())}
            ended = subprocess.run(
                [sys.executable, __file__, "--child"], env=started, capture_output=True, text=True, check=True
            )
            results.append(json.loads(ended.stdout.strip().splitlines()[-1]))

    def median(key: str) -> float:
        return 1000 * statistics.median(result.get(key, float("inf")) for result in results)

    gap = 1000 * statistics.median(result["gaps"][0][0] for result in results)
    longest = ", ".join(f"{1000 * took:.0f} ms at {1000 * at:.0f}" for took, at in results[-1]["gaps"])
    paint, usable = f"{median('paint'):.0f} ms", f"{median('usable'):.0f} ms"
    print(f"First painted window {paint} (processor {median('paint_cpu'):.0f}; target {PAINT_TARGET_MS})")
    print(f"Chart with bars {median('page'):.0f} ms")
    print(f"Usable Trade page {usable} (processor {median('usable_cpu'):.0f}; target {USABLE_TARGET_MS})")
    print(f"Longest pause after the first painting {gap:.0f} ms (target {GAP_TARGET_MS}); last run: {longest}")
    met = median("paint") <= PAINT_TARGET_MS and median("usable") <= USABLE_TARGET_MS and gap <= GAP_TARGET_MS
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit({"--child": child, "--connect": connect}.get(sys.argv[1] if len(sys.argv) > 1 else "", main)())
