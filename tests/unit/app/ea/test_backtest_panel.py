"""The strategy tester's dialog and its report."""

from pathlib import Path
from uuid import uuid4

from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from agent_core.ea.inputs import EaInput, set_bytes
from agent_core.protocol.jobs import BacktestOutcome
from app.ea.backtest import BacktestDialog
from app.ea.dialogs import DeployDialog
from app.ea.output import TEST_TAB, OutputPanel
from app.theme import Theme


def test_a_strategy_test_shows_its_figures_and_its_curve(qtbot: QtBot, theme: Theme) -> None:
    panel = OutputPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(900, 320)
    panel.show_tab(TEST_TAB)
    panel.show()
    empty = panel.findChild(QLabel, "ea.test_report.empty.title")
    assert isinstance(empty, QLabel)
    assert empty.isVisible()
    wanted = [control for control in panel.test_report.findChildren(QPushButton) if control.isVisible()]
    with qtbot.waitSignal(panel.test_report.test_wanted):
        wanted[0].click()
    curve = [
        {"server_time": "2026.10.01 00:00:00", "balance": "10000"},
        {"server_time": "2026.10.02 10:00:00", "balance": "10150.5"},
    ]
    panel.test_report.show_outcome(
        BacktestOutcome.model_validate(
            {
                "version_id": uuid4(), "symbol": "EURUSD", "timeframe": "H1", "from_date": "2026-10-01",
                "to_date": "2026-11-01", "currency": "USD", "deposit": "10000", "net_profit": "150.5",
                "gross_profit": "300", "gross_loss": "-149.5", "profit_factor": "2.01", "expected_payoff": "15.05",
                "drawdown": "80", "drawdown_percent": "0.79", "trades": 10, "won": 6, "bars": 500, "ticks": 2000,
                "curve": curve,
            }
        )
    )  # fmt: skip
    profit = panel.findChild(QLabel, "ea.test_report.net_profit")
    won = panel.findChild(QLabel, "ea.test_report.won")
    assert isinstance(profit, QLabel)
    assert isinstance(won, QLabel)
    assert (profit.text(), won.text(), profit.isVisible()) == ("150.50", "6 (60 %)", True)
    panel.grab()


def test_the_test_dialog_wants_the_first_day_before_the_last(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = BacktestDialog(parent, "London v1", ["EURUSD", "GBPUSD"], "GBPUSD")
    assert dialog.accept_button.isEnabled()
    choice = dialog.choice
    assert (choice.symbol, choice.timeframe, choice.model) == ("GBPUSD", "H1", "m1_ohlc")
    assert choice.from_date < choice.to_date
    dialog.first.setDate(dialog.last.date())
    assert not dialog.accept_button.isEnabled()


def test_inputs_are_filled_checked_and_taken_along(qtbot: QtBot, tmp_path: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    inputs = [EaInput("InpLots", "double", "0.10", "Lots"), EaInput("InpMagic", "long", "7", "Magic number")]
    dialog = DeployDialog(parent, "London v1", ["EURUSD"], "EURUSD", live=False, inputs=inputs)
    assert dialog.choice.inputs == {}
    (tmp_path / "a.set").write_bytes(set_bytes({"InpLots": "much", "Other": "1"}))
    dialog.inputs.load(tmp_path / "a.set")
    dialog.accept()
    assert (dialog.result(), "InpLots takes a number" in dialog.inputs.problem.text()) == (0, True)
    line = dialog.findChild(QLineEdit, "ea.deploy_dialog.inputs.InpLots")
    assert isinstance(line, QLineEdit)
    line.setText("0.25")
    assert dialog.inputs.problem.text() == ""
    assert dialog.choice.inputs == {"InpLots": "0.25"}
    dialog.accept()
    assert dialog.result() == 1
    dialog.inputs.load(tmp_path / "none.set")
    assert "can't be read" in dialog.inputs.problem.text()
