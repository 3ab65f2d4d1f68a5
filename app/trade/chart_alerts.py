"""Price alerts on a chart: lines that are set with a right click, dragged and taken away."""

from decimal import Decimal

from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QMenu

from agent_core.terminal.models import SymbolSpec
from app import formatting
from app.alerts.indicator_values import indicator_title, watched_level
from app.alerts.price_alert import Crossing, PriceAlert
from app.alerts.watcher import AlertBook
from app.chart.lines import LineKey, TradeLine
from app.chart.panel import ChartPanel
from app.chart.panes import Pane
from app.context import AppContext
from app.language import tr
from app.trade.levels import snap_price

ALERT = "alert"
#: A line this near to the pointer is meant; pixels.
_NEAR = 6.0
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
                f"{tr(_WORDS[alert.crossing])}  {formatting.price(alert.price, spec.digits)}",
                "warning", draggable=True, closable=True,
            )
            for alert in self.book.alerts
            if spec is not None and alert.armed and alert.on_price and alert.symbol == spec.name
        ]  # fmt: skip
        self._chart.set_lines(lines, None, ALERT)
        levels: dict[str, tuple[float, ...]] = {}
        for alert in self._on_indicators():
            if alert.indicator is not None and (title := indicator_title(alert.indicator)) is not None:
                levels[title] = (*levels.get(title, ()), float(alert.price))
        self._chart.scene.watch_levels(levels)
        self._chart.update()

    def _on_indicators(self) -> list[PriceAlert]:
        spec, timeframe = self._spec, self._chart.model.timeframe
        return [
            alert
            for alert in self.book.alerts
            if spec is not None and alert.armed and alert.symbol == spec.name
            and alert.indicator is not None and alert.indicator.timeframe == timeframe
        ]  # fmt: skip

    def _focus(self, spec: SymbolSpec) -> None:
        self._spec = spec
        self.show_lines()

    def _changed(self, name: str) -> None:
        if name == "price_alerts":
            self.show_lines()

    def _offer(self, menu: QMenu, place: QPointF) -> None:
        spec, view = self._spec, self._chart.view
        if spec is None or place.x() >= view.width:
            return
        pane = self._chart.scene.pane_at(place.y())
        if pane is not None:
            self._offer_level(menu, pane, place.y() - pane.top)
        if place.y() >= view.height:
            return
        price = view.y_to_price(place.y())
        action = menu.addAction(tr(f"Alert at {formatting.price(snap_price(price, spec), spec.digits)}"))
        action.setObjectName("chart.menu.alert")
        action.triggered.connect(lambda _checked: self.set_alert(price))

    def _offer_level(self, menu: QMenu, pane: Pane, y: float) -> None:
        spec, active = self._spec, pane.active
        level = Decimal(pane.text(pane.view.y_to_price(y)))
        watched = watched_level(active.spec.key, self._chart.model.timeframe, active.spec.settings)
        action = menu.addAction(tr(f"Alert when {active.title} gets to {level}"))
        action.setObjectName("chart.menu.level")
        now = active.last(active.kind.outputs[0].name) if active.computed else float("nan")
        crossing = Crossing.BELOW if float(level) < now else Crossing.ABOVE
        name = spec.name if spec is not None else ""
        action.triggered.connect(lambda _checked: self.book.add(name, crossing, level, indicator=watched))
        for alert in self._on_indicators():
            same = alert.indicator is not None and indicator_title(alert.indicator) == active.title
            if same and abs(pane.view.price_to_y(float(alert.price)) - y) <= _NEAR:
                remove = menu.addAction(tr(f"Remove the alert at {alert.price}"))
                remove.triggered.connect(lambda _checked, gone=alert.id: self.book.remove(gone))

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
