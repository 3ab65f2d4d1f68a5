"""Stops, targets and the terms of pending orders on an OANDA account: nothing is lost, nothing ends a trade at once."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest


@pytest.fixture
async def elsewhere(oanda: str) -> AsyncIterator[httpx.AsyncClient]:
    """The account as OANDA's own app reaches it."""
    base = f"{oanda}/v3/accounts/101-001-1234567-001"
    async with httpx.AsyncClient(base_url=base, headers={"Authorization": "Bearer practice-key"}) as client:
        yield client


async def _order_of(elsewhere: httpx.AsyncClient) -> dict[str, Any]:
    [order] = (await elsewhere.get("/pendingOrders")).json()["orders"]
    return dict(order)


async def test_a_moved_order_keeps_every_term_that_was_not_changed(
    oanda_trader: Any, elsewhere: httpx.AsyncClient
) -> None:
    terms = {
        "timeInForce": "GTD",
        "gtdTime": "2030-01-01T00:00:00.000000000Z",
        "positionFill": "REDUCE_FIRST",
        "triggerCondition": "MID",
        "stopLossOnFill": {"distance": "0.00500", "timeInForce": "GTC", "guaranteed": True},
        "trailingStopLossOnFill": {"distance": "0.01000", "timeInForce": "GTC"},
        "clientExtensions": {"id": "mine", "comment": "by hand"},
        "tradeClientExtensions": {"tag": "swing"},
    }
    order = {"type": "LIMIT", "instrument": "EUR_USD", "units": "700", "price": "0.90000", **terms}
    await elsewhere.post("/orders", json={"order": order})
    order_id = (await _order_of(elsewhere))["id"]
    moved = await oanda_trader.send("PATCH", f"/orders/{order_id}", {"price": "0.8", "tp": "1.4"})
    assert moved.status_code == 200, moved.text
    now = await _order_of(elsewhere)
    assert (now["price"], now["takeProfitOnFill"]["price"]) == ("0.8", "1.4")
    assert {name: now[name] for name in terms} == terms
    assert now["id"] != order_id
    moved = await oanda_trader.send("PATCH", f"/orders/{now['id']}", {"sl": "0.7"})
    assert moved.status_code == 200, moved.text
    stop = (await _order_of(elsewhere))["stopLossOnFill"]
    assert stop == {"price": "0.7", "timeInForce": "GTC", "guaranteed": True}
    await oanda_trader.send("PATCH", f"/orders/{(await _order_of(elsewhere))['id']}", {"sl": None})
    assert "stopLossOnFill" not in await _order_of(elsewhere)


@pytest.mark.parametrize("lost", [0, 1])
async def test_a_moved_order_that_is_cancelled_at_once_is_told_as_gone(
    oanda_trader: Any, faults: Any, lost: int
) -> None:
    order_id = (await oanda_trader.order(type="LIMIT", price="0.5", units="90000000")).json()["order_id"]
    faults.lost_answers = lost
    moved = await oanda_trader.send("PATCH", f"/orders/{order_id}", {"price": "900"})
    assert (moved.status_code, moved.json()["code"]) == (400, "INSUFFICIENT_MARGIN")
    assert "The order is gone" in moved.json()["detail"]
    assert (await oanda_trader.send("GET", "/orders")).json() == []
    assert (await oanda_trader.events())[0] == "ORDER_REJECTED"


@pytest.mark.parametrize(
    ("side", "levels"),
    [("BUY", {"sl": "5"}), ("BUY", {"tp": "0.5"}), ("SELL", {"sl": "0.5"}), ("SELL", {"tp": "5"}),
     ("BUY", {"sl": "0.9", "tp": "1.0"})],
)  # fmt: skip
async def test_a_level_beyond_the_market_is_refused_and_the_position_stays(
    oanda_trader: Any, side: str, levels: dict[str, str]
) -> None:
    refused = await oanda_trader.order(side=side, **levels)
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_STOPS")
    position_id = (await oanda_trader.order(side=side)).json()["position_id"]
    kept = {"sl": "0.8", "tp": "1.5"} if side == "BUY" else {"sl": "1.5", "tp": "0.8"}
    assert (await oanda_trader.send("PATCH", f"/positions/{position_id}", kept)).status_code == 200
    refused = await oanda_trader.send("PATCH", f"/positions/{position_id}", levels)
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_STOPS"), refused.text
    [position] = await oanda_trader.positions()
    assert {name: position[name] for name in kept} == kept


@pytest.mark.parametrize(
    ("side", "price", "levels"),
    [("BUY", "0.9", {"sl": "0.95"}), ("BUY", "0.9", {"tp": "0.9"}), ("SELL", "5", {"sl": "4.9"}),
     ("SELL", "5", {"tp": "5.1"})],
)  # fmt: skip
async def test_a_waiting_order_takes_no_level_on_the_wrong_side(
    oanda_trader: Any, side: str, price: str, levels: dict[str, str]
) -> None:
    refused = await oanda_trader.order(type="LIMIT", side=side, price=price, **levels)
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_STOPS")
    order_id = (await oanda_trader.order(type="LIMIT", side=side, price=price)).json()["order_id"]
    refused = await oanda_trader.send("PATCH", f"/orders/{order_id}", levels)
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_STOPS")
    [order] = (await oanda_trader.send("GET", "/orders")).json()
    assert (order["order_id"], order["sl"], order["tp"]) == (order_id, None, None)


async def test_a_level_with_too_many_digits_is_refused(oanda_trader: Any) -> None:
    position_id = (await oanda_trader.order(instrument="USDJPY")).json()["position_id"]
    for level in ({"sl": "90.1234"}, {"sl": "90.123", "tp": "190.1234"}):
        refused = await oanda_trader.send("PATCH", f"/positions/{position_id}", level)
        assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_PRICE")
    [position] = await oanda_trader.positions()
    assert (position["sl"], position["tp"]) == (None, None)
    assert (await oanda_trader.send("PATCH", f"/positions/{position_id}", {"sl": "90.1230"})).status_code == 200


async def test_more_than_there_is_can_not_be_closed(oanda_trader: Any) -> None:
    position_id = (await oanda_trader.order()).json()["position_id"]
    for units in ("1001", "0.5"):
        refused = await oanda_trader.send("DELETE", f"/positions/{position_id}", units=units)
        assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_VOLUME")
    part = await oanda_trader.send("DELETE", f"/positions/{position_id}", units="250.00")
    assert part.status_code == 200, part.text
    assert [Decimal(row["units"]) for row in await oanda_trader.positions()] == [750]
