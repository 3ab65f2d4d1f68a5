"""A symbol dragged from the watchlist onto a chart."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

_FORMAT = "application/x-forexelite-symbol"


def symbol_data(symbol: str) -> QMimeData:
    """Returns what is dragged; other programs get the symbol as text."""
    data = QMimeData()
    data.setData(_FORMAT, symbol.encode())
    data.setText(symbol)
    return data


class SymbolDrop(QObject):
    """Lets a widget take symbols, no other text."""

    def __init__(self, target: QWidget, take: Callable[[str], object]) -> None:
        super().__init__(target)
        self._take = take
        target.setAcceptDrops(True)
        target.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Accepts a symbol on its way, and takes it when it is dropped."""
        if isinstance(event, QDropEvent) and event.mimeData().hasFormat(_FORMAT):
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self._take(bytes(event.mimeData().data(_FORMAT).data()).decode())
            return True
        return super().eventFilter(watched, event)
