"""The average true range of a symbol, as the ticket's unit of distance."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import get_args

from PySide6.QtCore import QObject, Signal

from agent_core.protocol.market import Timeframe
from app.chart.indicators import ActiveIndicator, IndicatorSpec, Source
from app.context import AppContext

TIMEFRAMES: tuple[Timeframe, ...] = get_args(Timeframe)
PERIOD = 14
_BARS = 200
_FRESH_SECONDS = 30.0


class AtrReader(QObject):
    """Reads ATR 14 of the symbol and timeframe that are asked for, and again when it may have changed.

    Signals:
        changed: A value has come.
    """

    changed = Signal()

    def __init__(self, context: AppContext, parent: QObject, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._context, self._clock = context, clock
        self._key: tuple[str, Timeframe] | None = None
        self._asked_at = 0.0
        self._value: Decimal | None = None

    def value(self, symbol: str, timeframe: Timeframe) -> Decimal | None:
        """Returns the last known value in price; None until the first has come."""
        key, now = (symbol, timeframe), self._clock()
        if key != self._key:
            self._key, self._value, self._asked_at = key, None, 0.0
        if not self._asked_at or now - self._asked_at > _FRESH_SECONDS:
            self._asked_at = now
            self._context.tasks.start(self._read(symbol, timeframe), on_error=lambda _error: None)
        return self._value

    async def _read(self, symbol: str, timeframe: Timeframe) -> None:
        bars = await self._context.agent.terminal.bars(symbol, timeframe, _BARS)
        if self._key != (symbol, timeframe) or len(bars) <= PERIOD:
            return
        indicator = ActiveIndicator(IndicatorSpec(key="atr", settings={"period": PERIOD}))
        indicator.update(Source(bars, timeframe), 0)
        newest = float(indicator.values(indicator.kind.outputs[0].name)[-1])
        if newest > 0:
            self._value = Decimal(repr(newest))
            self.changed.emit()
