"""Measures one chart in this process and prints one line of JSON: `python -m tests.bench.chart_measure NAME COUNT`.

Times are the process's own (offscreen nothing waits for a screen): other programs on the machine don't count.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

import psutil
from PySide6.QtWidgets import QApplication

from tests.bench.chart_contenders import CONTENDERS
from tests.bench.chart_data import random_walk

FRAMES = 40
#: A contender that takes seconds a frame is measured on fewer frames.
MOST_SECONDS = 4.0


def measure(name: str, count: int) -> dict[str, float]:
    """Returns milliseconds per frame of each kind, and mebibytes."""
    application = QApplication.instance() or QApplication([])
    contender = CONTENDERS[name]()
    # Imports and fonts are the process's, not the bars'.
    small = random_walk(1000)
    warm = CONTENDERS[name]()
    warm.prepare(small)
    warm.load()
    _frame(application)
    warm.widget.hide()  # not closed: peers take half of themselves apart on that

    bars = random_walk(count)
    contender.prepare(bars)
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    start = time.process_time()
    contender.load()
    _frame(application)
    result = {"load": (time.process_time() - start) * 1000}
    contender.settle()
    gc.collect()
    result["memory"] = (process.memory_info().rss - before) / 2**20

    # The lower quartile: on a machine that does other work too, caches only ever add.
    def frames(show: Callable[[int], None]) -> float:
        taken: list[float] = []
        begun = time.perf_counter()
        for number in range(FRAMES + 3):
            started = time.process_time()
            show(number)
            _frame(application)
            taken.append((time.process_time() - started) * 1000)
            if time.perf_counter() - begun > MOST_SECONDS:
                break
        return sorted(taken[min(3, len(taken) - 1) :])[len(taken) // 4 - 1 if len(taken) > 8 else 0]

    middle = count // 2
    result["pan"] = frames(lambda n: contender.show_range(middle + n * 1.5 - 100, middle + n * 1.5 + 99))
    result["zoom"] = frames(lambda n: contender.show_range(middle - 100 * 1.03**n, middle + 100 * 1.03**n))
    result["all"] = frames(lambda n: contender.show_range(n, count - 1 - n))
    contender.show_range(count - 200, count - 1)
    _frame(application)
    close = float(bars["close"][-1])
    result["tick"] = frames(lambda n: contender.tick(close + (n % 5) * 0.00001))
    return result


def _frame(application: Any) -> None:
    """Lets the event loop paint what is due, as a running program would."""
    application.processEvents()


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))), flush=True)
