"""The window's language: one catalogue, English where it knows nothing."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from app.language import LANGUAGES, choose_language, tr
from app.shell.window import MainWindow
from app.theme import Theme
from app.ui_settings import UiSettingsFile


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    choose_language("en")


def test_the_window_speaks_german(theme: Theme, qtbot: Any, tmp_path: Path) -> None:
    (tmp_path / "window.json").write_text('{"language": "de"}', "utf-8")
    ui = UiSettingsFile(tmp_path)
    choose_language(ui.first.language)
    window = MainWindow(theme, ui)
    qtbot.addWidget(window)
    assert window.workspace.top_bar.stop.text() == "Alles stoppen"
    assert window.workspace.rail._buttons["history"].text() == "Verlauf"
    assert tr("Something never translated") == "Something never translated"
    choose_language("xx")
    assert tr("Buy") == "Buy"


def test_the_catalogue_has_no_empty_and_no_english_line() -> None:
    for language in LANGUAGES:
        if language == "en":
            continue
        text = files("resources").joinpath(f"languages/{language}.json").read_text("utf-8")
        catalogue: dict[str, str] = json.loads(text)
        assert len(catalogue) > 200
        assert [key for key, value in catalogue.items() if not value or value == key] == []
