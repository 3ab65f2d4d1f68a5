"""The frame around what the keyboard has come to."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QVBoxLayout, QWidget

from app.ea.editor import MqlEditor
from app.shell.focus_ring import FocusRing
from app.theme import Theme


class Window(QWidget):
    """Moves its ring along with the Tab key, as the main window does."""

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        ring = self.findChild(FocusRing)
        assert ring is not None
        return ring.follow(super().focusNextPrevChild, forward)


@pytest.fixture
def window(theme: Theme, qtbot: Any) -> Window:
    made = Window()
    qtbot.addWidget(made)
    layout = QVBoxLayout(made)
    for part in (QLineEdit(), QListWidget(), MqlEditor(theme), QLineEdit()):
        layout.addWidget(part)
    FocusRing(made, theme)
    made.resize(600, 500)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def test_a_list_is_framed_when_the_keyboard_comes_to_it_and_not_for_a_click(window: Window, qtbot: Any) -> None:
    ring, chosen = window.findChild(FocusRing), window.findChild(QListWidget)
    line = window.findChild(QLineEdit)
    assert ring is not None
    assert chosen is not None
    assert line is not None
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is chosen
    assert ring.isVisible()
    assert ring.geometry() == chosen.geometry()
    window.resize(700, 600)
    qtbot.waitUntil(lambda: ring.geometry() == chosen.geometry())
    assert not ring.mask().contains(ring.rect().center())  # what is in the list is painted without it
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert not ring.isVisible()


def test_the_editor_indents_with_tab_and_is_left_with_ctrl_tab(window: Window) -> None:
    ring, editor = window.findChild(FocusRing), window.findChild(MqlEditor)
    assert ring is not None
    assert editor is not None
    window.findChildren(QListWidget)[0].setFocus()
    assert not ring.isVisible()
    window.focusNextPrevChild(True)
    assert ring.geometry() == editor.geometry()
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == "   "
    QTest.keyClick(editor, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is window.findChildren(QLineEdit)[-1]
    assert not ring.isVisible()
