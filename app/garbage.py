"""Python's garbage, collected in the window's own thread alone, and never so much at once that a frame is missed.

Python collects in whichever thread happens to allocate. A QObject that a worker thread deletes takes the program down.
A full collection looks at every object of the program, which takes longer than two frames: what has survived one is
set aside, so that the next looks at what is new. What became garbage there is found while nobody is at the window.
"""

import gc
import time

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QGuiApplication

_INTERVAL_MS = 250
#: Objects made less objects freed, and collections of the younger generation, until one is collected.
_DUE = (700, 10, 3)
#: So many new objects at once are modules that were imported, or a long history: they stay.
_MANY = 20_000
#: How often everything is looked at, and how long the pointer has to rest before.
_THOROUGH_SECONDS, _REST_SECONDS = 3600.0, 300.0


class GarbageCollection(QObject):
    """Takes the place of Python's automatic collection while the window's event loop runs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._pointer, self._moved, self._looked = QPoint(), time.monotonic(), time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def stop(self) -> None:
        """Gives the collection back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _collect(self) -> None:
        now = time.monotonic()
        if now - self._looked > _THOROUGH_SECONDS and self._alone(now):
            self._looked = now
            collect_everything()
        else:
            collect_what_is_due()

    def _alone(self, now: float) -> bool:
        # Whether nobody would notice a pause.
        if QCursor.pos() != self._pointer:
            self._pointer, self._moved = QCursor.pos(), now
        active = QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive
        return not active or now - self._moved > _REST_SECONDS


def collect_what_is_due() -> None:
    """Collects the oldest generation that has reached its limit; survivors of the oldest are set aside."""
    if gc.get_count()[0] > _MANY:
        gc.freeze()
        return
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > _DUE[generation]:
            gc.collect(generation)
            if generation == 2:
                gc.freeze()
            return


def collect_everything() -> None:
    """Collects what was set aside too; takes a tenth of a second and more."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
