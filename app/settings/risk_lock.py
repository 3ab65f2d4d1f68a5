"""Whether the risk guard has locked trading, and the way back."""

from datetime import UTC, datetime

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent_core.trading.risk_state import RiskState
from app.context import AppContext
from app.widgets.buttons import button
from app.widgets.labels import label, set_tone

_REFRESH_MS = 500


class RiskLock(QWidget):
    """Says that trading is locked and why, and takes the wish to unlock; stays up to date while it is seen."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("settings.risk.lock")
        self._context = context
        self._text = label("", "", "settings.risk.lock.text", wrap=True)
        self._unlock = button("Unlock trading", "settings.risk.unlock", "danger", self._ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._text)
        column.addWidget(self._unlock)
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the guard's present state."""
        state, minutes = self._context.agent.desk.risk, self._context.agent.desk.limits.unlock_minutes
        self._text.setText(lock_text(state, minutes))
        set_tone(self._text, "bad" if state.locked else "flat")
        self._unlock.setVisible(state.locked)
        self._unlock.setEnabled(state.unlock_at is None)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Begins to follow the guard."""
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    def _ask(self) -> None:
        self._context.agent.desk.ask_unlock()
        self.refresh()


def lock_text(state: RiskState, unlock_minutes: int) -> str:
    """Returns what there is to say about the lock."""
    if not state.locked:
        return "Not locked. New orders are checked against the limits below."
    if state.unlock_at is None:
        return f"{state.message} Unlocking takes {unlock_minutes} minutes."
    left = max(int((state.unlock_at - datetime.now(UTC)).total_seconds()), 0)
    return f"{state.message} New orders are possible again in {left // 60}:{left % 60:02} minutes."
