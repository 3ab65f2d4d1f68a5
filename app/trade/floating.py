"""A panel in a window of its own, on a second screen perhaps."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.shell.focus_ring import FocusRing

_FIRST_SIZE = (420, 560)


class FloatingPanel(QWidget):
    """Holds a panel's content. The shortcuts of the window it came from go on working in it.

    Attributes:
        content: What it holds.

    Signals:
        docking: The user closes it: its content goes back to where it was.
        placed: It was moved or resized.
    """

    docking = Signal()
    placed = Signal()

    def __init__(self, parent: QWidget, title: str, content: QWidget, place: QRect | None) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setWindowTitle(title)
        self.setObjectName("floating")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(content)
        self.content = content
        content.show()
        # A screen that was there last time may be gone.
        if place is not None and QGuiApplication.screenAt(place.center()) is not None:
            self.setGeometry(place)
        else:
            centre = parent.mapToGlobal(parent.rect().center())
            self.resize(*_FIRST_SIZE)
            self.move(centre.x() - self.width() // 2, centre.y() - self.height() // 2)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        """Moves the focus as the Tab key asks for."""
        window, move = self.parentWidget(), super().focusNextPrevChild
        ring = None if window is None else window.findChild(FocusRing)
        return move(forward) if ring is None else ring.follow(move, forward)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Gives the content back instead of taking it along."""
        event.ignore()
        self.docking.emit()

    def moveEvent(self, event: QMoveEvent) -> None:  # noqa: N802
        """Tells its place."""
        super().moveEvent(event)
        self.placed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Tells its size."""
        super().resizeEvent(event)
        self.placed.emit()
