"""The window's frame: pages, commands, palette, toasts, closing."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from app.shell.commands import Command
from app.shell.rail import ENTRIES
from app.shell.stop_everything import StopEverythingDialog
from app.shell.window import MainWindow
from app.theme import Theme
from app.ui_settings import UiSettingsFile


@pytest.fixture
def window(theme: Theme, qtbot: Any, tmp_path: Path) -> MainWindow:
    window = MainWindow(theme, UiSettingsFile(tmp_path))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    return window


def test_the_frame_is_painted_before_there_is_an_agent(window: MainWindow, theme: Theme) -> None:
    picture: QImage = window.grab().toImage()
    assert (picture.width(), picture.height()) == (1280, 800)
    assert picture.pixelColor(640, 5).name() == theme.tokens.panel
    assert window.working


def test_pages_are_built_once_and_when_they_are_shown(window: MainWindow) -> None:
    built: list[str] = []

    def factory(name: str) -> Any:
        def make() -> QWidget:
            built.append(name)
            return QLabel(name)

        return make

    window.workspace.pages.offer({entry.name: factory(entry.name) for entry in ENTRIES})
    for name in ("eas", "trade", "eas"):
        window.workspace.show_page(name)
    assert built == ["eas", "trade"]
    rail = window.findChild(QToolButton, "rail.eas")
    assert rail is not None
    assert rail.isChecked()


@pytest.mark.logs_errors
def test_a_page_that_fails_leaves_the_others_alone(window: MainWindow) -> None:
    def broken() -> QWidget:
        raise RuntimeError("broken")

    window.workspace.pages.offer({"eas": broken, "trade": lambda: QLabel("trade")})
    window.workspace.show_page("eas")
    assert window.findChild(QLabel, "pages.eas.failed.title") is not None
    window.workspace.show_page("trade")
    page = window.workspace.pages.page("trade")
    assert page is not None
    assert page.isVisible()


def test_rail_entries_can_be_reached_and_read(window: MainWindow) -> None:
    for entry in ENTRIES:
        button = window.findChild(QToolButton, f"rail.{entry.name}")
        assert button is not None
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert button.accessibleName() == entry.title
        assert button.fontMetrics().horizontalAdvance(entry.title) <= button.width()


def test_a_shortcut_runs_its_command_only_when_it_makes_sense(window: MainWindow, qtbot: Any) -> None:
    runs: list[str] = []
    allowed = [False]
    window.commands.add(Command("x.run", "Run x", lambda: runs.append("x"), "Ctrl+J", lambda: allowed[0]))
    qtbot.keyClick(window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert runs == []
    allowed[0] = True
    qtbot.keyClick(window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert runs == ["x"]
    assert not window.commands.run("nothing")


def test_the_palette_finds_by_words_and_runs_with_enter(window: MainWindow, qtbot: Any) -> None:
    runs: list[str] = []
    for name in ("Go to History", "Stop everything", "Go to Trade"):
        window.commands.add(Command(name, name, lambda name=name: runs.append(name)))
    palette = window.palette_dialog
    palette.popup()
    qtbot.keyClicks(palette.field, "go")
    assert [palette.list.item(row).text() for row in range(palette.list.count())] == ["Go to History", "Go to Trade"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert runs == ["Go to Trade"]
    assert not palette.isVisible()
    palette.popup()
    qtbot.keyClicks(palette.field, "no such thing")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert runs == ["Go to Trade"]


def test_toasts_stack_inside_the_window_and_do_not_repeat(window: MainWindow) -> None:
    long = "The cloud can't be reached. " * 6
    for message in ("one", "two", "two", long):
        window.toasts.error(message)
    assert window.toasts.messages == ["one", "two", long]
    for toast in window.findChildren(QWidget, "toast.error"):
        if toast.isVisible():
            assert window.rect().contains(toast.geometry())
    for number in range(9):
        window.toasts.info(str(number))
    assert window.toasts.messages == ["5", "6", "7", "8"]


def test_a_page_gives_way_to_messages_and_comes_back(window: MainWindow) -> None:
    pages = window.workspace.pages
    pages.offer({"eas": lambda: QLabel("eas")})
    window.workspace.show_page("eas")
    page = pages.page("eas")
    assert page is not None
    whole = page.height()
    window.toasts.info("Saved.")
    window.toasts.error("The cloud can't be reached. Check the internet connection.")
    for toast in (window.findChild(QWidget, "toast.info"), window.findChild(QWidget, "toast.error")):
        assert toast is not None
        assert toast.geometry().top() >= page.mapTo(window, page.rect().bottomLeft()).y()
        assert toast.geometry().bottom() < window.workspace.status_bar.mapTo(window, QPoint(0, 0)).y()
    assert page.height() > 0.8 * whole
    for message in window.toasts.messages:
        window.toasts.dismiss(message)
    assert page.height() == whole


def test_closing_is_told_and_the_place_is_kept(window: MainWindow, theme: Theme, tmp_path: Path, qtbot: Any) -> None:
    window.close()
    assert window.is_closed
    kept = UiSettingsFile(tmp_path)
    assert kept.values.geometry
    again = MainWindow(theme, kept)
    qtbot.addWidget(again)
    assert again.width() >= window.minimumWidth()


def test_the_first_window_is_as_large_as_its_design(theme: Theme, tmp_path: Path, qtbot: Any) -> None:
    window = MainWindow(theme, UiSettingsFile(tmp_path / "new"))
    qtbot.addWidget(window)
    assert (window.width(), window.height()) == (1600, 1000)


def test_the_stop_dialog_keeps_trading_by_default(window: MainWindow, qtbot: Any) -> None:
    dialog = StopEverythingDialog(window, 1)
    dialog.open()
    ticked = {"close_positions": True, "cancel_orders": True, "stop_eas": True}
    assert dialog.payload.model_dump() == {**ticked, "account_number": "1"}
    assert dialog.reject_button.isDefault()
    for box in (dialog.close_positions, dialog.cancel_orders, dialog.stop_eas):
        assert dialog.accept_button.isEnabled()
        box.click()
    assert not dialog.accept_button.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == 0
    assert not dialog.isVisible()
