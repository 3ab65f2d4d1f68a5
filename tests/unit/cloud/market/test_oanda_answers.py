"""Answers of OANDA that are no answers: said as such, whatever is wrong with them."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.market import PriceFrame
from cloud.metrics import RecentCounts
from cloud.providers.oanda.pace import Pace
from cloud.providers.oanda.prices import OandaPrices, PriceAccount, Span, StreamSign
from cloud.providers.oanda.transport import OandaAccess, OandaTransport

BAR = {"time": "2026-01-05T00:00:00.000000000Z", "volume": 3, "mid": {"o": "1.1", "h": "1.2", "l": "1.0", "c": "1.1"}}
ANSWERS: list[Any] = [
    None, [], {}, {"candles": None, "instruments": None}, {"candles": [1], "instruments": [1]},
    {"candles": [{}], "instruments": [{}]}, {"candles": [{**BAR, "time": "1-01-01"}], "instruments": [{"name": "?"}]},
    {"candles": [{**BAR, "mid": {"o": "x"}}], "instruments": [{"name": None}]},
]  # fmt: skip

PRICE = {
    "type": "PRICE", "instrument": "EUR_USD", "time": "2026-01-05T00:00:00.000000000Z",
    "bids": [{"price": "1.1"}], "asks": [{"price": "1.2"}],
}  # fmt: skip
LINES: list[Any] = [
    [], {**PRICE, "instrument": None}, {**PRICE, "time": "2026-01-05T00:00"}, {**PRICE, "bids": [{"price": 10**400}]},
    {**PRICE, "bids": [{"price": "nan"}]}, {**PRICE, "asks": [{"price": "inf"}]}, {**PRICE, "bids": {"price": 1}},
]  # fmt: skip


@pytest.fixture
def answered() -> list[Any]:
    """Holds what the next answers are."""
    return [None]


@pytest.fixture
async def prices(answered: list[Any]) -> AsyncIterator[OandaPrices]:
    access = OandaAccess("http://oanda", "key")
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=json.dumps(answered[0])))
    async with httpx.AsyncClient(transport=transport) as http:
        yield OandaPrices(OandaTransport(http, Pace(1000), Pace(1000)), PriceAccount(access, access, "1"))


@pytest.mark.parametrize("answer", ANSWERS)
async def test_what_can_not_be_read_is_no_answer(prices: OandaPrices, answered: list[Any], answer: Any) -> None:
    answered[0] = answer
    with pytest.raises(ForexEliteError) as instruments:
        await prices.instruments()
    with pytest.raises(ForexEliteError) as candles:
        await prices.candles("EURUSD", "H1", Span(1))
    assert {instruments.value.code, candles.value.code} == {ErrorCode.BROKER_UNAVAILABLE}


@pytest.mark.parametrize("line", LINES)
async def test_a_line_that_can_not_be_read_breaks_the_stream_and_the_next_one_is_read(
    prices: OandaPrices, answered: list[Any], line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.providers.oanda.prices.FIRST_PAUSE_SECONDS", 0.0)
    answered[0] = line
    async with aclosing(prices.prices(["EURUSD"])) as stream:
        assert await anext(stream) is StreamSign.LOST
        answered[0] = PRICE
        frame = await anext(stream)
    assert isinstance(frame, PriceFrame)
    assert (frame.bid, frame.ask) == (1.1, 1.2)


async def test_a_stream_that_is_refused_for_its_rate_counts_as_the_rate_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloud.providers.oanda.transport.RECENT", counts := RecentCounts())
    access = OandaAccess("http://oanda", "key")
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(429))) as http:
        refusing = OandaPrices(OandaTransport(http, Pace(1000), Pace(1000)), PriceAccount(access, access, "1"))
        async with aclosing(refusing.prices(["EURUSD"])) as stream:
            assert await anext(stream) is StreamSign.LOST
    assert counts.totals() == {"rate_limits": 1}


async def test_a_whole_answer_is_read(prices: OandaPrices, answered: list[Any]) -> None:
    answered[0] = {"candles": [BAR], "instruments": [{"name": "EUR_USD"}, {"name": "SPX500_USD"}]}
    assert await prices.instruments() == ["EURUSD", "SPX500USD"]
    [bar] = await prices.candles("EURUSD", "H1", Span(1))
    assert (bar.open, bar.close, bar.volume) == (1.1, 1.1, 3)
