"""A picture of a trade's chart that opens when it is pressed."""

from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app.language import tr
from app.theme import Theme

_CAPTION, _EDGE = 20.0, 1.0


class PictureButton(QAbstractButton):
    """As large as there is room, in the picture's own proportions, with a caption below."""

    def __init__(self, theme: Theme, moment: str) -> None:
        super().__init__()
        self.setObjectName(f"journal.picture.{moment}")
        self._theme, self._moment = theme, moment
        self._picture = QPixmap()
        self._path = Path()
        self.setAccessibleName(tr(f"Picture of the {moment}"))
        self.setToolTip(tr(f"Open the picture of the {moment}"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path))))
        theme.changed.connect(self.update)
        self.show_picture(None)

    def show_picture(self, path: Path | None) -> None:
        """Shows a picture, or says that there is none."""
        self._path, self._picture = path or Path(), QPixmap(str(path)) if path is not None else QPixmap()
        there = not self._picture.isNull()
        self.setEnabled(there)
        self.setText(tr(self._moment.capitalize() if there else f"No {self._moment}"))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Large enough to see the shape of the market."""
        return QSize(240, 160)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Small enough for a low window."""
        return QSize(90, 60)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints picture, edge and caption."""
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        theme, size = self._theme, self._picture.size()
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("dim" if self.isEnabled() else "mute"))
        if not self.isEnabled():
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
            return
        room = QRectF(_EDGE, _EDGE, self.width() - 2 * _EDGE, self.height() - 2 * _EDGE - _CAPTION)
        share = min(room.width() / size.width(), room.height() / size.height())
        area = QRectF(0, 0, size.width() * share, size.height() * share)
        area.moveCenter(QPointF(room.center().x(), room.center().y()))
        caption = QRectF(area.left(), area.bottom() + 2, room.width(), _CAPTION - 2)
        painter.drawText(caption, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(area, self._picture, QRectF(self._picture.rect()))
        painter.setPen(QPen(theme.color("accent" if self.hasFocus() or self.underMouse() else "line"), 1))
        painter.drawRect(area)
