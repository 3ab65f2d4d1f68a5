"""The big Sell and Buy buttons: what will happen above, the price below with its last digit emphasised."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app.theme import Theme

_HEIGHT = 62


class PriceButton(QAbstractButton):
    """A button in the colour of a side; grey while it can't be pressed."""

    def __init__(self, theme: Theme, name: str, fill: str, glow: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._theme, self._fill, self._glow = theme, fill, glow
        self._price = ""
        self._hovered = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    @property
    def price(self) -> str:
        """The price on the button."""
        return self._price

    def show_state(self, title: str, price: str) -> None:
        """Changes what the button says."""
        if (title, price) != (self.text(), self._price):
            self._price = price
            self.setText(title)
            self.setAccessibleName(f"{title} {price}".strip())
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Two lines of text."""
        return QSize(110, _HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for a price."""
        return QSize(96, _HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        """Lights the edge."""
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Dims the edge."""
        self._hovered = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints the button."""
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        theme, usable = self._theme, self.isEnabled()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = theme.color(self._fill if usable else "raised")
        if usable and self.isDown():
            fill = fill.darker(115)
        edge = theme.color("text") if self.hasFocus() and usable else theme.color(self._glow)
        painter.setPen(QPen(edge, 1) if usable and (self._hovered or self.hasFocus()) else QPen(fill, 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        painter.setPen(theme.color("on_fill" if usable else "mute"))
        if not self._price:
            painter.setFont(theme.font("strong", QFont.Weight.DemiBold))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
            return
        painter.setFont(theme.font("strong", QFont.Weight.DemiBold))
        painter.drawText(QRectF(0, 9, self.width(), 18), Qt.AlignmentFlag.AlignCenter, self.text())
        self._paint_price(painter)

    def _paint_price(self, painter: QPainter) -> None:
        small = self._theme.font("title", QFont.Weight.Medium)
        large = self._theme.font("display", QFont.Weight.Bold)
        head, last = self._price[:-1], self._price[-1:]
        head_width = QFontMetricsF(small).horizontalAdvance(head)
        x = (self.width() - head_width - QFontMetricsF(large).horizontalAdvance(last)) / 2
        painter.setFont(small)
        painter.drawText(int(x), 49, head)
        painter.setFont(large)
        painter.drawText(int(x + head_width), 49, last)
