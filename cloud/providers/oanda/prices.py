"""Prices and candles of one OANDA account."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

import httpx
import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import canonical_instrument, oanda_instrument
from agent_core.protocol.market import CandleAnswer, CandleTimeframe, PriceFrame
from cloud.providers.oanda.transport import OandaAccess, OandaRefusedError, OandaTransport, unavailable

_log = structlog.get_logger(__name__)

#: The vendor sends a heartbeat every 5 s; this much silence means the stream is dead.
SILENCE_SECONDS = 12.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
#: A stream that held for so long was a good one: the next pause is a short one again.
GOOD_SECONDS = 30.0
#: What OANDA calls by another name than MetaTrader.
_GRANULARITIES: dict[CandleTimeframe, str] = {"D1": "D", "W1": "W", "MN1": "M"}
#: What comes of reading something that has another shape than OANDA documents.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_NOT_AT_OANDA: frozenset[CandleTimeframe] = frozenset({"M3", "M6", "M12", "M20"})


class StreamSign(Enum):
    """What the stream says besides prices."""

    ALIVE = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True)
class PriceAccount:
    """The account whose prices are shown to everybody."""

    rest: OandaAccess
    stream: OandaAccess
    account_id: str


@dataclass(frozen=True, slots=True)
class Span:
    """Which bars: the last `count` before `end` (now, where it is None), `count` from `start` on, or all between."""

    count: int | None = None
    start: datetime | None = None
    end: datetime | None = None


class OandaPrices:
    """Reads prices of one account. It keeps no state but its configuration."""

    def __init__(self, transport: OandaTransport, account: PriceAccount) -> None:
        self._transport = transport
        self._account = account

    async def instruments(self) -> list[str]:
        """Canonical names of what the account can see.

        Raises:
            ForexEliteError: BROKER_UNAVAILABLE.
        """
        body = await self._get(f"/v3/accounts/{self._account.account_id}/instruments", {})
        with _readable():
            return [canonical_instrument(item["name"]) for item in body["instruments"]]

    async def candles(self, instrument: str, timeframe: CandleTimeframe, span: Span) -> list[CandleAnswer]:
        """Mid-price bars, oldest first; the last one may still be growing.

        Raises:
            ForexEliteError: UNKNOWN_INSTRUMENT, VALIDATION_ERROR or BROKER_UNAVAILABLE.
        """
        if timeframe in _NOT_AT_OANDA:
            raise ForexEliteError(
                ErrorCode.VALIDATION_ERROR,
                f"OANDA has no {timeframe} bars. A MetaTrader account's terminal has: give its broker_connection_id.",
                field="timeframe",
            )
        query = {"granularity": _GRANULARITIES.get(timeframe, timeframe), "price": "M"}
        if span.count is not None:
            query["count"] = str(span.count)
        for name, moment in (("from", span.start), ("to", span.end)):
            if moment is not None:
                query[name] = moment.isoformat()
        body = await self._get(f"/v3/instruments/{oanda_instrument(instrument)}/candles", query)
        with _readable():
            return [
                CandleAnswer(
                    time=datetime.fromisoformat(bar["time"]), open=float(bar["mid"]["o"]), high=float(bar["mid"]["h"]),
                    low=float(bar["mid"]["l"]), close=float(bar["mid"]["c"]), volume=int(bar["volume"]),
                )
                for bar in body["candles"]
            ]  # fmt: skip

    async def prices(self, instruments: Sequence[str]) -> AsyncGenerator[PriceFrame | StreamSign, None]:
        """Yields prices and signs of life for ever.

        Reconnects with growing, jittered pauses, each time with a snapshot of all prices.
        """
        pause = FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                async with aclosing(self._stream(instruments)) as items:
                    async for item in items:
                        yield item
                _log.warning("price_stream_ended")
            except (httpx.HTTPError, TimeoutError, *_UNREADABLE) as error:
                _log.warning("price_stream_broke", error=type(error).__name__)
            yield StreamSign.LOST
            if loop.time() - begun > GOOD_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause * random.uniform(1.0, 1.5))  # noqa: S311  # jitter, not a secret
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _stream(self, instruments: Sequence[str]) -> AsyncGenerator[PriceFrame | StreamSign, None]:
        path = f"/v3/accounts/{self._account.account_id}/pricing/stream"
        query = {"instruments": ",".join(map(oanda_instrument, instruments)), "snapshot": "true"}
        async with self._transport.stream(self._account.stream, path, query, silence_seconds=SILENCE_SECONDS) as lines:
            async for line in lines:
                if line:
                    yield _price_frame(json.loads(line)) or StreamSign.ALIVE

    async def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        try:
            return await self._transport.call(self._account.rest, "GET", path, query=query)
        except OandaRefusedError as error:
            if error.status == httpx.codes.BAD_REQUEST and "instrument" in error.message:
                raise ForexEliteError(
                    ErrorCode.UNKNOWN_INSTRUMENT, "There is no such instrument. Write it like EURUSD."
                ) from error
            if error.status == httpx.codes.BAD_REQUEST:
                raise ForexEliteError(
                    ErrorCode.VALIDATION_ERROR, "OANDA can't answer this span of time. Ask for a later or shorter one."
                ) from error
            raise unavailable(f"status {error.status}") from error


@contextmanager
def _readable() -> Iterator[None]:
    """What has another shape than OANDA documents is no answer."""
    try:
        yield
    except _UNREADABLE as error:
        raise unavailable("an answer that can't be read") from error


def _price_frame(message: Any) -> PriceFrame | None:
    if not isinstance(message, dict):
        raise ValueError("a line of the price stream is no object")
    if message.get("type") != "PRICE" or not message.get("bids") or not message.get("asks"):
        return None
    bid, ask = float(message["bids"][0]["price"]), float(message["asks"][0]["price"])
    if bid <= 0 or ask <= 0:
        return None
    return PriceFrame(
        instrument=canonical_instrument(message["instrument"]), bid=bid, ask=ask,
        timestamp=datetime.fromisoformat(message["time"]),
    )  # fmt: skip
