"""Price alerts: what they are, when they fire, and how they are kept. No widgets."""

import math
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:  # the window's settings hold alerts, and it paints before numpy is imported
    from agent_core.terminal.models import Tick

#: A quote older than this is no news: the market may be closed, or the link was lost.
FRESH_SECONDS = 30.0


class Crossing(StrEnum):
    """Which way the bid must go through the price."""

    ABOVE = "ABOVE"
    BELOW = "BELOW"


class PriceAlert(BaseModel):
    """One alert. It fires once and then rests until it is armed again."""

    model_config = ConfigDict(frozen=True)

    id: UUID = Field(default_factory=uuid4)
    symbol: str
    crossing: Crossing
    price: Decimal = Field(gt=0)
    armed: bool = True
    fired_at: datetime | None = None

    @property
    def sentence(self) -> str:
        """What it waits for."""
        return f"{self.symbol} {'rises above' if self.crossing is Crossing.ABOVE else 'falls below'} {self.price}"

    def reached(self, bid: float) -> bool:
        """Whether a bid is at the price or beyond."""
        return bid >= self.price if self.crossing is Crossing.ABOVE else bid <= self.price


class AlertJudge:
    """Decides from quotes which alerts fire.

    An alert fires only after the bid was seen on the near side: a level that lies behind the price when it is set, or
    when the program starts, waits for a real crossing. Zero, broken, old and repeated quotes tell nothing.
    """

    def __init__(self) -> None:
        self._near: set[UUID] = set()
        self._newest: dict[str, int] = {}

    def judge(self, alerts: list[PriceAlert], tick: "Tick", now: float) -> list[PriceAlert]:
        """Returns the alerts that a quote fires; `now` is in epoch seconds."""
        known = self._newest.get(tick.symbol)
        self._newest[tick.symbol] = max(tick.time_msc, known or 0)
        if not (math.isfinite(tick.bid) and tick.bid > 0) or not (math.isfinite(tick.ask) and tick.ask > 0):
            return []
        # The first quote of a symbol may be days old; only one seen to follow another is the market's.
        if known is None or tick.time_msc <= known or now - tick.time_msc / 1000 > FRESH_SECONDS:
            return []
        fired = []
        for alert in alerts:
            if not alert.armed or alert.symbol != tick.symbol:
                continue
            if not alert.reached(tick.bid):
                self._near.add(alert.id)
            elif alert.id in self._near:
                self._near.discard(alert.id)
                fired.append(alert)
        return fired

    def forget(self, alert_id: UUID) -> None:
        """Takes an alert for a new one: it was armed again or changed."""
        self._near.discard(alert_id)
