"""Candles and streamed prices."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, FiniteFloat

from agent_core.protocol.base import AnswerModel

Timeframe = Literal[
    "M1", "M2", "M3", "M4", "M5", "M6", "M10", "M12", "M15", "M20", "M30",
    "H1", "H2", "H3", "H4", "H6", "H8", "H12", "D1", "W1", "MN1",
]  # fmt: skip
"""Every bar MetaTrader makes."""
CandleTimeframe = Literal["S5", "S10", "S15", "S30", Timeframe]
"""What `GET /candles/{instrument}` takes: what a terminal has, and OANDA's bars of seconds."""

#: How long a bar lasts; a month counts 30 days.
TIMEFRAME_SECONDS: dict[str, int] = {
    "M1": 60, "M2": 120, "M3": 180, "M4": 240, "M5": 300, "M6": 360, "M10": 600, "M12": 720, "M15": 900, "M20": 1200,
    "M30": 1800, "H1": 3600, "H2": 7200, "H3": 10800, "H4": 14400, "H6": 21600, "H8": 28800, "H12": 43200,
    "D1": 86400, "W1": 604800, "MN1": 2592000,
}  # fmt: skip


class CandleAnswer(AnswerModel):
    """A row of `GET /candles/{instrument}`, oldest first; `time` is the bar's start."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: int


class PriceFrame(AnswerModel):
    """One frame of `WS /ws/prices/{instrument}`.

    Attributes:
        stale: Nothing has been heard from the source for a while: the last known price, not one to trade on. Left out
            while false.
    """

    instrument: str
    bid: FiniteFloat
    ask: FiniteFloat
    timestamp: AwareDatetime
    stale: bool = False


class PriceBatch(AnswerModel):
    """One frame of `WS /ws/prices?instruments=A,B`: what changed since the last frame."""

    prices: list[PriceFrame]


class PriceStatus(AnswerModel):
    """Answer of `GET /prices/status`.

    Attributes:
        status: "live"; "reconnecting", broken a moment ago; "stale", nothing heard for too long; "off", this server has
            no source of prices.
        age_seconds: Seconds since the source last gave a sign of life, prices or not.
        heard_at: When that was.
    """

    status: Literal["live", "reconnecting", "stale", "off"]
    age_seconds: float | None
    heard_at: datetime | None
