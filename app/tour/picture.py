"""A picture of the window as a screen would show it."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget


def picture_of(window: QWidget) -> QPixmap:
    """Returns the window with the dialogs and menus that are open over it."""
    picture = window.grab()
    over = [top for top in QApplication.topLevelWidgets() if top is not window and top.isVisible()]
    with QPainter(picture) as painter:
        for top in over:
            painter.drawPixmap(window.mapFromGlobal(top.mapToGlobal(QPoint(0, 0))), top.grab())
    return picture
