"""Paints a cell as a small filled chip."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.theme import Theme

_INSET = 11
_PADDING = 7
_HEIGHT = 18
_BACKGROUNDS = {"good": "up_soft", "bad": "bad_soft", "warning": "warning_soft", "up": "up_soft", "down": "down_soft"}


class PillDelegate(QStyledItemDelegate):
    """Chip with the cell's text; its tone is what the model answers for `TONE_ROLE`."""

    TONE_ROLE = Qt.ItemDataRole.UserRole + 1

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paints background and chip."""
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        text = plain.text
        plain.text = ""
        plain.widget.style().drawControl(
            QStyle.ControlElement.CE_ItemViewItem,
            plain,
            painter,
            plain.widget,
        )
        tone = str(index.data(self.TONE_ROLE) or "neutral")
        font = self._theme.font("tiny", QFont.Weight.DemiBold)
        cell = QRectF(plain.rect)
        width = QFontMetricsF(font).horizontalAdvance(text) + 2 * _PADDING
        chip = QRectF(cell.left() + _INSET, cell.center().y() - _HEIGHT / 2, width, _HEIGHT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(_BACKGROUNDS.get(tone, "raised")))
        painter.drawRoundedRect(chip, 4, 4)
        painter.setPen(self._theme.color(tone if tone in _BACKGROUNDS else "dim"))
        painter.setFont(font)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()
