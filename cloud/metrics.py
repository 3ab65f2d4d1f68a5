"""Prometheus metrics of the HTTP side, and what happened lately. Domains add their own next to what they measure."""

import os
import sys
import time
from collections import Counter as Tally
from collections import deque
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_REQUESTS = Counter("forexelite_http_requests_total", "Requests answered", ("method", "route", "status"))
_SECONDS = Histogram(
    "forexelite_http_request_seconds", "Time until the answer was sent", ("method", "route"), buckets=_BUCKETS
)

LATELY_SECONDS = 300.0
_SLOT_SECONDS = 10.0


class RecentCounts:
    """Counts of the last five minutes, for the rules that raise alerts."""

    def __init__(self) -> None:
        self._slots: deque[tuple[float, Tally[str]]] = deque()

    def add(self, name: str, amount: int = 1) -> None:
        """Counts something that happened now."""
        now = time.monotonic()
        if not self._slots or now - self._slots[-1][0] >= _SLOT_SECONDS:
            self._slots.append((now, Tally()))
            self._forget(now)
        self._slots[-1][1][name] += amount

    def totals(self) -> dict[str, int]:
        """What happened in the last five minutes."""
        self._forget(time.monotonic())
        totals: Tally[str] = Tally()
        for _, counts in self._slots:
            totals += counts
        return dict(totals)

    def clear(self) -> None:
        """Forgets everything."""
        self._slots.clear()

    def _forget(self, now: float) -> None:
        while self._slots and now - self._slots[0][0] > LATELY_SECONDS:
            self._slots.popleft()


#: Of this process.
RECENT = RecentCounts()


def observe_request(method: str, route: str, status: int, seconds: float, *, elsewhere: bool = False) -> None:
    """Counts one answered request.

    Args:
        method: HTTP method.
        route: The path's template, so that ids make no new series.
        status: HTTP status.
        seconds: Time until the answer was sent.
        elsewhere: A failure is the user's own computer's or broker's, and no reason for an alert about the service.
    """
    _REQUESTS.labels(method, route, str(status)).inc()
    _SECONDS.labels(method, route).observe(seconds)
    RECENT.add("requests")
    if status >= 500 and not elsewhere:
        RECENT.add("errors")


def _bury_the_dead(folder: Path) -> None:
    """What a worker had open when it died is not open any more; what it counted still happened."""
    workers = {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*_*.db")}
    for worker in workers:
        if not _lives(worker):
            mark_process_dead(worker, str(folder))  # type: ignore[no-untyped-call]


def _lives(process_id: int) -> bool:
    if sys.platform == "win32":
        return True  # signal 0 would be Ctrl+C there; hosts run Linux
    else:  # noqa: RET505  (type checkers of the other platform skip a branch, not what follows it)
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


def exposition() -> bytes:
    """All metrics as Prometheus reads them: of all workers of this server where they share a folder for it."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return generate_latest()
    _bury_the_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
