"""The editor: colours, findings, indentation."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agent_core.protocol.ea import DiagnosticModel
from app.ea.editor import MqlEditor
from app.theme import Theme

Formats = Callable[[int], dict[str, str]]


@pytest.fixture
def editor(qtbot: QtBot, theme: Theme) -> MqlEditor:
    made = MqlEditor(theme)
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    return made


def colours_of(editor: MqlEditor, line: int) -> dict[str, str]:
    block = editor.document().findBlockByNumber(line)
    return {
        block.text()[part.start : part.start + part.length]: part.format.foreground().color().name()
        for part in block.layout().formats()
    }


def finding(line: int, column: int, severity: str = "error") -> DiagnosticModel:
    return DiagnosticModel.model_validate(
        {"line": line, "column": column, "severity": severity, "code": 256, "message": "undeclared identifier 'x'"}
    )


def test_tokens_have_the_theme_s_colours(editor: MqlEditor, theme: Theme) -> None:
    editor.load('#include <Trade\\Trade.mqh>\ninput double InpRisk = 1.5; // risk\nPrint("// no comment", 7);')
    assert colours_of(editor, 0)["#include"] == theme.tokens.accent
    second = colours_of(editor, 1)
    assert second["input"] == theme.tokens.accent
    assert second["double"] == theme.tokens.owner
    assert second["1.5"] == theme.tokens.warning
    assert second["// risk"] == theme.tokens.mute
    assert colours_of(editor, 2)['"// no comment"'] == theme.tokens.good


def test_a_block_comment_goes_over_lines(editor: MqlEditor, theme: Theme) -> None:
    editor.load("int a; /* one\ntwo */ int b;\nint c;")
    assert colours_of(editor, 0)["/* one"] == theme.tokens.mute
    second = colours_of(editor, 1)
    assert second["two */"] == theme.tokens.mute
    assert second["int"] == theme.tokens.owner
    assert theme.tokens.mute not in colours_of(editor, 2).values()


def test_loading_is_no_edit_but_typing_is(editor: MqlEditor, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(editor.edited):
        editor.load("int a;")
        editor.append_streamed("\nint b;")
    with qtbot.waitSignal(editor.edited):
        QTest.keyClicks(editor, "x")


def test_findings_are_underlined_at_their_word(editor: MqlEditor) -> None:
    editor.load("void OnTick()\n  {\n   int y = nothing;\n  }")
    editor.show_findings([finding(3, 12), finding(99, 1), finding(3, 400, "warning")])
    marks = [mark for mark in editor.extraSelections() if mark.format.underlineStyle() != _NONE]
    assert next(mark.cursor.selectedText() for mark in marks) == "nothing"
    assert len(marks) == 2


_NONE = QTextCharFormat.UnderlineStyle.NoUnderline


def test_a_new_line_keeps_the_indentation_and_tab_is_three_spaces(editor: MqlEditor) -> None:
    editor.load("   int a;")
    editor.moveCursor(editor.textCursor().MoveOperation.End)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    QTest.keyClicks(editor, "b")
    assert editor.toPlainText() == "   int a;\n      b"


def test_going_to_a_place_moves_the_cursor(editor: MqlEditor) -> None:
    editor.load("one\ntwo\nthree")
    editor.go_to(3, 3)
    assert (editor.textCursor().blockNumber(), editor.textCursor().positionInBlock()) == (2, 2)
    editor.go_to(99, 99)
    assert editor.textCursor().block().isValid()
