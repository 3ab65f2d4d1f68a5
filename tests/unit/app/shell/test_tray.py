"""The tray: it is no trouble where the desktop has none, and its menu does what it says."""

from typing import Any

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QSystemTrayIcon, QWidget

from app.shell.tray import Tray
from app.theme import Theme
from app.theme.tokens import contrast


@pytest.mark.qt_log_ignore("does not support raise", extend=True)
def test_a_desktop_without_a_tray_misses_nothing(theme: Theme, qtbot: Any) -> None:
    window, stopped = QWidget(), []
    qtbot.addWidget(window)
    tray = Tray(window, theme, lambda: stopped.append(True))
    assert tray.icon is None
    tray.tell("error", "Nobody hears it.")
    show, stop = tray.menu.actions()[:2]
    show.trigger()
    assert window.isVisible()
    window.showMinimized()
    stop.trigger()
    assert not window.isMinimized()
    assert stopped == [True]
    tray.close()


@pytest.mark.qt_log_ignore("does not support raise", "systemTrayWindowChanged", extend=True)
def test_a_tray_tells_what_nobody_sees_and_leads_back(
    theme: Theme, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, object]] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)

    def show_message(_icon: object, _title: str, text: str, kind: object, _ms: int) -> None:
        told.append((text, kind))

    monkeypatch.setattr(QSystemTrayIcon, "showMessage", show_message)
    window, other = QWidget(), QWidget()
    for each in (window, other):
        qtbot.addWidget(each)
    tray = Tray(window, theme, lambda: None)
    assert tray.icon is not None
    assert tray.icon.contextMenu() is tray.menu
    assert not tray.icon.icon().isNull()
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    tray.tell("info", "The window shows it itself.")
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    tray.tell("warning", "EURUSD rises above 1.1: the bid is 1.1001.")
    assert told == [("EURUSD rises above 1.1: the bid is 1.1001.", QSystemTrayIcon.MessageIcon.Warning)]
    window.showMinimized()
    tray.icon.messageClicked.emit()
    assert not window.isMinimized()
    window.hide()
    tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert window.isVisible()
    tray.close()
    assert not tray.icon.isVisible()


class QBalloonTip(QWidget):
    """Named like Qt's own message of a tray, for desktops without notifications."""


def test_a_message_of_the_tray_can_be_read(theme: Theme, qtbot: Any) -> None:
    balloon = QBalloonTip()
    qtbot.addWidget(balloon)
    balloon.setPalette(QPalette(QColor("#ffffe1")))
    text = QLabel("EURUSD rises above 1.1.", balloon)
    balloon.show()
    colours = [part.palette().color(role).name() for part, role in (
        (text, QPalette.ColorRole.WindowText), (balloon, QPalette.ColorRole.Window),
    )]  # fmt: skip
    assert contrast(*colours) > 7
