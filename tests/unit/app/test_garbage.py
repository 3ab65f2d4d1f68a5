import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from app.garbage import GarbageCollection, collect_everything, collect_what_is_due


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
    kept: list[list[int]] = [[] for _ in range(5000)]
    qtbot.waitUntil(lambda: len(ended_in) == 1, timeout=10_000)
    assert ended_in[0] is QThread.currentThread()
    assert kept
    collection.stop()
    assert gc.isenabled()
    gc.disable()


def test_what_survives_is_set_aside_until_everything_is_looked_at(qtbot: QtBot) -> None:
    collection = GarbageCollection()
    ended_in: list[QThread] = []
    cycle: _Cycle | None = _Cycle(ended_in)
    kept: list[list[int]] = []
    while not gc.get_freeze_count():
        kept += [[] for _ in range(1000)]
        collect_what_is_due()
    assert gc.get_freeze_count() >= len(kept)
    cycle = None
    gc.collect()
    assert cycle is None
    assert not ended_in
    collect_everything()
    assert len(ended_in) == 1
    collection.stop()
    assert not gc.get_freeze_count()
    gc.disable()


def test_what_is_made_by_the_thousands_is_set_aside_at_once(qtbot: QtBot) -> None:
    collection = GarbageCollection()
    collect_everything()
    kept: list[list[int]] = [[] for _ in range(50_000)]
    collections = [generation["collections"] for generation in gc.get_stats()]
    collect_what_is_due()
    assert gc.get_freeze_count() >= len(kept)
    assert [generation["collections"] for generation in gc.get_stats()] == collections
    collection.stop()
    gc.disable()
