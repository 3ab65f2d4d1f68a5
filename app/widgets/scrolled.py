"""A scroll area that scrolls only where there is too little room."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget


class FittingScrollArea(QScrollArea):
    """As high as its content where there is room, scrolling where there is not."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it takes the focus, and is scrolled to then
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def hold(self, content: QWidget) -> None:
        """Takes the content in."""
        content.setProperty("role", "scrolled")
        self.setWidget(content)
        content.installEventFilter(self)

    def sizeHint(self) -> QSize:  # noqa: N802
        """The content's own size; wrapped texts make it higher in a narrow column."""
        content = self.widget()
        if content is None:
            return super().sizeHint()
        hint = content.sizeHint()
        return QSize(hint.width(), max(hint.height(), content.heightForWidth(self.maximumViewportSize().width())))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Grows and shrinks with the content."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._choose_bar()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Scrolls, or no longer does; another width needs another height."""
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()
        self._choose_bar()
        super().resizeEvent(event)

    def _choose_bar(self) -> None:
        # A bar once shown makes the content narrower, hence higher, and so would keep itself needed.
        fits = self.height() >= self.sizeHint().height()
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        if policy is not self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(policy)
