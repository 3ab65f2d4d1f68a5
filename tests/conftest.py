"""What every test obeys: no unexpected error log, no leaked thread, an offscreen Qt."""

import gc
import importlib.util
import itertools
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

if sys.platform != "win32":
    import resource

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_tests_done = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Knows pytest-qt's settings where it isn't installed: the agent's tests run without Qt."""
    if importlib.util.find_spec("pytestqt") is None:
        for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
            parser.addini(name, "of pytest-qt")


@pytest.fixture(autouse=True)
def _garbage_goes_in_the_main_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collects Qt's cycles here: a QObject that some worker thread happens to collect takes the program down."""
    gc.disable()
    yield
    if "qapp" in request.fixturenames or "qtbot" in request.fixturenames or next(_tests_done) % 50 == 0:
        gc.collect()


class _ErrorLog(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def _no_error_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that logs an error; `@pytest.mark.logs_errors` says that it is meant to."""
    handler = _ErrorLog()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if handler.records and not request.node.get_closest_marker("logs_errors"):
        lines = "\n".join(f"{record.name}: {record.getMessage()}" for record in handler.records)
        pytest.fail(f"The test logged errors:\n{lines}")


@pytest.fixture(autouse=True)
def _no_leaked_threads() -> Iterator[None]:
    """Fails a test that leaves a non-daemon thread of its own running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 3
    while leaked := [
        thread
        for thread in threading.enumerate()
        if thread not in before and thread.is_alive() and not thread.daemon and not thread.name.startswith("asyncio_")
    ]:
        if time.monotonic() > deadline:
            pytest.fail(f"The test left threads running: {leaked}")
        leaked[0].join(0.05)


if sys.platform != "win32":

    @contextmanager
    def _full_disk(store: Path) -> Iterator[None]:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = Path(f"{store}-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    @pytest.fixture
    def full_disk() -> Callable[[Path], AbstractContextManager[None]]:
        """As if no byte more fitted: no file of this process may grow beyond what a store's log has."""
        return _full_disk
