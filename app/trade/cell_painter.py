"""Paints the lines of a trade table: text in its tone, a chip, the row's buttons, or a line over a group."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from app.theme import Theme
from app.trade.table_model import Cell, Cells, Column

_PADDING = 10
_MOST_WIDTHS = 4000
_TOTAL_ROOM = 40
_SOFT = {"up": "up_soft", "down": "down_soft", "accent": "accent_soft", "warning": "warning_soft"}


class CellPainter:
    """Knows fonts, colours and the widths of texts; they are worked out once and kept."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._colors: dict[str, QColor] = {}
        self._widths: dict[str, dict[str, int]] = {}
        self.reload()

    def reload(self) -> None:
        """Takes fonts and colours from the theme anew."""
        theme = self._theme
        self._fonts = {
            "text": theme.font("body"), "strong": theme.font("body", QFont.Weight.DemiBold),
            "chip": theme.font("tiny", QFont.Weight.DemiBold), "small": theme.font("small"),
        }  # fmt: skip
        self._metrics = {look: QFontMetrics(font) for look, font in self._fonts.items()}
        self._widths.clear()
        self._colors.clear()

    def ground(self, painter: QPainter, rect: QRect, token: str) -> None:
        """Paints the background of a line, and the hairline under it; no token leaves the panel's own."""
        if token:
            painter.fillRect(rect, self._color(token))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self._color("line"))

    def cell(self, painter: QPainter, rect: QRect, column: "Column[object]", cell: Cell) -> None:
        """Paints a cell with words or figures."""
        text, tone = cell
        if not text:
            return
        if column.look == "chip":
            self._chip(painter, rect, text, tone)
            return
        look = column.look if column.look in self._fonts else "text"
        self._text(painter, rect, text, tone or "text", look, right=column.right)

    def group(self, painter: QPainter, rects: dict[int, QRect], cells: Cells) -> None:
        """Paints a line over a group: its name as far as there is room, and its totals."""
        totals = [number for number in rects if number > 0 and cells[number][0]]
        for number in totals:
            # The line has room to the left of its totals.
            room = rects[number].adjusted(-_TOTAL_ROOM, 0, 0, 0)
            self._text(painter, room, *_toned(cells[number]), "strong", right=True)
        if 0 in rects:
            room = rects[0].united(rects[max(number for number in rects if number < min(totals, default=len(cells)))])
            self._text(painter, room, cells[0][0], "text", "strong", right=False)

    def button(self, painter: QPainter, area: QRect, sign: str, *, lit: bool, hovered: bool) -> None:
        """Paints one of the row's buttons."""
        painter.setFont(self._fonts["text"])
        if lit:
            painter.fillRect(area.adjusted(2, 4, -2, -4), self._color("hover"))
        painter.setPen(self._color("text" if lit else "dim" if hovered else "mute"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, sign)

    def _text(self, painter: QPainter, rect: QRect, text: str, token: str, look: str, *, right: bool) -> None:
        metrics, width, room = self._metrics[look], self._width(text, look), rect.width() - 2 * _PADDING
        if width > room:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            width = metrics.horizontalAdvance(text)
        painter.setFont(self._fonts[look])
        painter.setPen(self._color(token))
        left = rect.left() + (_PADDING if not right else rect.width() - _PADDING - width)
        painter.drawText(QPoint(left, rect.top() + (rect.height() + metrics.ascent() - metrics.descent()) // 2), text)

    def _width(self, text: str, look: str) -> int:
        widths = self._widths.setdefault(look, {})
        if text not in widths:
            if len(widths) > _MOST_WIDTHS:
                widths.clear()
            widths[text] = self._metrics[look].horizontalAdvance(text)
        return widths[text]

    def _chip(self, painter: QPainter, rect: QRect, text: str, tone: str) -> None:
        painter.setFont(self._fonts["chip"])
        chip = QRectF(rect.left() + _PADDING, rect.center().y() - 8, self._width(text, "chip") + 12, 17)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color(_SOFT.get(tone, "raised")))
        painter.drawRoundedRect(chip, 4, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(self._color(tone or "dim"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)

    def _color(self, token: str) -> QColor:
        color = self._colors.get(token)
        if color is None:
            color = self._colors[token] = self._theme.color(token)
        return color


def _toned(cell: Cell) -> Cell:
    return cell[0], cell[1] or "text"
