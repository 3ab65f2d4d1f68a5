"""Risk limits: what the guard refuses. Closing positions is never refused."""

from datetime import time
from decimal import Decimal

from pydantic import ValidationError
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.instruments import canonical_instrument
from agent_core.trading.models import BreachAction, RiskLimits
from app.context import AppContext
from app.language import tr
from app.settings.choice import Choice
from app.settings.risk_lock import RiskLock
from app.settings.section import Section
from app.widgets.buttons import button
from app.widgets.form import field
from app.widgets.labels import set_invalid, set_tone

_ROWS = (
    ("max_lots", "Lots of one order", "Larger orders are refused."),
    ("max_open_lots", "Lots open and pending together", "An order that would make them more is refused."),
    ("max_positions", "Positions and orders together", "No new order when this many are open."),
    ("max_spread_points", "Spread of a market order", "In points; wider spreads are refused."),
    ("trade_from", "New orders from", "Broker's time of day, like 08:00."),
    ("trade_until", "New orders until", "Broker's time of day, like 17:30; may lie after midnight."),
    ("daily_loss", "Loss of a day", "In the account's currency, realised and floating, since the broker's midnight."),
    ("trailing_drawdown", "Fall from the highest equity", "In the account's currency, since this limit was set."),
    ("absolute_drawdown", "Fall of the equity", "In the account's currency, from where it is when this is set."),
    ("unlock_minutes", "Minutes until an unlock", "The last three limits lock trading; unlocking takes this long."),
)
_WHOLE = ("max_positions", "max_spread_points", "unlock_minutes")
_TIMES = ("trade_from", "trade_until")
_ON_BREACH = ((BreachAction.REFUSE.value, "Refuse orders"), (BreachAction.FLATTEN.value, "Close everything"))


class RiskSection(Section):
    """One field a limit; an empty field sets none."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("risk", "Risk limits", "They hold for orders by hand and from the cloud. Empty: no limit.")
        self._context = context
        self.add_row("Guard", "", RiskLock(context))
        self._fields: dict[str, QLineEdit] = {}
        for name, title, hint in _ROWS:
            self._fields[name] = field(f"settings.risk.{name}", placeholder="no limit")
            self._fields[name].setFixedWidth(160)
            self.add_row(title, hint, self._fields[name])
        self._fields["allowed_symbols"] = field("settings.risk.allowed_symbols", placeholder="all symbols")
        self._fields["allowed_symbols"].setMinimumWidth(240)
        self.add_row("Allowed symbols", "Separated by commas, like EURUSD, XAUUSD.", self._fields["allowed_symbols"])
        self._on_breach = Choice("settings.risk.on_breach", _ON_BREACH)
        self._on_breach.chosen.connect(self._choose)
        hint = "When loss or fall reach a limit: refuse new orders, or also close all positions and stop EAs."
        self.add_row("When trading locks", hint, self._on_breach)
        row = QHBoxLayout()
        row.addWidget(button("Save limits", "settings.risk.save", "primary", self.save))
        row.addStretch(1)
        self.rows.addLayout(row)
        self._show(context.agent.desk.limits)

    def save(self) -> None:
        """Sets the limits, or says which field can't be understood."""
        values: dict[str, object] = {"on_breach": self._action}
        for name, line in self._fields.items():
            set_invalid(line, False)
            text = line.text().strip().replace(",", "." if name != "allowed_symbols" else ",")
            if text:
                values[name] = text
        if "allowed_symbols" in values:
            values["allowed_symbols"] = self._symbols(str(values["allowed_symbols"]))
            if values["allowed_symbols"] is None:
                self._refuse("allowed_symbols", "Write the allowed symbols like EURUSD, XAUUSD.")
                return
        try:
            limits = RiskLimits.model_validate(values)
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            kind = "a whole number" if name in _WHOLE else "a number above zero"
            kind = "a time like 08:00" if name in _TIMES else kind
            title = next(title for row, title, _ in _ROWS if row == name)
            self._refuse(name, f"{title}: enter {kind}, or leave it empty.")
            return
        try:
            self._context.agent.desk.set_limits(limits)
        except ForexEliteError as error:
            set_tone(self.note, "bad")
            self.note.setText(error.detail)
            return
        set_tone(self.note, "good")
        self.note.setText(tr("Saved. The limits hold from now on."))

    def _refuse(self, name: str, sentence: str) -> None:
        set_invalid(self._fields[name], True)
        self._fields[name].setFocus()
        set_tone(self.note, "bad")
        self.note.setText(sentence)

    def _show(self, limits: RiskLimits) -> None:
        for name, _, _ in _ROWS:
            value: Decimal | int | time | None = getattr(limits, name)
            self._fields[name].setText(_shown(value))
        self._choose(limits.on_breach.value)
        self._fields["allowed_symbols"].setText(", ".join(limits.allowed_symbols))

    def _choose(self, action: str) -> None:
        self._action = action
        self._on_breach.show_value(action)

    @staticmethod
    def _symbols(text: str) -> tuple[str, ...] | None:
        try:
            return tuple(canonical_instrument(part) for part in text.split(",") if part.strip())
        except ValueError:
            return None


def _shown(value: Decimal | int | time | None) -> str:
    if value is None:
        return ""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return f"{value:f}" if isinstance(value, Decimal) else f"{value}"
