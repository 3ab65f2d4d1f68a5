"""Library, pipeline, output and generation panels."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from agent_core.ea.models import EaLogLine, EaProject, EaVersion
from agent_core.protocol.ea import Brief, DiagnosticModel, GenerationUsage
from app.ea.generation import GenerationPanel
from app.ea.library import LibraryPanel
from app.ea.output import OutputPanel
from app.ea.page import _name_of
from app.ea.pipeline import STEPS, PipelineBar
from app.theme import Theme

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def version_of(project: UUID, number: int, status: str = "draft") -> EaVersion:
    return EaVersion(
        uuid4(), project, number, "void OnTick() {}", "0" * 64, status, "manual", (), NOW  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_library_lists_projects_with_versions_and_keeps_the_choice(qtbot: QtBot, theme: Theme) -> None:
    panel = LibraryPanel(theme)
    qtbot.addWidget(panel)
    project = EaProject(uuid4(), "London breakout", NOW)
    versions = [version_of(project.id, 2, "compiled"), version_of(project.id, 1)]
    panel.show_library([(project, versions)], [], versions[0].id)
    tree = panel.findChild(QTreeView, "ea.library.tree")
    assert isinstance(tree, QTreeView)
    assert tree.currentIndex().data() == "v2"
    older = tree.model().index(1, 0, tree.model().index(0, 0))
    with qtbot.waitSignal(panel.version_chosen) as chosen:
        tree.setCurrentIndex(older)
    assert chosen.args == [versions[1].id]


def test_an_empty_library_offers_a_new_one(qtbot: QtBot, theme: Theme) -> None:
    panel = LibraryPanel(theme)
    qtbot.addWidget(panel)
    panel.show_library([], [], None)
    panel.show()
    title = panel.findChild(QLabel, "ea.library.empty.title")
    assert isinstance(title, QLabel)
    assert title.isVisible()


def test_the_pipeline_forgets_what_comes_after(qtbot: QtBot) -> None:
    bar = PipelineBar()
    qtbot.addWidget(bar)
    for name in ("Generate", "Check", "Compile"):
        bar.show_step(name, "done", "note")
    bar.reset(after="Check")
    assert [bar.state_note(name) for name in ("Generate", "Check", "Compile")] == ["note", "note", ""]


def test_problems_stand_errors_first_and_lead_to_their_place(qtbot: QtBot, theme: Theme) -> None:
    panel = OutputPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(700, 200)
    panel.show()
    rows = [
        {"line": 4, "column": 2, "severity": "warning", "code": 43, "message": "possible loss of data"},
        {"line": 9, "column": 7, "severity": "error", "code": 256, "message": "undeclared identifier"},
    ]
    panel.show_findings([DiagnosticModel.model_validate(row) for row in rows])
    assert [item.line for item in panel.findings] == [9, 4]
    with qtbot.waitSignal(panel.place_chosen) as chosen:
        panel._table.clicked.emit(panel._model.index(0, 0))
    assert chosen.args == [9, 7]
    panel.show_findings([])
    assert panel.findings == []


def test_the_live_log_shows_levels(qtbot: QtBot, theme: Theme) -> None:
    panel = OutputPanel(theme)
    qtbot.addWidget(panel)
    panel.show_live_log([EaLogLine(NOW, "info", "started"), EaLogLine(NOW, "error", "no money")])
    assert panel._live_log.toPlainText().splitlines()[1].endswith("error: no money")


def test_the_generator_is_asked_once_and_a_failure_keeps_the_description(qtbot: QtBot) -> None:
    panel = GenerationPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.input.setPlainText("Buy when it rises, sell when it falls.")
    with qtbot.waitSignal(panel.asked) as asked:
        QTest.keyClick(panel.input, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    panel.begin(asked.args[0])
    with qtbot.assertNotEmitted(panel.asked):
        panel.generate.click()
    panel.think("Entry first. ")
    panel.fail("The code generator is overloaded at the moment. Try again in a few minutes.")
    assert panel.generate.isEnabled()
    assert panel.input.toPlainText() == asked.args[0]
    status = [item for item in panel.findChildren(QLabel) if item.objectName() == "ea.generate.status"]
    assert "overloaded" in status[-1].text()


def texts(panel: GenerationPanel) -> set[str]:
    return {item.text() for item in panel.findChildren(QLabel) if item.isVisible()}


def test_questions_are_answered_and_a_brief_is_shown(qtbot: QtBot) -> None:
    panel = GenerationPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.begin("Make me some money, please.")
    panel.ask(["When to enter?", "When to leave?"])
    assert panel.generate.isEnabled()
    first = panel.findChild(QLineEdit, "ea.generate.answer.0")
    assert isinstance(first, QLineEdit)
    first.setText("RSI below 30")
    with qtbot.waitSignal(panel.answered) as answered:
        QTest.keyClick(first, Qt.Key.Key_Return)
    assert [item.answer for item in answered.args[0]] == ["RSI below 30", "As you think best."]
    with qtbot.assertNotEmitted(panel.answered):
        QTest.keyClick(first, Qt.Key.Key_Return)
    panel.go_on()
    panel.think("Hm. ")
    panel.show_brief(Brief(entry="RSI <b>below</b> 30", exit="2R", risk="1 %"))
    qtbot.waitUntil(lambda: "Entry: RSI <b>below</b> 30" in texts(panel))
    assert "Hm. " not in texts(panel)
    fold = panel.findChildren(QPushButton, "ea.generate.fold")[-1]
    fold.click()
    assert "Hm. " in texts(panel)


def test_questions_of_an_earlier_wish_take_no_answers(qtbot: QtBot) -> None:
    panel = GenerationPanel()
    qtbot.addWidget(panel)
    panel.ask(["When to enter?"])
    panel.begin("Something else: RSI below 30.")
    button = panel.findChild(QPushButton, "ea.generate.continue")
    assert isinstance(button, QPushButton)
    with qtbot.assertNotEmitted(panel.answered):
        button.click()


def test_the_panel_tells_what_a_day_costs_and_what_led_to_a_version(qtbot: QtBot) -> None:
    panel = GenerationPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.show_usage(
        GenerationUsage(
            model="glm-5", generations=2, generations_a_day=50, tokens=9000, tokens_a_day=1_000_000, cost_usd=0.0114
        )
    )
    assert panel.spent.text() == "GLM-5 · 0.011 USD today"
    made = replace(version_of(uuid4(), 8), prompt="Breakout.", brief=Brief(entry="e", exit="x", risk="r"))
    panel.show_version(made)
    qtbot.waitUntil(lambda: {"Breakout.", "Entry: e"} <= texts(panel))
    assert "v8" in panel.input.placeholderText()
    panel.show_version(None)
    assert "Breakout." not in texts(panel)


def test_errors_offer_the_repair(qtbot: QtBot, theme: Theme) -> None:
    panel = OutputPanel(theme)
    qtbot.addWidget(panel)
    panel.show()
    row = {"line": 4, "column": 2, "severity": "warning", "code": 43, "message": "loss of data", "origin": "rules"}
    panel.show_findings([DiagnosticModel.model_validate(row)])
    assert not panel.repair.isVisible()
    panel.show_findings([DiagnosticModel.model_validate({**row, "severity": "error"})])
    with qtbot.waitSignal(panel.repair_wanted):
        panel.repair.click()


@pytest.mark.parametrize(("width", "names"), [(1000, True), (500, False)])
def test_the_pipeline_keeps_its_names_while_there_is_room(qtbot: QtBot, theme: Theme, width: int, names: bool) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    bar = PipelineBar()
    bar.setParent(holder)
    holder.show()
    bar.resize(width, 46)
    for step in STEPS:
        bar.show_step(step, "done", "a note that is long")
    assert all(item.isVisible() == names for item in bar.findChildren(QLabel) if item.text() in STEPS)


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("Breakout of the London range on EURUSD M15: stop at the other side", "Breakout of the London range"),
        ("RSI", "RSI"),
        ("the of and", "New EA"),
        ("Cross of two moving averages, 1 % risk", "Cross of two moving averages"),
    ],
)
def test_a_project_is_named_after_the_description(description: str, name: str) -> None:
    assert _name_of(description) == name
