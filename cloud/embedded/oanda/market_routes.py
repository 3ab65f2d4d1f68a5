"""Prices, the price stream and candles."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from cloud.embedded.oanda import documents
from cloud.embedded.oanda.account import PracticeAccount
from cloud.embedded.oanda.errors import INVALID, RefusedError
from cloud.embedded.oanda.prices import GRANULARITY_SECONDS, INSTRUMENTS, candles, quote_at, rfc3339

WINDOW_SECONDS = 0.25
HEARTBEAT_SECONDS = 5.0
MAX_CANDLES = 5000


def price_routes(account: PracticeAccount, base: str) -> APIRouter:
    """Pricing, stream and candles."""
    routes = APIRouter()

    @routes.get(f"{base}/pricing")
    async def pricing(
        instruments: str,
        includeHomeConversions: bool = False,  # noqa: N803  # the vendor's parameter
    ) -> dict[str, Any]:
        now, names = time.time(), _names(instruments)
        answer: dict[str, Any] = {"time": rfc3339(now), "prices": [_price(name, now) for name in names]}
        if includeHomeConversions:
            currencies = sorted({currency for name in names for currency in name.split("_")})
            answer["homeConversions"] = [documents.conversion_document(account, currency) for currency in currencies]
        return answer

    @routes.get(f"{base}/pricing/stream")
    async def stream(instruments: str, snapshot: bool = True) -> StreamingResponse:
        return StreamingResponse(_stream(_names(instruments), snapshot), media_type="application/octet-stream")

    @routes.get("/v3/instruments/{name}/candles")
    async def instrument_candles(name: str, request: Request) -> dict[str, Any]:
        return _candles(name, dict(request.query_params))

    return routes


async def _stream(names: list[str], snapshot: bool) -> AsyncIterator[str]:
    last_line = time.monotonic()
    sent: dict[str, tuple[float, float]] = {}
    if not snapshot:
        sent = {name: _sides(name) for name in names}
    while True:
        for name in names:
            if (sides := _sides(name)) != sent.get(name):
                sent[name] = sides
                yield json.dumps(_price(name, time.time())) + "\n"
        if time.monotonic() - last_line >= HEARTBEAT_SECONDS:
            last_line = time.monotonic()
            yield json.dumps({"type": "HEARTBEAT", "time": rfc3339(time.time())}) + "\n"
        await asyncio.sleep(WINDOW_SECONDS)


def _sides(name: str) -> tuple[float, float]:
    quote = quote_at(INSTRUMENTS[name], time.time())
    return quote.bid, quote.ask


def _price(name: str, moment: float) -> dict[str, Any]:
    return documents.price_document(INSTRUMENTS[name], quote_at(INSTRUMENTS[name], moment))


def _candles(name: str, query: dict[str, str]) -> dict[str, Any]:
    instrument = documents.known(name)
    granularity = query.get("granularity", "S5")
    if instrument is None:
        raise RefusedError(400, "Invalid value specified for 'instrument'", INVALID)
    if granularity not in GRANULARITY_SECONDS:
        raise RefusedError(400, "Invalid value specified for 'granularity'", INVALID)
    if "count" in query and "from" in query and "to" in query:
        raise RefusedError(400, "'count' cannot be specified when 'to' and 'from' are also specified")
    seconds, now = GRANULARITY_SECONDS[granularity], time.time()
    start, count = _range(query, seconds, now)
    if not 0 < count <= MAX_CANDLES:
        raise RefusedError(400, "Maximum value for 'count' exceeded")
    members = {"M": "mid", "B": "bid", "A": "ask"}
    wanted = [members[letter] for letter in query.get("price", "M")]
    bars = candles(instrument, granularity, start, count, now)
    kept = [{key: bar[key] for key in ("complete", "volume", "time", *wanted)} for bar in bars]
    return {"instrument": name, "granularity": granularity, "candles": kept}


def _range(query: dict[str, str], seconds: int, now: float) -> tuple[float, int]:
    count = int(query.get("count", "500"))
    if "from" in query:
        start = _moment(query["from"]) // seconds * seconds
        end = _moment(query["to"]) if "to" in query else start + count * seconds
        return start, min(int((end - start) // seconds) + (1 if "to" in query else 0), MAX_CANDLES + 1)
    end = _moment(query["to"]) if "to" in query else now
    return (end // seconds - count + 1) * seconds, count


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text).timestamp()


def _names(instruments: str) -> list[str]:
    names = instruments.split(",")
    if any(documents.known(name) is None for name in names):
        raise RefusedError(400, "Invalid value specified for 'instruments'", INVALID)
    return names
