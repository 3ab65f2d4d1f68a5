"""The EA page's panels in German: states of versions, the brief, and the steps of a generation."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from PySide6.QtWidgets import QLabel, QTreeView
from pytestqt.qtbot import QtBot

from agent_core.ea.models import EaProject, EaVersion
from agent_core.protocol.ea import Brief
from app.ea.cards import ProgressCard, brief_card
from app.ea.library import _NOTE, LibraryPanel
from app.language import choose_language
from app.theme import Theme

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _german(qtbot: QtBot) -> Iterator[None]:
    choose_language("de")
    yield
    choose_language("en")


def test_the_library_tells_the_state_of_each_version(qtbot: QtBot, theme: Theme) -> None:
    panel = LibraryPanel(theme)
    qtbot.addWidget(panel)
    project = EaProject(uuid4(), "London breakout", NOW)
    versions = [
        EaVersion(uuid4(), project.id, number, "", "0" * 64, status, "manual", (), NOW)  # type: ignore[arg-type]
        for number, status in ((3, "draft"), (2, "error"), (1, "compiled"))
    ]
    panel.show_library([(project, versions), (EaProject(uuid4(), "New", NOW), [])], [], None)
    tree = panel.findChild(QTreeView, "ea.library.tree")
    assert isinstance(tree, QTreeView)
    model = tree.model()
    head = model.index(0, 0)
    notes = [str(model.index(row, 0, head).data(_NOTE)).partition(" · ")[2] for row in range(3)]
    assert notes == ["Entwurf", "Kompilierfehler", "kompiliert"]
    assert [model.index(row, 0).data(_NOTE) for row in range(2)] == ["Entwurf", "leer"]


def test_the_brief_and_every_step_are_told_in_german(qtbot: QtBot) -> None:
    card = brief_card(Brief(entry="e", exit="x", risk="r", inputs="i", guards="g", assumed="a"))
    qtbot.addWidget(card)
    assert [each.text() for each in card.findChildren(QLabel)] == [
        "Auftrag", "Einstieg: e", "Ausstieg: x", "Risiko: r", "Eingaben: i", "Schutz: g", "Angenommen: a",
    ]  # fmt: skip
    progress = ProgressCard()
    qtbot.addWidget(progress)
    progress.tell("Code written: 116 lines, checked with no errors.", "good")
    progress.tell("Version 1 is ready to compile.", "good")
    assert progress.status.text().splitlines() == [
        "Code geschrieben: 116 Zeilen, geprüft mit keinen Fehlern.", "Version 1 ist bereit zum Kompilieren.",
    ]  # fmt: skip
