"""The first painting of the window: where bars and pages will be, in the theme's colours."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from app.theme import Theme

TOP_BAR_HEIGHT, RAIL_WIDTH, STATUS_BAR_HEIGHT = 48, 56, 26


def paint_frame(painter: QPainter, area: QRect, theme: Theme, *, working: bool) -> None:
    """Paints an empty window: `working` as the workspace, else as a page that fills it."""
    painter.fillRect(area, theme.color("panel" if working else "background"))
    if working:
        line, bottom = theme.color("line"), area.height() - STATUS_BAR_HEIGHT
        painter.fillRect(0, TOP_BAR_HEIGHT - 1, area.width(), 1, line)
        painter.fillRect(RAIL_WIDTH - 1, TOP_BAR_HEIGHT, 1, bottom - TOP_BAR_HEIGHT, line)
        painter.fillRect(0, bottom, area.width(), 1, line)
