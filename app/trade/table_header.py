"""The header of a trade table, with the sign of its order beside the title instead of over it."""

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPolygonF
from PySide6.QtWidgets import QHeaderView, QWidget

from app.theme import Theme

#: The sign stands in the padding at the right of the section.
_RIGHT, _WIDTH, _HEIGHT = 2.0, 6.0, 4.0


class TableHeader(QHeaderView):
    """Titles that sort when they are pressed: upwards, downwards, and the third time not at all."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self.setSectionsClickable(True)
        self.setSortIndicatorClearable(True)
        self.setHighlightSections(False)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:  # noqa: N802
        """Paints a title, and the sign where the rows are sorted by it."""
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if section != self.sortIndicatorSection():
            return
        right, middle = rect.x() + rect.width() - _RIGHT, rect.y() + rect.height() / 2
        rise = _HEIGHT / 2 if self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder else -_HEIGHT / 2
        corners = ((right - _WIDTH, middle + rise), (right, middle + rise), (right - _WIDTH / 2, middle - rise))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("text"))
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
