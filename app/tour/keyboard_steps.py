"""Steps: every page without a mouse: the Tab key goes round, shows where it is, and what it stops at has a name."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from app.tour.guide import Guide
from app.tour.hands import find, until
from app.tour.settings_steps import PAGES
from app.tour.step import Step

#: No page has as many stops.
MOST_STOPS = 150
TICKET = ("ticket.size", "ticket.sl", "ticket.tp", "ticket.comment", "ticket.sell", "ticket.buy")
PICTURED = {
    "rail.trade": "rail", "watchlist": "list", "chart": "chart", "ticket.size": "field", "blotter.orders": "tab",
}  # fmt: skip


async def round_trip(guide: Guide) -> None:
    """Tab visits all of each page, first to last and back to the first."""
    for page in PAGES:
        await guide.go_to(page)
        stops = await _stops(guide, page)
        names = [stop.objectName() for stop in stops]
        guide.check(f"{page}: Tab goes round", len(stops) < MOST_STOPS and len(stops) > 5, names)
        nameless = [stop.objectName() or type(stop).__name__ for stop in stops if not _has_name(stop)]
        guide.check(f"{page}: all {len(stops)} stops have a name", not nameless, nameless)
        mute = [part.objectName() or type(part).__name__ for part in _controls(guide.window) if not _has_name(part)]
        guide.check(f"{page}: everything that can be pressed or filled in has a name", not mute, mute)
        if page == "trade":
            places = [names.index(name) for name in TICKET if name in names]
            guide.check("The ticket is gone through from its top to its foot", places == sorted(places), names)
    await guide.go_to("trade")


async def _stops(guide: Guide, page: str) -> list[QWidget]:
    """Presses Tab until the focus is back where it began; each stop must look otherwise while it has the focus."""
    guide.window.activateWindow()
    await until("the window is in front", guide.window.isActiveWindow)
    first = find(guide.window, QWidget, "rail.trade")
    first.setFocus(Qt.FocusReason.TabFocusReason)
    stops, unseen = [first], []
    while len(stops) < MOST_STOPS:
        stop = stops[-1]
        focused = _look(stop)
        if page == "trade" and stop.objectName() in PICTURED:
            await guide.picture(PICTURED[stop.objectName()])
        # A field that takes Tab for itself is left as it says: with Ctrl+Tab.
        QTest.keyClick(stop, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is stop:
            QTest.keyClick(stop, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
        if focused == _look(stop):
            unseen.append(stop.objectName() or type(stop).__name__)
        following = QApplication.focusWidget()
        if following is None or following is first:
            break
        stops.append(following)
    guide.check(f"{page}: the focus is seen at each stop", not unseen, unseen)
    return stops


def _look(widget: QWidget) -> QImage:
    """The widget with what lies around it."""
    window, room = widget.window(), widget.rect().adjusted(-4, -4, 4, 4)
    return window.grab(room.translated(widget.mapTo(window, QPoint(0, 0))).intersected(window.rect())).toImage()


def _controls(window: QWidget) -> list[QWidget]:
    """What a reader of the screen stops at; the parts inside of lists, fields and tables are theirs."""
    inside = (QAbstractItemView, QLineEdit, QComboBox, QAbstractSpinBox, QKeySequenceEdit)
    return [
        part
        for part in window.findChildren(QWidget)
        if isinstance(part, (QAbstractButton, QPlainTextEdit, *inside)) and part.isVisible()
        and not isinstance(part.parent(), inside)
    ]  # fmt: skip


def _has_name(stop: QWidget) -> bool:
    return bool(stop.accessibleName()) or (isinstance(stop, QAbstractButton) and bool(stop.text()))


STEPS = (Step("keyboard", "Every page by the keyboard alone", round_trip),)
