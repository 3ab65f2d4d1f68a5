"""The tray: it is no trouble where the desktop has none, and its menu does what it says."""

from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from app.shell.tray import Tray
from app.theme import Theme


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
