"""Draws many short texts in few fonts and colours: what can be known beforehand is worked out once."""

from collections.abc import Mapping

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from app.theme import Theme

_MOST_WIDTHS = 4000


class TextPainter:
    """Knows colours by their tokens, fonts by their look, and the widths of texts."""

    def __init__(self, theme: Theme, fonts: Mapping[str, QFont]) -> None:
        self._theme = theme
        self.fonts = dict(fonts)
        self._metrics = {look: QFontMetrics(font) for look, font in self.fonts.items()}
        self._rises = {look: metrics.ascent() - metrics.descent() for look, metrics in self._metrics.items()}
        self._widths: dict[str, dict[str, int]] = {look: {} for look in self.fonts}
        self._colors: dict[str, QColor] = {}
        theme.changed.connect(self._colors.clear)

    def color(self, token: str) -> QColor:
        """Returns a colour of the theme in force, not to be changed."""
        color = self._colors.get(token)
        if color is None:
            color = self._colors[token] = self._theme.color(token)
        return color

    def width(self, text: str, look: str) -> int:
        """Returns the width of a text in pixels."""
        widths = self._widths[look]
        width = widths.get(text)
        if width is None:
            if len(widths) > _MOST_WIDTHS:
                widths.clear()
            width = widths[text] = self._metrics[look].horizontalAdvance(text)
        return width

    def draw(self, painter: QPainter, rect: QRect, text: str, look: str, token: str, *, right: bool = False) -> None:
        """Draws a text in the middle of the rectangle's height, at its left or right edge, cut off where it ends."""
        width, room = self.width(text, look), rect.width()
        if width > room:
            metrics = self._metrics[look]
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            width = metrics.horizontalAdvance(text)
        painter.setFont(self.fonts[look])
        painter.setPen(self.color(token))
        left = rect.left() + (room - width if right else 0)
        painter.drawText(left, rect.top() + (rect.height() + self._rises[look]) // 2, text)
