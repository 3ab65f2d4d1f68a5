"""The settings page on a real agent."""

from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QLineEdit, QPushButton

from agent_core.agent import Agent
from agent_core.settings import AgentSettings
from agent_core.sync.api import CloudApi
from app.agent_signals import AgentSignals
from app.context import AppContext
from app.settings.page import SettingsPage
from app.shell.window import MainWindow
from app.tasks import Tasks
from app.theme import DARK, LIGHT, Theme
from app.ui_settings import UiSettingsFile

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def context(run: Run, theme: Theme, tmp_path: Path, no_keyring: None, qtbot: Any) -> Any:
    settings = AgentSettings(data_folder=tmp_path / "data", roaming_folder=tmp_path / "roaming")
    ui = UiSettingsFile(settings.data_folder)
    window = MainWindow(theme, ui)
    qtbot.addWidget(window)

    async def make() -> AppContext:
        agent = Agent(settings)
        return AppContext(
            agent, CloudApi("", agent.credentials), AgentSignals(agent.bus), theme, Tasks(window.toasts),
            window.toasts, ui, window.commands,
        )  # fmt: skip

    made: AppContext = run(make())
    yield made
    run(made.api.aclose())
    run(made.agent.stop())


@pytest.fixture
def page(context: AppContext, qtbot: Any) -> SettingsPage:
    page = SettingsPage(context)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    return page


def _press(page: SettingsPage, name: str) -> None:
    found = page.findChild(QPushButton, name)
    assert found is not None
    found.click()


def _field(page: SettingsPage, name: str) -> QLineEdit:
    found = page.findChild(QLineEdit, f"settings.risk.{name}")
    assert found is not None
    return found


def test_risk_limits_are_set_and_kept(page: SettingsPage, context: AppContext, qtbot: Any) -> None:
    page.list.setCurrentRow(2)
    _field(page, "max_lots").setText("0,5")
    _field(page, "daily_loss").setText("300")
    _field(page, "allowed_symbols").setText("eurusd, EUR/JPY")
    _press(page, "settings.risk.save")
    limits = context.agent.desk.limits
    assert (limits.max_lots, limits.daily_loss, limits.max_positions) == (Decimal("0.5"), Decimal(300), None)
    assert limits.allowed_symbols == ("EURUSD", "EURJPY")
    again = SettingsPage(context)
    qtbot.addWidget(again)
    assert _field(again, "max_lots").text() == "0.5"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("max_lots", "-1", "Lots of one order: enter a number above zero, or leave it empty."),
        ("max_positions", "2.5", "Positions and orders together: enter a whole number, or leave it empty."),
        ("allowed_symbols", "E€R", "Write the allowed symbols like EURUSD, XAUUSD."),
    ],
)
def test_a_wrong_limit_says_so_and_changes_nothing(
    page: SettingsPage, context: AppContext, name: str, text: str, sentence: str
) -> None:
    before = context.agent.desk.limits
    _field(page, name).setText(text)
    _press(page, "settings.risk.save")
    note = page.findChild(QLabel, "settings.risk.note")
    assert note is not None
    assert note.text() == sentence
    assert _field(page, name).property("invalid") == "true"
    assert context.agent.desk.limits == before


def test_the_theme_changes_at_once(page: SettingsPage, context: AppContext) -> None:
    _press(page, "settings.theme.light")
    assert context.theme.tokens == LIGHT
    assert context.ui.values.theme == "light"
    _press(page, "settings.colours.blue_orange")
    assert context.theme.tokens.up != LIGHT.up
    _press(page, "settings.theme.dark")
    _press(page, "settings.colours.green_red")
    assert context.theme.tokens == DARK


def test_default_risk(page: SettingsPage, context: AppContext) -> None:
    box = page.findChild(QDoubleSpinBox, "settings.risk_percent")
    assert box is not None
    box.setValue(0.5)
    assert context.ui.values.risk_percent == Decimal("0.50")


def test_without_cloud_and_terminal_it_says_so(page: SettingsPage) -> None:
    texts = {
        name: page.findChild(QLabel, f"settings.{name}") for name in ("cloud.user", "cloud.agent", "terminal.name")
    }
    assert {name: label.text() for name, label in texts.items() if label} == {
        "cloud.user": "nobody",
        "cloud.agent": "not paired",
        "terminal.name": "None chosen",
    }
