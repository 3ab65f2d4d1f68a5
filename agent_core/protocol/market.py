"""Candles and streamed prices."""

from datetime import datetime
from typing import Literal

from agent_core.protocol.base import AnswerModel

Timeframe = Literal["M1", "M5", "M15", "M30", "H1", "H4", "D1", "W1", "MN1"]

TIMEFRAME_SECONDS: dict[str, int] = {
    "M1": 60, "M5": 300, "M15": 900, "M30": 1800, "H1": 3600, "H4": 14400,
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
    """One frame of `WS /ws/prices/{instrument}`."""

    instrument: str
    bid: float
    ask: float
    timestamp: datetime


class PriceBatch(AnswerModel):
    """One frame of `WS /ws/prices?instruments=A,B`: what changed since the last frame."""

    prices: list[PriceFrame]
