"""Risk limits on a desk of its own: what is typed becomes limits, and a lock is shown with the way out."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.trading.models import BreachAction, RiskLimits
from agent_core.trading.risk_state import RiskState
from app.settings.risk import RiskSection
from app.settings.risk_lock import lock_text


class StandInDesk:
    """Keeps limits; refuses them while locked."""

    def __init__(self) -> None:
        self.limits = RiskLimits(max_lots=Decimal("2.50"), trade_from=time(8), on_breach=BreachAction.FLATTEN)
        self.risk = RiskState()

    def set_limits(self, limits: RiskLimits) -> None:
        if self.risk.locked:
            raise ForexEliteError(ErrorCode.RISK_LIMIT, "Trading is locked.")
        self.limits = limits

    def ask_unlock(self) -> RiskState:
        self.risk = self.risk.model_copy(update={"unlock_at": datetime.now(UTC) + timedelta(minutes=15)})
        return self.risk


@pytest.fixture
def desk() -> StandInDesk:
    return StandInDesk()


@pytest.fixture
def section(desk: StandInDesk, qtbot: Any) -> RiskSection:
    made = RiskSection(cast("Any", SimpleNamespace(agent=SimpleNamespace(desk=desk))))
    qtbot.addWidget(made)
    return made


def _field(section: RiskSection, name: str) -> QLineEdit:
    found = section.findChild(QLineEdit, f"settings.risk.{name}")
    assert isinstance(found, QLineEdit)
    return found


def test_what_is_typed_becomes_limits(section: RiskSection, desk: StandInDesk) -> None:
    assert (_field(section, "max_lots").text(), _field(section, "trade_from").text()) == ("2.50", "08:00")
    for name, text in {
        "max_open_lots": "5,5", "trade_until": "17:30", "trailing_drawdown": "500", "absolute_drawdown": "1000",
        "unlock_minutes": "30", "allowed_symbols": "EURUSD, XAU/USD",
    }.items():  # fmt: skip
        _field(section, name).setText(text)
    section.save()
    assert desk.limits == RiskLimits(
        max_lots=Decimal("2.5"), max_open_lots=Decimal("5.5"), trade_from=time(8), trade_until=time(17, 30),
        trailing_drawdown=Decimal(500), absolute_drawdown=Decimal(1000), unlock_minutes=30,
        allowed_symbols=("EURUSD", "XAUUSD"), on_breach=BreachAction.FLATTEN,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("trade_from", "8 o'clock", "a time like 08:00"),
        ("unlock_minutes", "soon", "whole"),
        ("daily_loss", "-1", "above"),
    ],
)
def test_what_cannot_be_understood_is_said(
    section: RiskSection, desk: StandInDesk, name: str, text: str, words: str
) -> None:
    before = desk.limits
    _field(section, name).setText(text)
    section.save()
    assert words in section.note.text()
    assert desk.limits == before


def test_a_lock_is_shown_and_its_end_asked_for(section: RiskSection, desk: StandInDesk, qtbot: Any) -> None:
    desk.risk = RiskState(rule="daily_loss", message="Today's loss has reached your limit.")
    section.resize(700, 900)
    section.show()
    qtbot.waitExposed(section)
    unlock = section.findChild(QPushButton, "settings.risk.unlock")
    text = section.findChild(QLabel, "settings.risk.lock.text")
    assert isinstance(unlock, QPushButton)
    assert isinstance(text, QLabel)
    assert (unlock.isVisible(), unlock.isEnabled()) == (True, True)
    assert "Unlocking takes 15 minutes" in text.text()
    section.save()
    assert section.note.text() == "Trading is locked."
    unlock.click()
    assert not unlock.isEnabled()
    assert "possible again in 14:5" in text.text()
    assert lock_text(RiskState(), 15).startswith("Not locked")
