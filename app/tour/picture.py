"""A picture of the window as a screen would show it."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget


def picture_of(window: QWidget) -> QPixmap:
    """Returns the window with the dialogs and menus that are open over it."""
    picture = window.grab()
    over = [top for top in QApplication.topLevelWidgets() if top is not window and top.isVisible()]
    with QPainter(picture) as painter:
        painter.setPen(Qt.GlobalColor.darkGray)  # in place of the frame that a screen's window has
        for top in over:
            place = window.mapFromGlobal(top.mapToGlobal(QPoint(0, 0)))
            painter.drawPixmap(place, top.grab())
            painter.drawRect(QRect(place, top.size()).adjusted(0, 0, -1, -1))
    return picture
