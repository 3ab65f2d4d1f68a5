"""A label with one of the product's icons, sharp on every screen."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.theme import Theme


class IconLabel(QLabel):
    """An icon of `size` device-independent pixels in a token's colour; drawn anew for another theme or screen."""

    def __init__(self, theme: Theme, name: str, token: str, size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._look = theme, (name, token, size)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.changed.connect(self._draw)
        self._draw()

    def event(self, event: QEvent) -> bool:
        """Takes the window's move to a screen of another scale into account."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._draw()
        return super().event(event)

    def _draw(self) -> None:
        self.setPixmap(self._theme.pixmap(*self._look, self.devicePixelRatioF()))
