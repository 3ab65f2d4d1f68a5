import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from app.garbage import GarbageCollection


class _Cycle(QObject):
    def __init__(self, ended_in: list[QThread]) -> None:
        super().__init__()
        self.itself = self
        weakref.finalize(self, lambda: ended_in.append(QThread.currentThread()))


def _in_a_worker(work: Callable[[], Any]) -> None:
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


def test_a_cycle_is_collected_in_the_windows_thread_though_a_worker_allocates(qtbot: QtBot) -> None:
    collection = GarbageCollection()
    ended_in: list[QThread] = []
    _Cycle(ended_in)
    _in_a_worker(lambda: [[] for _ in range(100_000)])
    assert not ended_in
    kept: list[list[int]] = [[] for _ in range(100_000)]
    qtbot.waitUntil(lambda: len(ended_in) == 1, timeout=10_000)
    assert ended_in[0] is QThread.currentThread()
    assert kept
    collection.stop()
    assert gc.isenabled()
    gc.disable()
