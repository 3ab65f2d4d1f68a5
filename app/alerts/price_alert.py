"""Alerts on prices and indicators: what they are, when they fire, and how they are kept. No widgets."""

import math
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Self
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent_core.protocol.market import Timeframe

if TYPE_CHECKING:  # the window's settings hold alerts, and it paints before numpy is imported
    from agent_core.terminal.models import Tick

#: A quote older than this is no news: the market may be closed, or the link was lost.
FRESH_SECONDS = 30.0


class Crossing(StrEnum):
    """How the watched value must get to the level."""

    ABOVE = "ABOVE"
    BELOW = "BELOW"
    TOUCH = "TOUCH"
    MOVE = "MOVE"


WORDS = {
    Crossing.ABOVE: "rises above", Crossing.BELOW: "falls below", Crossing.TOUCH: "touches",
    Crossing.MOVE: "moves by %",
}  # fmt: skip


class IndicatorLevel(BaseModel):
    """An indicator on bars of a timeframe; what `settings` don't name has its usual value.

    `title` is what the trader reads: `RSI 14 M15`.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    timeframe: Timeframe
    title: str
    settings: dict[str, float] = Field(default_factory=dict)


class PriceAlert(BaseModel):
    """One alert. It fires once and then rests until it is armed again.

    Attributes:
        price: Level of the bid or of the indicator; for a move, the bid it is counted from.
        percent: Size of the move, either way; None for the others.
        indicator: What is watched instead of the bid.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID = Field(default_factory=uuid4)
    symbol: str
    crossing: Crossing
    price: Decimal
    percent: Decimal | None = Field(default=None, gt=0)
    indicator: IndicatorLevel | None = None
    armed: bool = True
    fired_at: datetime | None = None

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.indicator is None and self.price <= 0:
            raise ValueError("a price is above zero")
        if (self.crossing is Crossing.MOVE) != (self.percent is not None) or (self.percent and self.indicator):
            raise ValueError("a move has a size, and is one of the price")
        return self

    @property
    def on_price(self) -> bool:
        """Whether it waits for a price, which can be shown as a line on a chart."""
        return self.indicator is None and self.crossing is not Crossing.MOVE

    @property
    def subject(self) -> str:
        """What it watches: `EURUSD`, or `EURUSD RSI 14 M15`."""
        return self.symbol if self.indicator is None else f"{self.symbol} {self.indicator.title}"

    @property
    def level(self) -> str:
        """The level as text."""
        return f"{self.percent} % from {self.price}" if self.percent is not None else str(self.price)

    @property
    def sentence(self) -> str:
        """What it waits for."""
        words = "moves by" if self.crossing is Crossing.MOVE else WORDS[self.crossing]
        return f"{self.subject} {words} {self.level}"

    def side(self, value: float) -> int:
        """Returns 1 where a value is beyond the level in the way that is waited for, −1 before it, 0 right on it."""
        if self.percent is not None:
            distance = abs(value / float(self.price) - 1) * 100 - float(self.percent)
        else:
            distance = value - float(self.price)
        sign = (distance > 0) - (distance < 0)
        return -sign if self.crossing is Crossing.BELOW else sign


class AlertJudge:
    """Decides from quotes which alerts fire.

    An alert fires only after the value was seen on the near side: a level that lies behind the price when it is set, or
    when the program starts, waits for a real crossing. A move that has happened meanwhile has happened. Zero, broken,
    old and repeated quotes tell nothing.
    """

    def __init__(self) -> None:
        self._sides: dict[UUID, int] = {}
        self._newest: dict[str, int] = {}
        self._fresh: dict[str, float] = {}

    def judge(self, alerts: list[PriceAlert], tick: "Tick", now: float) -> list[PriceAlert]:
        """Returns the alerts on the price that a quote fires; `now` is in epoch seconds."""
        known = self._newest.get(tick.symbol)
        self._newest[tick.symbol] = max(tick.time_msc, known or 0)
        if not (math.isfinite(tick.bid) and tick.bid > 0) or not (math.isfinite(tick.ask) and tick.ask > 0):
            return []
        # The first quote of a symbol may be days old; only one seen to follow another is the market's.
        if known is None or tick.time_msc <= known or now - tick.time_msc / 1000 > FRESH_SECONDS:
            return []
        self._fresh[tick.symbol] = now
        priced = (alert for alert in alerts if alert.symbol == tick.symbol and alert.indicator is None)
        return [alert for alert in priced if self._fires(alert, tick.bid)]

    def judge_indicator(self, alert: PriceAlert, value: float, now: float) -> bool:
        """Whether an indicator's value fires an alert; not while its market stands still."""
        fresh = now - self._fresh.get(alert.symbol, -math.inf) <= FRESH_SECONDS
        return fresh and math.isfinite(value) and self._fires(alert, value)

    def forget(self, alert_id: UUID) -> None:
        """Takes an alert for a new one: it was armed again or changed."""
        self._sides.pop(alert_id, None)

    def _fires(self, alert: PriceAlert, value: float) -> bool:
        if not alert.armed:
            return False
        # A move counts from the price at which it was set, which is before it: however fast it comes, it is one.
        unseen = -1 if alert.crossing is Crossing.MOVE else None
        side, before = alert.side(value), self._sides.get(alert.id, unseen)
        # On the level counts as reached: the value was before it, and is not any more.
        touched = alert.crossing is Crossing.TOUCH
        fires = (before in (-1, 1) and side != before) if touched else (before == -1 and side >= 0)
        self._sides[alert.id] = side
        if fires:
            self.forget(alert.id)
        return fires
