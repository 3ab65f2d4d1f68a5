"""Answers of OANDA that are no answers: said as such, whatever is wrong with them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.providers.oanda.pace import Pace
from cloud.providers.oanda.prices import OandaPrices, PriceAccount, Span
from cloud.providers.oanda.transport import OandaAccess, OandaTransport

BAR = {"time": "2026-01-05T00:00:00.000000000Z", "volume": 3, "mid": {"o": "1.1", "h": "1.2", "l": "1.0", "c": "1.1"}}
ANSWERS: list[Any] = [
    None, [], {}, {"candles": None, "instruments": None}, {"candles": [1], "instruments": [1]},
    {"candles": [{}], "instruments": [{}]}, {"candles": [{**BAR, "time": "1-01-01"}], "instruments": [{"name": "?"}]},
    {"candles": [{**BAR, "mid": {"o": "x"}}], "instruments": [{"name": None}]},
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


async def test_a_whole_answer_is_read(prices: OandaPrices, answered: list[Any]) -> None:
    answered[0] = {"candles": [BAR], "instruments": [{"name": "EUR_USD"}, {"name": "SPX500_USD"}]}
    assert await prices.instruments() == ["EURUSD", "SPX500USD"]
    [bar] = await prices.candles("EURUSD", "H1", Span(1))
    assert (bar.open, bar.close, bar.volume) == (1.1, 1.1, 3)
