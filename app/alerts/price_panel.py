"""The alerts on prices and indicators: a line to set one, and the list of them."""

from decimal import Decimal

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app import formatting
from app.alerts.indicator_values import TIMEFRAMES, choices, watched_level
from app.alerts.price_alert import WORDS, Crossing, IndicatorLevel, PriceAlert
from app.alerts.watcher import AlertBook
from app.chart.indicator_dialog import parameter_box
from app.context import AppContext
from app.language import tr
from app.trade.draft import read_number
from app.trade.levels import DraftError
from app.trade.table_model import Column, TableModel
from app.trade.table_tools import TablePanel
from app.trade.table_view import TradeTable
from app.widgets.buttons import button
from app.widgets.empty_state import EmptyState
from app.widgets.labels import SectionHeader, label, set_invalid

_ACTIONS = (("arm", "↻", "Arm the alert again"), ("remove", "✕", "Remove the alert"))
_PRICE = "Price"
_TONES = {Crossing.ABOVE: "up", Crossing.BELOW: "down"}


class PriceAlertPanel(QWidget):
    """Sets, arms and removes price alerts."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context, self.book = context, AlertBook(context.ui)
        self.symbol, self.crossing, self.subject, self.timeframe = (QComboBox() for _ in range(4))
        self.price = QLineEdit()
        self.symbol.setEditable(True)
        self.symbol.setMinimumWidth(110)
        for widget, name, about in (
            (self.symbol, "symbol", "Symbol"), (self.crossing, "crossing", "Direction"),
            (self.subject, "subject", "Price or indicator"), (self.price, "price", _PRICE),
            (self.timeframe, "timeframe", "Timeframe of the indicator"),
        ):  # fmt: skip
            for part in (widget, *widget.findChildren(QLineEdit)):
                part.setAccessibleName(tr(about))
            widget.setObjectName(f"alerts.{name}")
        self.subject.addItem(tr(_PRICE), "")
        for kind in choices():
            self.subject.addItem(kind.short, kind.key)
        self.parameters = _Parameters()
        self.timeframe.addItems(TIMEFRAMES)
        self.timeframe.setCurrentText("M15")
        self.subject.currentIndexChanged.connect(self._show_subject)
        self.crossing.currentIndexChanged.connect(self._show_crossing)
        self.price.setMaximumWidth(140)
        self.price.returnPressed.connect(self.add)
        self.problem = label("", "warning", "alerts.problem")
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 10)
        row.setSpacing(8)
        row.addWidget(label("Tell me when", "dim"))
        for widget in (self.symbol, self.subject, self.timeframe, self.crossing, self.price):
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
        layout.addWidget(self.parameters)
        layout.addWidget(TablePanel(context, self.table, empty), 1)
        self._show_subject()
        self._show_crossing()
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
        symbol, crossing = self.symbol.currentText().strip(), self._crossing()
        level: Decimal | None = None
        try:
            level = self._read_level()
            problem = "" if level is not None else f"Enter the {self._asked_for.lower()}."
        except DraftError as error:
            problem = str(error)
        bid = self._bid(symbol)
        if not symbol:
            problem = "Enter a symbol."
        elif crossing is Crossing.MOVE and bid is None:
            problem = f"There is no price of {symbol} yet to count from."
        set_invalid(self.price, bool(problem))
        self.problem.setText(problem)
        if level is None or problem:
            return
        if crossing is Crossing.MOVE and bid is not None:
            self.book.add(symbol, crossing, bid, percent=level)
        else:
            self.book.add(symbol, crossing, level, indicator=self._indicator())
        self.price.clear()

    def _read_level(self) -> Decimal | None:
        title, text = self._asked_for, self.price.text().strip()
        if not self.subject.currentData():
            return read_number(text, "price", title)
        # Indicators know zero and negative levels too.
        negative = text.startswith(("-", formatting.MINUS))
        bare = text.lstrip(f"-{formatting.MINUS}")
        if bare and not bare.strip("0.,"):
            return Decimal(0)
        value = read_number(bare, "price", title)
        return -value if negative and value is not None else value

    def _crossing(self) -> Crossing:
        return Crossing(self.crossing.currentData() or Crossing.ABOVE)  # Qt hands back plain text

    def _indicator(self) -> IndicatorLevel | None:
        key, timeframe = self.subject.currentData(), TIMEFRAMES[self.timeframe.currentIndex()]
        return watched_level(key, timeframe, self.parameters.values()) if key else None

    def _bid(self, symbol: str) -> Decimal | None:
        tick = self._context.agent.feed.last(symbol)
        return Decimal(repr(tick.bid)) if tick is not None and tick.bid > 0 else None

    def _show_subject(self) -> None:
        indicator = bool(self.subject.currentData())
        self.timeframe.setVisible(indicator)
        self.parameters.offer(str(self.subject.currentData() or ""))
        chosen = self._crossing()
        self.crossing.clear()
        for crossing, words in WORDS.items():
            if not (indicator and crossing is Crossing.MOVE):
                self.crossing.addItem(tr(words), crossing)
        self.crossing.setCurrentIndex(max(0, self.crossing.findData(chosen)))

    @property
    def _asked_for(self) -> str:
        if self._crossing() is Crossing.MOVE:
            return "Percent"
        return "Level" if self.subject.currentData() else _PRICE

    def _show_crossing(self) -> None:
        self.price.setPlaceholderText(tr(self._asked_for))

    def show_alerts(self) -> None:
        """Shows the alerts as they are kept."""
        self.model.set_rows(self.book.alerts)

    def _act(self, action: str, alert: PriceAlert) -> None:
        if action == "remove":
            self.book.remove(alert.id)
        else:
            self.book.arm(alert, self._bid(alert.symbol))


class _Parameters(QWidget):
    """The parameters of the indicator that is chosen, one box for each; nothing while it is the price."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 12, 10)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self._boxes: dict[str, QDoubleSpinBox] = {}

    def offer(self, key: str) -> None:
        """Shows the boxes of an indicator with its usual parameters."""
        while (part := self._row.takeAt(0)) is not None:
            if (widget := part.widget()) is not None:
                widget.deleteLater()
        self._boxes = {}
        kind = next((each for each in choices() if each.key == key), None)
        for parameter in kind.parameters if kind is not None else ():
            self._boxes[parameter.name] = box = parameter_box(parameter)
            box.setObjectName(f"alerts.parameter.{parameter.name}")
            self._row.addWidget(label(parameter.title, "dim"))
            self._row.addWidget(box)
        self._row.addStretch(1)
        self.setVisible(bool(self._boxes))

    def values(self) -> dict[str, float]:
        """Returns what is typed, by parameter."""
        return {name: box.value() for name, box in self._boxes.items()}


def _columns() -> list[Column[PriceAlert]]:
    return [
        Column("Symbol", lambda a: a.subject, lambda a: a.subject, 150, right=False, look="strong"),
        Column("When", lambda a: tr(WORDS[a.crossing]), lambda a: a.crossing.value, 110, right=False,
               tone=lambda a: _TONES.get(a.crossing, "accent"), look="chip"),
        Column("Level", lambda a: tr(a.level), lambda a: float(a.percent or a.price), 140),
        Column("State", lambda a: tr("armed" if a.armed else "fired" if a.fired_at else "resting"),
               lambda a: (a.armed, a.fired_at is None), 100, right=False,
               tone=lambda a: "accent" if a.armed else "dim", look="chip"),
        Column("Fired", lambda a: formatting.day_and_time(a.fired_at),
               lambda a: a.fired_at.timestamp() if a.fired_at else None, 130, tone=lambda _a: "dim"),
        Column("", lambda _a: "", lambda a: str(a.id), 66, look="actions"),
    ]  # fmt: skip
