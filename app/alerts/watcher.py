"""Watches quotes for the price alerts, and keeps the alerts."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from PySide6.QtCore import QObject

from agent_core.sync.events import AlertRaised
from agent_core.terminal.models import Tick
from app.alerts.price_alert import AlertJudge, Crossing, PriceAlert
from app.context import AppContext
from app.ui_settings import UiSettingsFile


class AlertBook:
    """The alerts as they are kept in the window's settings; everyone who shows them follows `ui.changed`."""

    def __init__(self, ui: UiSettingsFile) -> None:
        self._ui = ui

    @property
    def alerts(self) -> list[PriceAlert]:
        """All alerts, oldest first."""
        return self._ui.values.price_alerts

    def add(self, symbol: str, crossing: Crossing, price: Decimal) -> PriceAlert:
        """Sets a new alert."""
        alert = PriceAlert(symbol=symbol, crossing=crossing, price=price)
        self._ui.set("price_alerts", [*self.alerts, alert])
        return alert

    def remove(self, alert_id: UUID) -> None:
        """Takes an alert away."""
        self._ui.set("price_alerts", [alert for alert in self.alerts if alert.id != alert_id])

    def set_armed(self, alert_id: UUID, *, armed: bool) -> None:
        """Arms an alert again, or lets it rest."""
        self._change(alert_id, {"armed": armed, "fired_at": None} if armed else {"armed": False})

    def note_fired(self, alert_id: UUID, at: datetime) -> None:
        """Lets an alert rest that has just fired."""
        self._change(alert_id, {"armed": False, "fired_at": at})

    def _change(self, alert_id: UUID, update: dict[str, object]) -> None:
        changed = [alert.model_copy(update=update) if alert.id == alert_id else alert for alert in self.alerts]
        self._ui.set("price_alerts", changed)


class AlertWatcher(QObject):
    """Raises an alert in the window (toast and list) when a price crosses its level."""

    def __init__(self, context: AppContext, parent: QObject, clock: Callable[[], float] = time.time) -> None:
        super().__init__(parent)
        self._context, self._clock = context, clock
        self._book, self._judge = AlertBook(context.ui), AlertJudge()
        context.signals.ticks.connect(self._on_ticks)

    def _on_ticks(self, ticks: dict[str, Tick]) -> None:
        alerts = self._book.alerts
        if not alerts:
            return
        for tick in ticks.values():
            for alert in self._judge.judge(alerts, tick, self._clock()):
                self._book.note_fired(alert.id, datetime.now(UTC))
                self._context.agent.bus.publish(AlertRaised("info", f"{alert.sentence}: the bid is {tick.bid:.10g}."))
