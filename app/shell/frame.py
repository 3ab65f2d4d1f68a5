"""The first painting of the window: where bars and pages will be, in the theme's colours."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from app.theme import Theme

TOP_BAR_HEIGHT, RAIL_WIDTH, STATUS_BAR_HEIGHT = 48, 56, 26


def paint_frame(painter: QPainter, area: QRect, theme: Theme, *, working: bool) -> None:
    """Paints an empty window: `working` as the workspace, else as a page that fills it."""
    painter.fillRect(area, theme.color("line" if working else "background"))
    if not working:
        return
    panel, width, bottom = theme.color("panel"), area.width(), area.height() - STATUS_BAR_HEIGHT
    middle = bottom - TOP_BAR_HEIGHT
    # A pixel of the ground between them stays: the lines.
    painter.fillRect(0, 0, width, TOP_BAR_HEIGHT - 1, panel)
    painter.fillRect(0, TOP_BAR_HEIGHT, RAIL_WIDTH - 1, middle, panel)
    painter.fillRect(RAIL_WIDTH, TOP_BAR_HEIGHT, width - RAIL_WIDTH, middle, theme.color("background"))
    painter.fillRect(0, bottom + 1, width, STATUS_BAR_HEIGHT - 1, panel)
