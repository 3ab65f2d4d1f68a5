"""Short messages at the foot of the window, over nothing that is read."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app.language import tr
from app.theme import Theme
from app.widgets.icon_label import IconLabel

_MARGIN = 16
_GAP = 8
_WIDTH = 380
#: Where a page gives way messages are wide and low, so that it gives up little.
_WIDE = 760
_MAX_SHOWN = 4
#: A place must be this high to take messages; they leave the chart's time axis free.
_LEAST_HEIGHT, _ABOVE_AXIS = 160, 40
_SECONDS = {"info": 5, "success": 5, "warning": 9, "error": 12}
_COLORS = {"info": "accent", "success": "good", "warning": "warning", "error": "bad"}


class Toast(QFrame):
    """One message; it goes by itself or with its close button."""

    closed = Signal()

    def __init__(self, parent: QWidget, theme: Theme, level: str, message: str) -> None:
        super().__init__(parent)
        self.setObjectName(f"toast.{level}")
        self.setProperty("toast", "true")
        self.setProperty("level", level)
        self.level = level
        self.message = message
        icon = IconLabel(theme, level, _COLORS[level], 18, self)
        icon.setFixedSize(18, 18)
        text = QLabel(message, self)
        text.setObjectName("toast.text")
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton(self)
        close.setObjectName("toast.close")
        close.setProperty("kind", "ghost")
        close.setAccessibleName(tr("Close message"))
        close.setIcon(theme.icon("close"))
        close.setFixedSize(24, 24)
        close.setStyleSheet("padding: 0")
        close.clicked.connect(self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 8, 10)
        layout.setSpacing(10)
        layout.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(text, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self._timer.start(_SECONDS[level] * 1000)

    def dismiss(self) -> None:
        """Takes the message away."""
        self._timer.stop()
        self.hide()
        self.closed.emit()
        self.deleteLater()


class Toasts(QObject):
    """Stacks toasts so that they cover nothing that is read.

    They stand over the oldest bars of a chart that is in sight (`stand_over`); on all other pages the page's foot
    gives way to them (`give_way`). Before there are pages they stand at the bottom of the window.
    """

    shown = Signal(str, str)

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._stack: list[Toast] = []
        self._place_offered: QWidget | None = None
        self._giving_way: QWidget | None = None
        window.installEventFilter(self)

    def stand_over(self, place: QWidget) -> None:
        """Shows messages in the lower left corner of a widget from now on, while that is in sight."""
        self._place_offered = place
        place.installEventFilter(self)
        place.destroyed.connect(self._forget_place)

    def give_way(self, pages: QWidget) -> None:
        """Lets a widget end above the messages from now on, while it is in sight and no chart is."""
        self._giving_way = pages
        pages.installEventFilter(self)

    def _forget_place(self) -> None:
        self._place_offered = None

    @property
    def messages(self) -> list[str]:
        """What is on the screen now, oldest first."""
        return [toast.message for toast in self._stack]

    def info(self, message: str) -> None:
        """Tells something that happened."""
        self.show("info", message)

    def success(self, message: str) -> None:
        """Tells that something the user asked for is done."""
        self.show("success", message)

    def warning(self, message: str) -> None:
        """Tells something that needs a look."""
        self.show("warning", message)

    def error(self, message: str) -> None:
        """Tells what went wrong and what to do."""
        self.show("error", message)

    def show(self, level: str, message: str) -> None:
        """Shows a message; the same one again only starts its time anew."""
        message = tr(message)
        for toast in self._stack:
            if toast.message == message and toast.level == level:
                toast.dismiss()
                break
        while len(self._stack) >= _MAX_SHOWN:
            self._stack[0].dismiss()
        toast = Toast(self._window, self._theme, level, message)
        toast.closed.connect(lambda: self._forget(toast))
        self._stack.append(toast)
        toast.show()
        self._place()
        self.shown.emit(level, message)

    def dismiss(self, message: str) -> None:
        """Takes a message away whose time is over."""
        for toast in [toast for toast in self._stack if toast.message == tr(message)]:
            toast.dismiss()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keeps the stack in its place while the window changes its size, or another page is shown."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._place()
        return super().eventFilter(watched, event)

    def _forget(self, toast: Toast) -> None:
        if toast in self._stack:
            self._stack.remove(toast)
        self._place()

    def _place(self) -> None:
        left, bottom, width = self._room()
        top = bottom
        for toast in reversed(self._stack):
            toast.setFixedWidth(width)
            height = toast.heightForWidth(width)
            toast.resize(width, height)
            toast.move(left, top - height)
            top -= height + _GAP
            toast.raise_()
        pages = self._giving_way
        if pages is not None:
            gives_way = bool(self._stack) and pages.isVisible() and self._chart is None
            pages.setContentsMargins(0, 0, 0, bottom - top + _GAP if gives_way else 0)

    @property
    def _chart(self) -> QWidget | None:
        place = self._place_offered
        return place if place is not None and place.isVisible() and place.height() >= _LEAST_HEIGHT else None

    def _room(self) -> tuple[int, int, int]:
        """Returns left edge, bottom and width of the stack, in the window's pixels."""
        place, pages, window = self._chart, self._giving_way, self._window
        if place is not None:
            corner = place.mapTo(window, QPoint(0, place.height()))
            return corner.x() + _MARGIN, corner.y() - _ABOVE_AXIS, min(_WIDTH, place.width() - 2 * _MARGIN)
        if pages is not None and pages.isVisible():
            corner, width = pages.mapTo(window, QPoint(0, pages.height())), min(_WIDE, pages.width() - 2 * _MARGIN)
            return corner.x() + (pages.width() - width) // 2, corner.y() - _GAP, width
        width = min(_WIDTH, window.width() - 2 * _MARGIN)
        return (window.width() - width) // 2, window.height() - _MARGIN - 24, width
