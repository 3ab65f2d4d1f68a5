"""Shortcuts that are changed, layouts that are kept, and the tour of a new window."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from app.settings.shortcuts import ShortcutsSection
from app.shell.coach import Coach
from app.shell.commands import Command, CommandRegistry
from app.shell.layout_menu import LayoutMenu
from app.shell.toasts import Toasts
from app.theme import Theme
from app.ui_settings import UiSettingsFile


@pytest.fixture
def window(qtbot: Any) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1024, 700)
    return made


def test_keys_are_changed_kept_and_refused_where_they_are_taken(window: QWidget, tmp_path: Path, qtbot: Any) -> None:
    ui, registry, done = UiSettingsFile(tmp_path), CommandRegistry(window), []
    buy = Command("ticket.market", "New market order", lambda: done.append("market"))
    registry.add(buy)
    eas = Command("go.eas", "Go to EAs", lambda: done.append("eas"), "Ctrl+2")
    registry.add(eas)
    section = ShortcutsSection(SimpleNamespace(commands=registry, ui=ui))  # type: ignore[arg-type]
    qtbot.addWidget(section)
    section.show()
    window.show()
    section.choose(buy, QKeySequence("Ctrl+2"))
    assert "Go to EAs" in section.note.text()
    section.choose(buy, QKeySequence("F9"))
    assert UiSettingsFile(tmp_path).values.shortcuts == {"ticket.market": "F9"}
    section.choose(eas, QKeySequence("F9"))
    assert section.rows.indexOf(section.note) == 1  # between the rows, under the one it is about
    section.hide()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert done == ["market"]
    again = CommandRegistry(window)
    again.rebind(ui.values.shortcuts)
    again.add(buy)  # pages register their commands later
    assert again.keys_of("ticket.market") == "F9"
    section.reset(buy)
    assert (ui.values.shortcuts, registry.keys_of("ticket.market")) == ({}, "")


def test_layouts_come_back_under_their_names(window: QWidget, tmp_path: Path, theme: Theme) -> None:
    ui = UiSettingsFile(tmp_path)
    menu = LayoutMenu()
    menu.setParent(window)
    registry = CommandRegistry(window)
    menu.attach(SimpleNamespace(ui=ui, toasts=Toasts(window, theme), commands=registry))  # type: ignore[arg-type]
    ui.set_layout("trade.columns", "wide")
    ui.set("hidden_columns", {"positions.table": ["Owner"]})
    menu.keep("Scalping")
    menu.apply("")
    assert (ui.values.layouts, ui.values.hidden_columns) == ({}, {})
    menu.choices.aboutToShow.emit()
    names = [action.text() for action in menu.choices.actions() if action.text()]
    assert names == ["Usual layout", "Scalping", "Keep this layout …", "Remove Scalping"]
    assert [command.title for command in registry.matching("layout scalp")] == ["Layout: Scalping"]
    registry.run("layout.named.Scalping")
    assert ui.values.layouts == {"trade.columns": "wide"}
    assert ui.values.hidden_columns == {"positions.table": ["Owner"]}
    menu.remove("Scalping")
    assert ui.values.named_layouts == {}
    assert registry.matching("scalp") == []


def test_the_tour_lights_what_is_there_and_can_be_skipped(window: QWidget, theme: Theme, qtbot: Any) -> None:
    for name, x in (("watchlist", 0), ("ticket", 744)):
        part = QFrame(window)
        part.setObjectName(name)
        part.setGeometry(x, 50, 280, 600)
    window.show()
    coach = Coach(window, theme)
    title = coach.findChild(QLabel, "coach.title")
    assert title is not None
    seen = []
    with qtbot.waitSignal(coach.ended):
        for _ in range(2):
            seen.append((title.text(), window.rect().contains(coach.card.geometry())))
            coach.further.click()
    assert seen == [("Watchlist", True), ("Order", True)]
    other = Coach(window, theme)
    window.resize(1280, 800)
    assert other.geometry() == window.rect()
    with qtbot.waitSignal(other.ended):
        QTest.keyPress(other, Qt.Key.Key_Escape)  # it is gone before the key is released
