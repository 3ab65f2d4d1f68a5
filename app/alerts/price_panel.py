"""The price alerts of the alerts page: a line to set one, and the list of them."""

from decimal import Decimal

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app import formatting
from app.alerts.price_alert import Crossing, PriceAlert
from app.alerts.watcher import AlertBook
from app.context import AppContext
from app.trade.draft import read_number
from app.trade.levels import DraftError
from app.trade.table_model import Column, TableModel
from app.trade.table_tools import TablePanel
from app.trade.table_view import TradeTable
from app.widgets.buttons import button
from app.widgets.empty_state import EmptyState
from app.widgets.labels import SectionHeader, label, set_invalid

_ACTIONS = (("arm", "↻", "Arm the alert again"), ("remove", "✕", "Remove the alert"))
_WORDS = {Crossing.ABOVE: "rises above", Crossing.BELOW: "falls below"}


class PriceAlertPanel(QWidget):
    """Sets, arms and removes price alerts."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context, self.book = context, AlertBook(context.ui)
        self.symbol, self.crossing = QComboBox(), QComboBox()
        self.symbol.setObjectName("alerts.symbol")
        self.symbol.setAccessibleName("Symbol")
        self.symbol.setEditable(True)
        self.symbol.setMinimumWidth(110)
        self.crossing.setObjectName("alerts.crossing")
        self.crossing.setAccessibleName("Direction")
        for crossing, words in _WORDS.items():
            self.crossing.addItem(words, crossing)
        self.price = QLineEdit()
        self.price.setObjectName("alerts.price")
        self.price.setAccessibleName("Price")
        self.price.setPlaceholderText("Price")
        self.price.setMaximumWidth(140)
        self.price.returnPressed.connect(self.add)
        self.problem = label("", "warning", "alerts.problem")
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 10)
        row.setSpacing(8)
        row.addWidget(label("Tell me when", "dim"))
        for widget in (self.symbol, self.crossing, self.price):
            row.addWidget(widget)
        row.addWidget(button("Add alert", "alerts.add", "primary", self.add))
        row.addWidget(self.problem)
        row.addStretch(1)
        self.model = TableModel(_columns(), lambda alert: alert.id, self)
        self.table = TradeTable(context.theme, "price_alerts.table", self.model, _ACTIONS)
        self.table.acted.connect(self._act)
        empty = EmptyState(
            context.theme, "price_alerts.empty", icon="alerts", title="No price alerts",
            text="Set one above, or with a right click on a symbol of the watchlist.",
        )  # fmt: skip
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(SectionHeader("Price alerts"))
        layout.addLayout(row)
        layout.addWidget(TablePanel(context, self.table, empty), 1)
        context.ui.changed.connect(lambda name: self.show_alerts() if name == "price_alerts" else None)
        self.show_alerts()

    def offer_symbols(self) -> None:
        """Offers the symbols of the watchlist, the charted one first."""
        values = self._context.ui.values
        names = [name for name in dict.fromkeys([values.symbol, *values.watchlist]) if name]
        self.symbol.clear()
        self.symbol.addItems(names)

    def add(self) -> None:
        """Sets the alert as filled in."""
        symbol = self.symbol.currentText().strip()
        price: Decimal | None = None
        try:
            price = read_number(self.price.text(), "price", "Price")
            problem = "" if price is not None else "Enter the price."
        except DraftError as error:
            problem = str(error)
        if not symbol:
            problem = "Enter a symbol."
        set_invalid(self.price, bool(problem))
        self.problem.setText(problem)
        if price is not None and not problem:
            self.book.add(symbol, self.crossing.currentData(), price)
            self.price.clear()

    def show_alerts(self) -> None:
        """Shows the alerts as they are kept."""
        self.model.set_rows(self.book.alerts)

    def _act(self, action: str, alert: PriceAlert) -> None:
        if action == "remove":
            self.book.remove(alert.id)
        else:
            self.book.set_armed(alert.id, armed=True)


def _columns() -> list[Column[PriceAlert]]:
    return [
        Column("Symbol", lambda a: a.symbol, lambda a: a.symbol, 100, right=False, look="strong"),
        Column("When", lambda a: _WORDS[a.crossing], lambda a: a.crossing.value, 110, right=False,
               tone=lambda a: "up" if a.crossing is Crossing.ABOVE else "down", look="chip"),
        Column("Price", lambda a: str(a.price), lambda a: float(a.price), 100),
        Column("State", lambda a: "armed" if a.armed else "fired" if a.fired_at else "resting",
               lambda a: (a.armed, a.fired_at is None), 100, right=False,
               tone=lambda a: "accent" if a.armed else "dim", look="chip"),
        Column("Fired", lambda a: formatting.day_and_time(a.fired_at),
               lambda a: a.fired_at.timestamp() if a.fired_at else None, 130, tone=lambda _a: "dim"),
        Column("", lambda _a: "", lambda a: str(a.id), 66, look="actions"),
    ]  # fmt: skip
