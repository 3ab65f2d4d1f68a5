"""Prices and candles of one OANDA account."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import canonical_instrument, oanda_instrument
from agent_core.protocol.market import CandleAnswer, PriceFrame
from cloud.providers.oanda.transport import OandaAccess, OandaRefusedError, OandaTransport, unavailable

_log = structlog.get_logger(__name__)

#: The vendor sends a heartbeat every 5 s; this much silence means the stream is dead.
SILENCE_SECONDS = 12.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
GRANULARITIES = {
    "M1": "M1", "M5": "M5", "M15": "M15", "M30": "M30", "H1": "H1", "H4": "H4", "D1": "D", "W1": "W", "MN1": "M",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PriceAccount:
    """The account whose prices are shown to everybody."""

    rest: OandaAccess
    stream: OandaAccess
    account_id: str


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
        return [canonical_instrument(item["name"]) for item in body["instruments"]]

    async def candles(
        self, instrument: str, timeframe: str, count: int, *, before: datetime | None = None
    ) -> list[CandleAnswer]:
        """Mid-price bars, oldest first; the last one may still be growing.

        Raises:
            ForexEliteError: UNKNOWN_INSTRUMENT or BROKER_UNAVAILABLE.
        """
        query = {"granularity": GRANULARITIES[timeframe], "count": str(count), "price": "M"}
        if before is not None:
            query["to"] = before.isoformat()
        body = await self._get(f"/v3/instruments/{oanda_instrument(instrument)}/candles", query)
        return [
            CandleAnswer(
                time=datetime.fromisoformat(bar["time"]), open=float(bar["mid"]["o"]), high=float(bar["mid"]["h"]),
                low=float(bar["mid"]["l"]), close=float(bar["mid"]["c"]), volume=int(bar["volume"]),
            )
            for bar in body["candles"]
        ]  # fmt: skip

    async def prices(self, instruments: Sequence[str]) -> AsyncGenerator[PriceFrame, None]:
        """Yields prices for ever: reconnects with growing, jittered pauses, each time with a snapshot."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with aclosing(self._stream(instruments)) as frames:
                    async for frame in frames:
                        pause = FIRST_PAUSE_SECONDS
                        yield frame
                _log.warning("price_stream_ended")
            except (httpx.HTTPError, TimeoutError, ValueError, KeyError) as error:
                _log.warning("price_stream_broke", error=type(error).__name__)
            await asyncio.sleep(pause * random.uniform(1.0, 1.5))  # noqa: S311  # jitter, not a secret
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _stream(self, instruments: Sequence[str]) -> AsyncGenerator[PriceFrame, None]:
        path = f"/v3/accounts/{self._account.account_id}/pricing/stream"
        query = {"instruments": ",".join(map(oanda_instrument, instruments)), "snapshot": "true"}
        async with self._transport.stream(self._account.stream, path, query, silence_seconds=SILENCE_SECONDS) as lines:
            async for line in lines:
                if line and (frame := _price_frame(json.loads(line))) is not None:
                    yield frame

    async def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        try:
            return await self._transport.call(self._account.rest, "GET", path, query=query)
        except OandaRefusedError as error:
            if error.status == httpx.codes.BAD_REQUEST and "instrument" in error.message:
                raise ForexEliteError(
                    ErrorCode.UNKNOWN_INSTRUMENT, "There is no such instrument. Write it like EURUSD."
                ) from error
            raise unavailable(f"status {error.status}") from error


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
