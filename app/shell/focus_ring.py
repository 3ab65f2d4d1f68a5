"""The frame around what the keyboard has come to: lists, tables, charts and scrolled areas show no focus themselves."""

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QPlainTextEdit, QTextEdit, QWidget

from app.theme import Theme

#: Property of a widget of another kind that wants the frame too.
RINGED = "ringed"
_WIDTH = 2
_FOLLOWED = frozenset({QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Hide})


class FocusRing(QWidget):
    """Lies over the widget that the Tab key has led to, in whatever window that is; a click needs none."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self.setObjectName("focus_ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._home, self._theme = window, theme
        self._around: QWidget | None = None
        self._by_key = False
        self.hide()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def follow(self, move: Callable[[bool], bool], forward: bool) -> bool:
        """Lets a window move the focus on, and goes along."""
        self._by_key = True
        try:
            return move(forward)
        finally:
            self._by_key = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Stays around the widget while that is moved, and goes with it."""
        if event.type() in _FOLLOWED and watched is self._around:
            if event.type() == QEvent.Type.Hide:
                self._leave()
            else:
                self._place()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Fills the frame; the mask leaves the rest free."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("accent"))

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None or new is self._around:  # another program's window was in front for a while
            return
        self._leave()
        if self._by_key and _wants_ring(new):
            self._around = new
            new.installEventFilter(self)
            self.setParent(new.window())
            self._place()
            self.show()
            self.raise_()

    def _leave(self) -> None:
        around, self._around = self._around, None
        if around is not None and shiboken6.isValid(around):
            around.removeEventFilter(self)
        self.setParent(self._home)
        self.hide()

    def _place(self) -> None:
        around = self._around
        if around is not None:
            self.setGeometry(around.rect().translated(around.mapTo(around.window(), QPoint(0, 0))))
            inner = self.rect().adjusted(_WIDTH, _WIDTH, -_WIDTH, -_WIDTH)
            self.setMask(QRegion(self.rect()).subtracted(QRegion(inner)))


def _wants_ring(widget: QWidget) -> bool:
    bordered = isinstance(widget, QPlainTextEdit | QTextEdit) and widget.property("role") != "code"
    return (isinstance(widget, QAbstractScrollArea) and not bordered) or bool(widget.property(RINGED))
