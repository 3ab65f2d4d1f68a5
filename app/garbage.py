"""Python's garbage, collected in the window's own thread alone.

Python collects in whichever thread happens to allocate. A QObject that a worker thread deletes takes the program down.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 250


class GarbageCollection(QObject):
    """Takes the place of Python's automatic collection, at its thresholds, while the window's event loop runs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(collect_what_is_due)
        self._timer.start()

    def stop(self) -> None:
        """Gives the collection back to Python."""
        self._timer.stop()
        gc.enable()


def collect_what_is_due() -> None:
    """Collects the oldest generation that has reached its threshold."""
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            return
