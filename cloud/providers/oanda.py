"""OANDA v20 over httpx: the price stream and candles."""

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import canonical_instrument, oanda_instrument
from agent_core.protocol.market import CandleAnswer, PriceFrame

log = logging.getLogger(__name__)

#: The vendor sends a heartbeat every 5 s; this much silence means the stream is dead.
SILENCE_SECONDS = 12.0
#: The vendor refuses more than two new connections a second.
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
GRANULARITIES = {
    "M1": "M1", "M5": "M5", "M15": "M15", "M30": "M30", "H1": "H1", "H4": "H4", "D1": "D", "W1": "W", "MN1": "M",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OandaConfig:
    """Addresses and credentials of one account."""

    url: str
    stream_url: str
    api_key: str
    account_id: str


class OandaClient:
    """Reads prices of one account. It keeps no state but its configuration."""

    def __init__(self, http: httpx.AsyncClient, config: OandaConfig) -> None:
        self._http = http
        self._config = config

    async def instruments(self) -> list[str]:
        """Canonical names of what the account can see.

        Raises:
            ForexEliteError: BROKER_UNAVAILABLE.
        """
        body = await self._get(f"/v3/accounts/{self._config.account_id}/instruments", {})
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

    async def prices(self, instruments: Sequence[str]) -> AsyncIterator[PriceFrame]:
        """Yields prices for ever: reconnects with growing, jittered pauses, each time with a snapshot."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async for frame in self._stream(instruments):
                    pause = FIRST_PAUSE_SECONDS
                    yield frame
                log.warning("The price stream ended; connecting again")
            except (httpx.HTTPError, TimeoutError, ValueError, KeyError) as error:
                log.warning("The price stream broke (%s); connecting again", type(error).__name__)
            await asyncio.sleep(pause * random.uniform(1.0, 1.5))  # noqa: S311  # jitter, not a secret
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _stream(self, instruments: Sequence[str]) -> AsyncIterator[PriceFrame]:
        url = f"{self._config.stream_url}/v3/accounts/{self._config.account_id}/pricing/stream"
        query = {"instruments": ",".join(map(oanda_instrument, instruments)), "snapshot": "true"}
        timeout = httpx.Timeout(10, read=SILENCE_SECONDS)
        async with self._http.stream("GET", url, params=query, headers=self._headers(), timeout=timeout) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line and (frame := _price_frame(json.loads(line))) is not None:
                    yield frame

    async def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        try:
            response = await self._http.get(f"{self._config.url}{path}", params=query, headers=self._headers())
        except httpx.HTTPError as error:
            raise _unavailable(type(error).__name__) from error
        if response.status_code == httpx.codes.OK:
            body: dict[str, Any] = response.json()
            return body
        if response.status_code == httpx.codes.BAD_REQUEST and "instrument" in response.text:
            raise ForexEliteError(ErrorCode.UNKNOWN_INSTRUMENT, "There is no such instrument. Write it like EURUSD.")
        raise _unavailable(f"status {response.status_code}")

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._config.api_key}", "Accept-Datetime-Format": "RFC3339"}


def _price_frame(message: dict[str, Any]) -> PriceFrame | None:
    if message.get("type") != "PRICE" or not message.get("bids") or not message.get("asks"):
        return None
    bid, ask = float(message["bids"][0]["price"]), float(message["asks"][0]["price"])
    if bid <= 0 or ask <= 0:
        return None
    return PriceFrame(
        instrument=canonical_instrument(message["instrument"]), bid=bid, ask=ask,
        timestamp=datetime.fromisoformat(message["time"]),
    )  # fmt: skip


def _unavailable(reason: str) -> ForexEliteError:
    return ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, f"OANDA does not answer ({reason}). Try again in a minute.")
