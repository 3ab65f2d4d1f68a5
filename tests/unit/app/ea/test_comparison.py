"""What changed between two versions."""

from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.ea.comparison import DiffLine, compare
from app.ea.diff import ComparisonPanel, DiffView
from app.theme import Theme

OLD = "\n".join(["input double InpRisk = 1.0; // Risk", "input int InpOld = 3;", *[f"int a{n};" for n in range(20)]])
NEW = OLD.replace("1.0", "0.5").replace("input int InpOld = 3;", "input int InpNew = 4;\nsinput ulong InpMagic = 7;")


def test_lines_and_inputs_are_told_apart() -> None:
    found = compare(OLD, NEW)
    assert (found.added, found.removed) == (3, 2)
    assert found.inputs_added == ("InpNew", "InpMagic")
    assert found.inputs_removed == ("InpOld",)
    assert found.inputs_changed == ("InpRisk 1.0 → 0.5",)
    assert found.lines[0] == DiffLine("removed", "input double InpRisk = 1.0; // Risk")
    assert [line.kind for line in found.lines[-3:]] == ["same"] * 3
    assert compare(OLD, OLD).lines == ()


def test_a_change_far_down_begins_with_its_line() -> None:
    assert compare(OLD, OLD.replace("a15;", "b15;")).lines[0] == DiffLine("gap", "line 15")


def test_panel_and_view_show_it(qtbot: QtBot, theme: Theme) -> None:
    panel, view = ComparisonPanel(), DiffView(theme)
    qtbot.addWidget(panel)
    qtbot.addWidget(view)
    panel.show_comparison("v8", 7, [7, 6], compare(OLD, NEW))
    view.show_comparison(compare(OLD, NEW))
    counts = panel.findChild(QPushButton, "ea.comparison.lines")
    inputs = panel.findChild(QLabel, "ea.comparison.inputs")
    assert isinstance(counts, QPushButton)
    assert isinstance(inputs, QLabel)
    assert counts.text() == "+3 −2 lines"
    assert inputs.text().splitlines()[0] == "Inputs added: InpNew, InpMagic"
    with qtbot.waitSignal(panel.lines_wanted):
        counts.click()
    assert view.toPlainText().splitlines()[0] == "− input double InpRisk = 1.0; // Risk"
    view.show_comparison(None)
    assert view.toPlainText() == ""
