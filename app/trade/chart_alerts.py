"""Price alerts on a chart: lines that are set with a right click, dragged and taken away."""

from decimal import Decimal

from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QMenu

from agent_core.terminal.models import SymbolSpec
from app import formatting
from app.alerts.price_alert import Crossing, PriceAlert
from app.alerts.watcher import AlertBook
from app.chart.lines import LineKey, TradeLine
from app.chart.panel import ChartPanel
from app.context import AppContext
from app.trade.levels import snap_price

ALERT = "alert"
_WORDS = {Crossing.ABOVE: "Alert ↑", Crossing.BELOW: "Alert ↓", Crossing.TOUCH: "Alert ↕"}


class ChartAlerts(QObject):
    """Draws the armed alerts of the charted symbol, and sets, moves and removes them."""

    def __init__(self, context: AppContext, panel: ChartPanel) -> None:
        super().__init__(panel)
        self._context, self._chart = context, panel.chart
        self.book = AlertBook(context.ui)
        self._spec: SymbolSpec | None = None
        panel.focused.connect(self._focus)
        context.ui.changed.connect(self._changed)
        self._chart.menu_opening.connect(self._offer)
        self._chart.line_dropped.connect(self._dropped)
        self._chart.line_cancelled.connect(lambda _key: self.show_lines())
        self._chart.line_closed.connect(self._closed)

    def set_alert(self, price: float) -> PriceAlert | None:
        """Sets an alert at a price; the price's side of the market tells which crossing is meant."""
        spec, tick = self._spec, self._context.agent.feed.last(self._spec.name) if self._spec else None
        if spec is None:
            return None
        if tick is None:
            self._context.toasts.warning(f"There is no price of {spec.name} yet. Set the alert when quotes arrive.")
            return None
        level = snap_price(price, spec)
        crossing = Crossing.ABOVE if level > Decimal(str(tick.bid)) else Crossing.BELOW
        return self.book.add(spec.name, crossing, level)

    def show_lines(self) -> None:
        """Draws the alerts anew."""
        spec = self._spec
        lines = [
            TradeLine(
                LineKey(ALERT, alert.id.int), float(alert.price),
                f"{_WORDS[alert.crossing]}  {formatting.price(alert.price, spec.digits)}",
                "warning", draggable=True, closable=True,
            )
            for alert in self.book.alerts
            if spec is not None and alert.armed and alert.on_price and alert.symbol == spec.name
        ]  # fmt: skip
        self._chart.set_lines(lines, None, ALERT)

    def _focus(self, spec: SymbolSpec) -> None:
        self._spec = spec
        self.show_lines()

    def _changed(self, name: str) -> None:
        if name == "price_alerts":
            self.show_lines()

    def _offer(self, menu: QMenu, place: QPointF) -> None:
        spec, view = self._spec, self._chart.view
        if spec is None or not (place.y() < view.height and place.x() < view.width):
            return
        price = view.y_to_price(place.y())
        action = menu.addAction(f"Alert at {formatting.price(snap_price(price, spec), spec.digits)}")
        action.setObjectName("chart.menu.alert")
        action.triggered.connect(lambda _checked: self.set_alert(price))

    def _dropped(self, key: LineKey, price: float) -> None:
        if key.kind == ALERT and (alert := self._find(key)) is not None:
            # Moved to the other side of the market it waits for the other crossing.
            if self.set_alert(price) is not None:
                self.book.remove(alert.id)
            else:
                self.show_lines()

    def _closed(self, key: LineKey) -> None:
        if key.kind == ALERT and (alert := self._find(key)) is not None:
            self.book.remove(alert.id)

    def _find(self, key: LineKey) -> PriceAlert | None:
        return next((alert for alert in self.book.alerts if alert.id.int == key.ticket), None)
