"""The strategy tester's dialog, and its report as figures with the balance's curve."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from agent_core.ea.inputs import EaInput
from agent_core.protocol.jobs import BacktestOutcome
from agent_core.protocol.market import TIMEFRAME_SECONDS
from app import formatting
from app.ea.inputs_form import InputsForm
from app.history.curve import BalanceCurve
from app.language import tr
from app.theme import Theme
from app.widgets.buttons import button
from app.widgets.dialogs import ConfirmDialog
from app.widgets.empty_state import EmptyState
from app.widgets.form import labelled
from app.widgets.labels import label, set_property

_MONTHS = 3
_MAX_DEPOSIT, _DEPOSIT = 1_000_000_000.0, 10_000.0
_MODELS = (
    ("m1_ohlc", "Four prices a minute (quick)"),
    ("every_tick", "Every tick (exact, slow)"),
    ("open_prices", "Opening prices alone (rough)"),
)
_FIGURES = (
    "Net profit", "Largest drawdown", "Profit factor", "Trades", "Won", "Expected payoff", "Gross profit", "Gross loss",
)  # fmt: skip
_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class BacktestChoice:
    """What shall be tested."""

    symbol: str
    timeframe: str
    from_date: date
    to_date: date
    deposit: Decimal
    model: str
    inputs: dict[str, str] = field(default_factory=dict)


class BacktestDialog(ConfirmDialog):
    """Asks for symbol, timeframe, days, deposit and how prices are made."""

    def __init__(
        self, parent: QWidget, title: str, symbols: list[str], symbol: str, inputs: Sequence[EaInput] = ()
    ) -> None:
        super().__init__(
            parent, "ea.test_dialog", title=f"Test {title}",
            text="MetaTrader's strategy tester runs in a copy of the terminal. It trades nothing on your account.",
            accept="Test",
        )  # fmt: skip
        self.symbol, self.timeframe, self.model = QComboBox(), QComboBox(), QComboBox()
        self.symbol.setEditable(True)
        self.symbol.addItems(symbols)
        self.symbol.setCurrentText(symbol)
        self.timeframe.addItems(list(TIMEFRAME_SECONDS))
        self.timeframe.setCurrentText("H1")
        for value, text in _MODELS:
            self.model.addItem(text, value)
        today = QDate.currentDate()
        self.first, self.last = QDateEdit(today.addMonths(-_MONTHS)), QDateEdit(today)
        self.deposit = QDoubleSpinBox()
        self.deposit.setRange(1.0, _MAX_DEPOSIT)
        self.deposit.setValue(_DEPOSIT)
        self.deposit.setGroupSeparatorShown(True)
        for edit in (self.first, self.last):
            edit.setCalendarPopup(True)
            edit.setDisplayFormat("yyyy-MM-dd")
            edit.setMaximumDate(today)
            edit.dateChanged.connect(self._look)
        fields = {
            "symbol": self.symbol, "timeframe": self.timeframe, "from": self.first, "to": self.last,
            "deposit": self.deposit, "model": self.model,
        }  # fmt: skip
        grid = QGridLayout()
        for number, (name, widget) in enumerate(fields.items()):
            widget.setObjectName(f"ea.test_dialog.{name}")
            grid.addWidget(
                labelled("Prices" if name == "model" else name.capitalize(), widget), number // 2, number % 2
            )
        self.content.addLayout(grid)
        self.inputs = InputsForm("ea.test_dialog.inputs", inputs)
        self.content.addWidget(self.inputs)
        self.accept_button.setDefault(True)

    @property
    def choice(self) -> BacktestChoice:
        """What the user chose."""
        return BacktestChoice(
            symbol=self.symbol.currentText().strip(),
            timeframe=self.timeframe.currentText(),
            from_date=_day(self.first),
            to_date=_day(self.last),
            deposit=Decimal(str(self.deposit.value())),
            model=self.model.currentData(),
            inputs=self.inputs.values,
        )

    def accept(self) -> None:
        """Closes the dialog unless an input is wrong."""
        if self.inputs.fits():
            super().accept()

    def _look(self) -> None:
        self.accept_button.setEnabled(self.first.date() < self.last.date())


class BacktestReport(QStackedWidget):
    """The last test of the open version, or what to do to have one.

    Signals:
        test_wanted: the open version shall be tested.
    """

    test_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.addWidget(
            EmptyState(
                theme, "ea.test_report.empty", icon="history", title="Not tested yet",
                text="MetaTrader's strategy tester runs this version over past days. It trades nothing.",
                action="Test…", on_action=self.test_wanted.emit,
            )
        )  # fmt: skip
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(12, 8, 12, 8)
        self._head = label("", "dim", "ea.test_report.head", wrap=True)
        self._again = button("Test again…", "ea.test_report.again", "", self.test_wanted.emit)
        top = QHBoxLayout()
        top.addWidget(self._head, 1)
        top.addWidget(self._again)
        rows.addLayout(top)
        figures = QGridLayout()
        figures.setHorizontalSpacing(24)
        self._figures = {}
        for number, name in enumerate(_FIGURES):
            value = label("", "strong", f"ea.test_report.{name.lower().replace(' ', '_')}")
            value.setAccessibleName(tr(name))
            row, column = number // _COLUMNS * 2, number % _COLUMNS
            figures.addWidget(label(name, "tiny"), row, column)
            figures.addWidget(value, row + 1, column)
            self._figures[name] = value
        rows.addLayout(figures)
        self.curve = BalanceCurve(theme)
        self.curve.setObjectName("ea.test_report.curve")
        rows.addWidget(self.curve, 1)
        self.addWidget(page)

    def set_ready(self, ready: bool) -> None:
        """Whether a test can be started now."""
        for control in self.findChildren(QPushButton):
            control.setEnabled(ready)

    def show_outcome(self, outcome: BacktestOutcome | None) -> None:
        """Shows a report, or that there is none."""
        self.setCurrentIndex(0 if outcome is None else 1)
        if outcome is None:
            return
        self._head.setText(
            f"{outcome.symbol} {outcome.timeframe}, {outcome.from_date} to {outcome.to_date}, deposit "
            f"{formatting.number(float(outcome.deposit), 2)} {outcome.currency}, {outcome.bars:,} bars"
        )
        texts = (
            _money(outcome.net_profit),
            f"{_money(outcome.drawdown)} ({outcome.drawdown_percent} %)",
            str(outcome.profit_factor) if outcome.gross_loss else "no loss",
            str(outcome.trades),
            f"{outcome.won} ({100 * outcome.won / outcome.trades:.0f} %)" if outcome.trades else "0",
            _money(outcome.expected_payoff),
            _money(outcome.gross_profit),
            _money(outcome.gross_loss),
        )
        for name, text in zip(_FIGURES, texts, strict=True):
            self._figures[name].setText(text)
        set_property(self._figures["Net profit"], "tone", "good" if outcome.net_profit >= 0 else "bad")
        self.curve.show_points([(_moment(point.server_time), float(point.balance)) for point in outcome.curve])


def _day(edit: QDateEdit) -> date:
    chosen = edit.date()
    return date(chosen.year(), chosen.month(), chosen.day())


def _money(value: Decimal) -> str:
    return formatting.number(float(value), 2)


def _moment(server_time: str) -> datetime:
    return datetime.strptime(server_time, "%Y.%m.%d %H:%M:%S").replace(tzinfo=UTC)
