"""Watches quotes for the price alerts, and keeps the alerts."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, QTimer

from agent_core.protocol.errors import ForexEliteError
from agent_core.sync.events import AlertRaised
from agent_core.terminal.models import Tick
from agent_core.trading.numbers import price_text
from app.alerts.price_alert import AlertJudge, Crossing, PriceAlert
from app.context import AppContext
from app.ui_settings import UiSettingsFile

INDICATORS_MS = 3000


class AlertBook:
    """The alerts as they are kept in the window's settings; everyone who shows them follows `ui.changed`."""

    def __init__(self, ui: UiSettingsFile) -> None:
        self._ui = ui

    @property
    def alerts(self) -> list[PriceAlert]:
        """All alerts, oldest first."""
        return self._ui.values.price_alerts

    def add(self, symbol: str, crossing: Crossing, price: Decimal, **more: Any) -> PriceAlert:
        """Sets a new alert; `more` are further fields of it.

        Raises:
            ValidationError: these do not make an alert.
        """
        alert = PriceAlert(symbol=symbol, crossing=crossing, price=price, **more)
        self._ui.set("price_alerts", [*self.alerts, alert])
        return alert

    def remove(self, alert_id: UUID) -> None:
        """Takes an alert away."""
        self._ui.set("price_alerts", [alert for alert in self.alerts if alert.id != alert_id])

    def arm(self, alert: PriceAlert, bid: Decimal | None) -> None:
        """Arms an alert again; a move is counted from the present bid, where there is one."""
        update: dict[str, object] = {"armed": True, "fired_at": None}
        if alert.crossing is Crossing.MOVE and bid is not None:
            update["price"] = bid
        self._change(alert.id, update)

    def note_fired(self, alert_id: UUID, at: datetime) -> None:
        """Lets an alert rest that has just fired."""
        self._change(alert_id, {"armed": False, "fired_at": at})

    def _change(self, alert_id: UUID, update: dict[str, object]) -> None:
        changed = [alert.model_copy(update=update) if alert.id == alert_id else alert for alert in self.alerts]
        self._ui.set("price_alerts", changed)


class AlertWatcher(QObject):
    """Raises an alert in the window (toast, sound, tray and list) when its level is reached."""

    def __init__(self, context: AppContext, parent: QObject, clock: Callable[[], float] = time.time) -> None:
        super().__init__(parent)
        self._context, self._clock = context, clock
        self._book, self._judge = AlertBook(context.ui), AlertJudge()
        self._looking: asyncio.Task[Any] | None = None
        self._timer = QTimer(self, interval=INDICATORS_MS)
        self._timer.timeout.connect(self._look_at_indicators)
        self._timer.start()
        context.signals.ticks.connect(self._on_ticks)

    def _on_ticks(self, ticks: dict[str, Tick]) -> None:
        alerts = self._book.alerts
        if not alerts:
            return
        for tick in ticks.values():
            for alert in self._judge.judge(alerts, tick, self._clock()):
                spec = self._context.agent.terminal.known_symbol(tick.symbol)
                self._raise(alert, f"the bid is {price_text(tick.bid, spec.digits if spec else None)}")

    def _look_at_indicators(self) -> None:
        watched = [alert for alert in self._book.alerts if alert.armed and alert.indicator is not None]
        if watched and self._context.agent.terminal.connected and (self._looking is None or self._looking.done()):
            self._looking = self._context.tasks.start(self.judge_indicators(watched), on_error=_later)

    async def judge_indicators(self, alerts: Sequence[PriceAlert]) -> None:
        """Works the indicators of these alerts out on the terminal's bars, and raises what has got to its level."""
        from app.alerts.indicator_values import bars_for, last_value  # noqa: PLC0415  # numpy only where it is needed

        for alert in alerts:
            watched = alert.indicator
            if watched is not None:
                bars = await self._context.agent.terminal.bars(alert.symbol, watched.timeframe, bars_for(watched))
                value = last_value(watched, bars)
                if self._judge.judge_indicator(alert, value, self._clock()):
                    self._raise(alert, f"it is at {value:.5g} now")

    def _raise(self, alert: PriceAlert, now: str) -> None:
        self._book.note_fired(alert.id, datetime.now(UTC))
        self._context.agent.bus.publish(AlertRaised("info", f"{alert.sentence}: {now}."))


def _later(error: Exception) -> None:
    """Looked at again in a moment; the terminal's link already says what is wrong."""
    if not isinstance(error, ForexEliteError):
        raise error
