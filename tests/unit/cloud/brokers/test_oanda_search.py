"""Looking for a request whose answer was lost, in a journal that comes late, with gaps, or with an order twice."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.brokers.oanda import search
from cloud.brokers.oanda.search import find_order
from cloud.providers.oanda.account import IncompleteScanError, OandaAccount
from cloud.providers.oanda.pace import Pace
from cloud.providers.oanda.transport import OandaAccess, OandaTransport

AT = "2026-01-05T00:00:00.000000000Z"


def _order(number: int, tag: str = "ours") -> dict[str, Any]:
    extensions = {"id": tag, "tag": "forexelite"}
    return {
        "id": str(number),
        "type": "MARKET_ORDER",
        "time": AT,
        "batchID": str(number),
        "clientExtensions": extensions,
    }


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "LOOK_AFTER_SECONDS", (0.0, 0.0, 0.0))


@pytest.fixture
def pages() -> list[tuple[list[dict[str, Any]], str]]:
    """What the journal answers, look by look: its rows and its newest id; the last one for ever."""
    return []


@pytest.fixture
async def account(pages: list[tuple[list[dict[str, Any]], str]]) -> AsyncIterator[OandaAccount]:
    def answer(_request: httpx.Request) -> httpx.Response:
        rows, newest = pages.pop(0) if len(pages) > 1 else pages[0]
        return httpx.Response(200, json={"transactions": rows, "lastTransactionID": newest})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        transport = OandaTransport(http, Pace(1000), Pace(1000))
        yield OandaAccount(transport, OandaAccess("http://oanda", "key"), "101")


async def test_an_order_that_arrives_late_is_found(account: OandaAccount, pages: Any) -> None:
    pages += [([], "7"), ([], "7"), ([_order(8)], "8")]
    found = await search.search(account, "7", lambda rows: find_order(rows, "ours"))
    assert found is not None
    assert found.order.id == "8"


@pytest.mark.parametrize(
    ("rows", "newest"), [([_order(8, "x"), _order(10, "x")], "10"), ([_order(9, "x")], "9"), ([], "9")]
)
async def test_of_a_journal_with_gaps_nothing_is_concluded(
    account: OandaAccount, pages: Any, rows: list[dict[str, Any]], newest: str
) -> None:
    pages.append((rows, newest))
    with pytest.raises(IncompleteScanError):
        await account.since("7")
    with pytest.raises(ForexEliteError) as unknown:
        await search.search(account, "7", lambda found: find_order(found, "ours"))
    assert unknown.value.code is ErrorCode.OUTCOME_UNKNOWN
    with pytest.raises(IncompleteScanError):
        await account.since("None")  # an answer that did not say where the journal was


@pytest.mark.logs_errors
async def test_an_order_that_is_there_twice_is_named(account: OandaAccount, pages: Any) -> None:
    pages.append(([_order(8), _order(9)], "9"))
    with pytest.raises(ForexEliteError, match="8 and 9") as doubled:
        await search.search(account, "7", lambda rows: find_order(rows, "ours"))
    assert doubled.value.code is ErrorCode.OUTCOME_UNKNOWN
