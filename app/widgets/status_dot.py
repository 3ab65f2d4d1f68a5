"""A coloured dot that tells a state."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.theme import Theme

_DIAMETER = 7


class StatusDot(QWidget):
    """A dot in a token's colour: good, warning, bad or mute."""

    def __init__(self, theme: Theme, tone: str = "mute") -> None:
        super().__init__()
        self._theme = theme
        self._tone = tone
        self.setFixedSize(_DIAMETER, _DIAMETER)
        theme.changed.connect(self.update)

    @property
    def tone(self) -> str:
        """The token it is painted in."""
        return self._tone

    def set_tone(self, tone: str) -> None:
        """Changes the colour."""
        if tone != self._tone:
            self._tone = tone
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Just the dot."""
        return QSize(_DIAMETER, _DIAMETER)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints the dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._tone))
        painter.drawEllipse(QRectF(0, 0, _DIAMETER, _DIAMETER))
