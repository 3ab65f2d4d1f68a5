"""Paints the lines of a trade table: text in its tone, a chip, the row's buttons, or a line over a group."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QPainter

from app.theme import Theme
from app.trade.table_model import Cell, Cells, Column
from app.trade.text_painter import TextPainter

_PADDING = 10
_TOTAL_ROOM = 40
_SOFT = {"up": "up_soft", "down": "down_soft", "accent": "accent_soft", "warning": "warning_soft"}


class CellPainter:
    """Paints cells in the fonts of their columns and the colours of their tones."""

    def __init__(self, theme: Theme) -> None:
        bold = QFont.Weight.DemiBold
        fonts = {
            "text": theme.font("body"), "strong": theme.font("body", bold), "chip": theme.font("tiny", bold),
            "small": theme.font("small"),
        }  # fmt: skip
        self._texts = TextPainter(theme, fonts)

    def clear(self, painter: QPainter, area: QRect) -> None:
        """Paints the panel's background."""
        painter.fillRect(area, self._texts.color("panel"))

    def ground(self, painter: QPainter, rect: QRect, token: str) -> None:
        """Paints the background of a line, and the hairline under it; no token leaves the panel's own."""
        if token:
            painter.fillRect(rect, self._texts.color(token))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self._texts.color("line"))

    def cell(self, painter: QPainter, rect: QRect, column: "Column[object]", cell: Cell) -> None:
        """Paints a cell with words or figures."""
        text, tone = cell
        if not text:
            return
        if column.look == "chip":
            self._chip(painter, rect, text, tone)
            return
        look = column.look if column.look in self._texts.fonts else "text"
        self._text(painter, rect, text, tone or "text", look, right=column.right)

    def group(self, painter: QPainter, rects: dict[int, QRect], cells: Cells) -> None:
        """Paints a line over a group: its name as far as there is room, and its totals."""
        totals = [number for number in rects if number > 0 and cells[number][0]]
        for number in totals:
            # The line has room to the left of its totals.
            room = rects[number].adjusted(-_TOTAL_ROOM, 0, 0, 0)
            text, tone = cells[number]
            self._text(painter, room, text, tone or "text", "strong", right=True)
        if 0 in rects:
            room = rects[0].united(rects[max(number for number in rects if number < min(totals, default=len(cells)))])
            self._text(painter, room, cells[0][0], "text", "strong", right=False)

    def button(self, painter: QPainter, area: QRect, sign: str, *, lit: bool, hovered: bool) -> None:
        """Paints one of the row's buttons."""
        texts = self._texts
        if lit:
            painter.fillRect(area.adjusted(2, 4, -2, -4), texts.color("hover"))
        left = area.left() + (area.width() - texts.width(sign, "text")) // 2
        token = "text" if lit else "dim" if hovered else "mute"
        texts.draw(painter, QRect(left, area.top(), area.width(), area.height()), sign, "text", token)

    def _text(self, painter: QPainter, rect: QRect, text: str, token: str, look: str, *, right: bool) -> None:
        self._texts.draw(painter, rect.adjusted(_PADDING, 0, -_PADDING, 0), text, look, token, right=right)

    def _chip(self, painter: QPainter, rect: QRect, text: str, tone: str) -> None:
        texts = self._texts
        painter.setFont(texts.fonts["chip"])
        chip = QRectF(rect.left() + _PADDING, rect.center().y() - 8, texts.width(text, "chip") + 12, 17)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(texts.color(_SOFT.get(tone, "raised")))
        painter.drawRoundedRect(chip, 4, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(texts.color(tone or "dim"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
