"""Whether the prices are those of the market now, by the signs of life of the one upstream stream."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from prometheus_client import Counter, Gauge

from agent_core.protocol.base import AnswerModel
from agent_core.protocol.market import PriceStatus

#: The vendor sends a heartbeat every 5 s; prices without a sign of life for so long are old.
SILENT_SECONDS = 12.0
#: A stream that is known to be broken is usually back sooner.
BROKEN_SECONDS = 3.0

_AGE = Gauge(
    "forexelite_price_stream_age_seconds",
    "Seconds since the last sign of life of the price stream",
    multiprocess_mode="livemax",
)
_LIVE = Gauge("forexelite_price_stream_live", "1 while prices are those of the market now", multiprocess_mode="livemin")
_LOST = Counter("forexelite_price_stream_lost_total", "Times the price stream broke")


class Pulse(AnswerModel):
    """A sign of life, as the streaming worker tells the others.

    Attributes:
        heard_at: When the vendor last sent anything.
        connected: Whether the stream stands.
    """

    heard_at: datetime
    connected: bool


class Freshness:
    """Knows how old the prices are, and says when they become old.

    Args:
        on_stale: Called once each time the prices become old.
        configured: Whether there is an account to stream from at all.
    """

    def __init__(self, on_stale: Callable[[], None], *, configured: bool) -> None:
        self._on_stale = on_stale
        self.configured = configured
        self._heard_at: float | None = None
        self._connected = False
        self._stale = False
        self._begun = time.monotonic()

    def hear(self, pulse: Pulse) -> None:
        """Takes a sign of life, in whatever order they come."""
        heard_at = pulse.heard_at.timestamp()
        if self._heard_at is not None and heard_at < self._heard_at:
            return
        if self._connected and not pulse.connected:
            _LOST.inc()
        self._heard_at, self._connected = heard_at, pulse.connected
        self.look()

    def look(self) -> None:
        """Finds out whether the prices have become old since."""
        age, stale = self.age, self.stale
        _AGE.set(float("nan") if age is None else age)
        _LIVE.set(self.configured and not stale)
        became_stale, self._stale = stale and not self._stale, stale
        if became_stale:
            self._on_stale()

    @property
    def age(self) -> float | None:
        """Seconds since the last sign of life; None before the first."""
        return None if self._heard_at is None else max(0.0, time.time() - self._heard_at)

    @property
    def stale(self) -> bool:
        """Whether the prices are too old to trade on."""
        return self.age is None or self.age > (SILENT_SECONDS if self._connected else BROKEN_SECONDS)

    @property
    def alarming(self) -> bool:
        """Whether somebody has to look: prices there should be are stale, and this did not begin just now."""
        return self.configured and self.stale and time.monotonic() - self._begun > SILENT_SECONDS

    def status(self) -> PriceStatus:
        """What users are told."""
        if not self.configured:
            return PriceStatus(status="off", age_seconds=None, heard_at=None)
        heard_at = None if self._heard_at is None else datetime.fromtimestamp(self._heard_at, UTC)
        state = "stale" if self.stale else "live" if self._connected else "reconnecting"
        age = None if self.age is None else round(self.age, 1)
        return PriceStatus.model_validate({"status": state, "age_seconds": age, "heard_at": heard_at})
