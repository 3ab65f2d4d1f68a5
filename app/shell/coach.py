"""The short tour of a new window: one part after the other is lit, with a sentence about it."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.language import tr
from app.shell.window import MainWindow
from app.theme import Theme
from app.widgets.buttons import button
from app.widgets.labels import label

_WIDTH, _PADDING, _GAP, _MARGIN = 320, 16, 14, 12

#: Object name of a part, its title, and what a trader should know about it.
MARKS = (
    ("watchlist", "Watchlist", "A click shows a symbol on the chart. Type / to search everything your broker has."),
    ("chart", "Chart", "Drag the lines of orders, stops and targets. A right click sets an alert."),
    ("ticket", "Order", "Size by risk, see cost, margin and the guard's verdict before anything is sent."),
    ("blotter", "Positions", "Double-click a stop or target to change it. A right click closes parts or trails."),
    ("topbar.stop", "Stop everything", "Closes positions, cancels orders and stops EAs, even without the cloud."),
    ("rail", "Pages", "EAs, results, alerts and settings. Ctrl+K finds every command by its name."),
)


class Coach(QWidget):
    """Lies over the window until its last mark or until it is skipped.

    Signals:
        ended: It is over, seen or skipped.
    """

    ended = Signal()

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self.setObjectName("coach")
        self.setAccessibleName(tr("Tour of the window"))
        self._window, self._theme, self._at = window, theme, -1
        self._lit = QRect()
        self.card = QFrame(self)
        self.card.setProperty("role", "card")
        self.card.setFixedWidth(_WIDTH)
        self._title, self._text = label("", "title", "coach.title"), label("", "dim", "coach.text", wrap=True)
        self._text.setFixedWidth(_WIDTH - 2 * _PADDING)
        self._count = label("", "tiny")
        self.skip = button("Skip", "coach.skip", "ghost", self.end)
        self.further = button("Next", "coach.next", "primary", self.go_on)
        row = QHBoxLayout()
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self.skip)
        row.addWidget(self.further)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(_PADDING, 14, _PADDING, 12)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addLayout(row)
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self.go_on()

    def go_on(self) -> None:
        """Lights the next part that is there; after the last one it is over."""
        self._at += 1
        while self._at < len(MARKS) and self._part() is None:
            self._at += 1
        if self._at == len(MARKS):
            self.end()
            return
        _name, title, text = MARKS[self._at]
        self._title.setText(tr(title))
        self._text.setText(tr(text))
        self._text.setFixedHeight(self._text.heightForWidth(self._text.width()))
        self._count.setText(f"{self._at + 1} / {len(MARKS)}")
        self.further.setText(tr("Done" if self._at == len(MARKS) - 1 else "Next"))
        self._place()
        self.further.setFocus()

    def end(self) -> None:
        """Takes it away."""
        self._window.removeEventFilter(self)
        self.hide()
        self.ended.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape skips it."""
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follows the window's size."""
        if event.type() == QEvent.Type.Resize and watched is self._window:
            self.setGeometry(self._window.rect())
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Darkens everything but the part."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            around, lit = QPainterPath(), QPainterPath()
            around.addRect(QRectF(self.rect()))
            lit.addRoundedRect(QRectF(self._lit), 8, 8)
            shade = QColor(self._theme.color("background"))
            shade.setAlpha(190)
            painter.fillPath(around.subtracted(lit), shade)
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawPath(lit)

    def _part(self) -> QWidget | None:
        part = self._window.findChild(QWidget, MARKS[self._at][0])
        return part if part is not None and part.isVisible() else None

    def _place(self) -> None:
        part = self._part()
        if part is None:
            return
        corner = part.mapTo(self._window, QPoint(0, 0))
        self._lit = QRect(corner, part.size()).adjusted(-4, -4, 4, 4).intersected(self.rect())
        self.card.adjustSize()
        room, size = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN), self.card.size()
        beside = self._lit.right() + _GAP
        if beside + size.width() > room.right():
            beside = self._lit.left() - _GAP - size.width()
        place = QPoint(beside, self._lit.top() + _GAP)
        if beside < room.left():  # as wide as the window: on its lower part
            place = QPoint(self._lit.center().x() - size.width() // 2, self._lit.bottom() - _GAP - size.height())
        left = min(max(place.x(), room.left()), room.right() - size.width())
        self.card.move(left, min(max(place.y(), room.top()), room.bottom() - size.height()))
        self.update()


def show_coach(window: MainWindow) -> Coach:
    """Shows the tour over the Trade page."""
    window.workspace.show_page("trade")
    return Coach(window, window.workspace.theme)
