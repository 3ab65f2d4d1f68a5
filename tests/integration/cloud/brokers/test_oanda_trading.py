"""The trading API on an OANDA account, through the stand-in's real protocol."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from cloud.services import Services


def dec(value: Any) -> Decimal:
    return Decimal(str(value))


async def test_an_order_is_filled_shown_changed_and_closed(oanda_trader: Any) -> None:
    placed = await oanda_trader.order(sl="0.9", tp="1.5")
    assert placed.status_code == 201, placed.text
    answer = placed.json()
    assert dec(answer["fill_price"]) > 0
    [position] = await oanda_trader.positions()
    assert position["position_id"] == answer["position_id"]
    assert (position["instrument"], position["side"], dec(position["units"])) == ("EURUSD", "BUY", 1000)
    assert (dec(position["sl"]), dec(position["tp"])) == (Decimal("0.9"), Decimal("1.5"))
    assert dec(position["current_price"]) < dec(position["open_price"]) + Decimal("0.01")

    path = f"/positions/{position['position_id']}"
    assert (await oanda_trader.send("PATCH", path, {"sl": "0.95"})).json() == {"success": True}
    [moved] = await oanda_trader.positions()
    assert (dec(moved["sl"]), dec(moved["tp"])) == (Decimal("0.95"), Decimal("1.5"))
    assert (await oanda_trader.send("PATCH", path, {"tp": None})).status_code == 200
    [moved] = await oanda_trader.positions()
    assert (dec(moved["sl"]), moved["tp"]) == (Decimal("0.95"), None)

    part = await oanda_trader.send("DELETE", path, units="400")
    assert part.status_code == 200, part.text
    assert dec((await oanda_trader.positions())[0]["units"]) == 600
    whole = await oanda_trader.send("DELETE", path)
    assert dec(whole.json()["closed_price"]) > 0
    assert await oanda_trader.positions() == []
    gone = await oanda_trader.send("DELETE", path)
    assert (gone.status_code, gone.json()["code"]) == (404, "NOT_FOUND")
    assert (await oanda_trader.events()) == [
        "POSITION_CLOSED", "POSITION_CLOSED", "POSITION_MODIFIED", "POSITION_MODIFIED", "ORDER_PLACED"
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "side", "price"), [("LIMIT", "BUY", "0.9"), ("STOP", "SELL", "0.8")])
async def test_pending_orders_wait_are_moved_and_cancelled(oanda_trader: Any, kind: str, side: str, price: str) -> None:
    stop, target = ("0.7", "1.4") if side == "BUY" else ("0.95", "0.6")
    placed = await oanda_trader.order(type=kind, side=side, price=price, sl=stop)
    assert placed.json()["fill_price"] is None
    [order] = (await oanda_trader.send("GET", "/orders")).json()
    assert (order["order_id"], order["type"], order["side"]) == (placed.json()["order_id"], kind, side)
    moved = await oanda_trader.send("PATCH", f"/orders/{order['order_id']}", {"price": "0.85", "tp": target})
    assert moved.status_code == 200, moved.text
    [now] = (await oanda_trader.send("GET", "/orders")).json()
    assert (dec(now["price"]), dec(now["sl"]), dec(now["tp"])) == (Decimal("0.85"), dec(order["sl"]), dec(target))
    assert now["order_id"] != order["order_id"]
    assert (await oanda_trader.send("DELETE", f"/orders/{now['order_id']}")).status_code == 204
    for order_id in (now["order_id"], order["order_id"], "@x", "..%2Fsummary", "9" * 39):
        gone = await oanda_trader.send("DELETE", f"/orders/{order_id}")
        assert (gone.status_code, gone.json()["code"]) == (404, "NOT_FOUND"), order_id
    assert (await oanda_trader.send("GET", "/orders")).json() == []


async def test_an_opposite_order_reduces_the_position(oanda_trader: Any) -> None:
    first = (await oanda_trader.order()).json()
    second = (await oanda_trader.order(side="SELL", units="400")).json()
    assert second["position_id"] == first["position_id"]
    [position] = await oanda_trader.positions()
    assert dec(position["units"]) == 600


@pytest.mark.parametrize(("instrument", "pip"), [("EURUSD", "0.0001"), ("USDJPY", "0.01")])
async def test_stops_in_pips_and_money_become_prices(oanda_trader: Any, instrument: str, pip: str) -> None:
    order = {"instrument": instrument, "side": "SELL", "units": "10000", "type": "LIMIT", "price": "200"}
    await oanda_trader.order(**order, sl="20", sl_mode="PIPS", tp="30", tp_mode="PIPS")
    await oanda_trader.order(**order, sl="100", sl_mode="MONEY")
    money, pips = (await oanda_trader.send("GET", "/orders")).json()
    assert (dec(pips["sl"]), dec(pips["tp"])) == (200 + 20 * Decimal(pip), 200 - 30 * Decimal(pip))
    # 10,000 units lose 100 of the quote currency on 0.01, and that currency is dollars or yen.
    dollars = (dec(money["sl"]) - 200) * 10000
    assert (dollars == 100) if instrument == "EURUSD" else (14000 < dollars < 17000)


async def test_distances_of_a_market_order_count_from_the_quote_and_may_make_no_sense(oanda_trader: Any) -> None:
    assert (await oanda_trader.order(sl="25", sl_mode="PIPS", tp="1.5")).status_code == 201
    [position] = await oanda_trader.positions()
    assert float(dec(position["open_price"]) - dec(position["sl"])) == pytest.approx(0.0025, abs=0.0003)
    assert dec(position["tp"]) == Decimal("1.5")
    for level, mode in (("0.01", "PIPS"), ("0.001", "MONEY"), ("90000", "PIPS")):
        refused = await oanda_trader.order(sl=level, sl_mode=mode)
        assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_STOPS")


async def test_a_position_is_turned_round_unless_another_is_in_the_way(oanda_trader: Any, faults: Any) -> None:
    first = (await oanda_trader.order()).json()["position_id"]
    path = "/positions/{}/reverse"
    turned = await oanda_trader.send("POST", path.format(first))
    assert turned.status_code == 201, turned.text
    [position] = await oanda_trader.positions()
    assert (position["side"], dec(position["units"])) == ("SELL", 1000)
    assert position["position_id"] == turned.json()["position_id"]
    assert await oanda_trader.events() == ["ORDER_PLACED", "POSITION_CLOSED", "ORDER_PLACED"]
    gone = await oanda_trader.send("POST", path.format(first))
    assert (gone.status_code, gone.json()["code"]) == (404, "NOT_FOUND")
    by = {"opposite_position_id": first}
    query = {"broker_connection_id": oanda_trader.connection_id}
    apart = await oanda_trader.send("POST", f"/positions/{position['position_id']}/close-by", by, **query)
    assert (apart.status_code, apart.json()["code"]) == (400, "ORDER_REFUSED")
    await oanda_trader.order(side="SELL")
    crowded = await oanda_trader.send("POST", path.format(position["position_id"]))
    assert (crowded.status_code, crowded.json()["code"]) == (400, "ORDER_REFUSED")
    assert len(await oanda_trader.positions()) == 2


async def test_the_account_adds_up(oanda_trader: Any) -> None:
    await oanda_trader.order(units="100000")
    account = (await oanda_trader.send("GET", "/account")).json()
    assert account["currency"] == "USD"
    assert account["account_type"] == "demo"
    assert dec(account["margin_used"]) > 1000
    assert dec(account["equity"]) - dec(account["margin_used"]) == pytest.approx(
        dec(account["margin_available"]), abs=Decimal(1)
    )
    assert dec(account["margin_level"]) > 100


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"units": "90000000"}, 400, "INSUFFICIENT_MARGIN"),
        ({"units": "1.5"}, 400, "INVALID_VOLUME"),
        ({"units": "1000000000"}, 400, "INVALID_VOLUME"),
        ({"sl": "1.123456789"}, 400, "INVALID_STOPS"),
        ({"type": "LIMIT", "price": "1.123456789"}, 400, "INVALID_PRICE"),
        ({"instrument": "NOPAIR"}, 404, "UNKNOWN_INSTRUMENT"),
    ],
)
async def test_refusals_have_their_code_and_are_recorded(
    oanda_trader: Any, changes: dict[str, str], status: int, code: str
) -> None:
    refused = await oanda_trader.order(key="one", **changes)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    again = await oanda_trader.order(key="one", **changes)
    assert again.json()["detail"] == refused.json()["detail"]
    assert await oanda_trader.events() == ["ORDER_REJECTED"]


async def test_a_lack_of_margin_names_what_is_required_and_available(oanda_trader: Any) -> None:
    detail = (await oanda_trader.order(units="10000000")).json()["detail"]
    assert detail.startswith("Insufficient margin. Required: 2")
    assert "USD, Available: 100,000.00 USD" in detail
    yen = (await oanda_trader.order(units="10000000", instrument="USDJPY")).json()["detail"]
    assert "Required: 200,000.00 USD" in yen


async def test_a_closed_market(oanda_trader: Any, faults: Any) -> None:
    position_id = (await oanda_trader.order()).json()["position_id"]
    faults.halted = True
    refused = await oanda_trader.order()
    assert (refused.status_code, refused.json()["code"]) == (400, "MARKET_CLOSED")
    closing = await oanda_trader.send("DELETE", f"/positions/{position_id}")
    assert (closing.status_code, closing.json()["code"]) == (400, "MARKET_CLOSED")
    faults.halted = False
    assert (await oanda_trader.send("DELETE", f"/positions/{position_id}")).status_code == 200


async def test_the_kill_switch_closes_everything(oanda_trader: Any) -> None:
    await oanda_trader.order()
    await oanda_trader.order(instrument="USDJPY", side="SELL")
    await oanda_trader.order(type="LIMIT", price="0.9")
    body = {"broker_connection_id": oanda_trader.connection_id}
    answer = await oanda_trader.send("POST", "/stop-all", body)
    assert answer.json() == {"closed_positions": 2, "cancelled_orders": 1, "stopped_eas": 0, "failed": []}
    assert (await oanda_trader.events())[:3] == ["STOP_ALL", "POSITION_CLOSED", "POSITION_CLOSED"]
    assert await oanda_trader.positions() == []
    assert (await oanda_trader.send("GET", "/orders")).json() == []


async def test_the_kill_switch_ends_orders_of_kinds_that_are_not_shown_and_goes_on_past_a_failure(
    oanda_trader: Any, oanda: str, faults: Any
) -> None:
    await oanda_trader.order()
    async with httpx.AsyncClient(base_url=oanda, headers={"Authorization": "Bearer practice-key"}) as elsewhere:
        order = {"type": "MARKET_IF_TOUCHED", "instrument": "AUD_USD", "units": "700", "price": "0.2"}
        await elsewhere.post("/v3/accounts/101-001-1234567-001/orders", json={"order": order})
        assert (await oanda_trader.send("GET", "/orders")).json() == []
        body = {"broker_connection_id": oanda_trader.connection_id}
        faults.slow_down = 1  # the list of orders
        answer = (await oanda_trader.send("POST", "/stop-all", body)).json()
        assert (answer["closed_positions"], answer["cancelled_orders"], len(answer["failed"])) == (1, 0, 1)
        assert answer["failed"][0].startswith("Pending orders: OANDA does not answer")
        answer = (await oanda_trader.send("POST", "/stop-all", body)).json()
        assert (answer["cancelled_orders"], answer["failed"]) == (1, [])
        left = await elsewhere.get("/v3/accounts/101-001-1234567-001/pendingOrders")
    assert left.json()["orders"] == []


async def test_the_key_is_tested_before_it_is_stored(
    client: httpx.AsyncClient, trader: Any, connect_oanda: Any, services: Services
) -> None:
    cases = (
        ({"api_key": "wrong"}, 401, "INVALID_CREDENTIALS", "credentials.api_key"),
        ({"api_key": "schlüssel"}, 401, "INVALID_CREDENTIALS", "credentials.api_key"),
        ({"account_number": "101-001-7-007"}, 401, "INVALID_CREDENTIALS", "credentials.account_number"),
        ({"account_type": "live"}, 503, "BROKER_UNAVAILABLE", None),
    )
    for credentials, status, code, field in cases:
        answer = await connect_oanda(trader, **credentials)
        body = answer.json()
        assert (answer.status_code, body["code"], body.get("field")) == (status, code, field)
    assert (await client.get("/api/v1/onboarding/brokers", headers=trader.headers)).json() == []
    assert (await connect_oanda(trader)).status_code == 200
    [row] = (await client.get("/api/v1/onboarding/brokers", headers=trader.headers)).json()
    assert (row["account_number"], row["broker_name"], row["type"]) == ("101-001-1234567-001", "OANDA", "OANDA")
    async with services.db.as_service() as connection:
        stored = await connection.fetchval(
            "select credentials_encrypted from broker_connections where user_id = $1", trader.user_id
        )
    assert b"practice-key" not in stored


async def test_a_connection_is_switched_off_with_its_key_and_on_again(
    oanda_trader: Any, services: Services, connect_oanda: Any, sign_up: Any
) -> None:
    await oanda_trader.order()
    address = f"/api/v1/onboarding/brokers/{oanda_trader.connection_id}"
    stranger = await sign_up()
    foreign = await oanda_trader.client.delete(address, headers=stranger.headers)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "NOT_FOUND")
    assert (await oanda_trader.client.delete(address, headers=oanda_trader.headers)).status_code == 204
    refused = await oanda_trader.order()
    assert (refused.status_code, refused.json()["code"]) == (503, "BROKER_UNAVAILABLE")
    assert "switched off" in refused.json()["detail"]
    async with services.db.as_service() as connection:
        kept = await connection.fetchrow(
            "select is_active, credentials_encrypted from broker_connections where id = $1", oanda_trader.connection_id
        )
    assert tuple(kept) == (False, None)
    assert "ORDER_PLACED" in await oanda_trader.events()
    again = await connect_oanda(oanda_trader)
    assert again.json()["broker_connection_id"] == oanda_trader.connection_id
    assert len(await oanda_trader.positions()) == 1


async def test_an_account_is_connected_once(oanda_trader: Any, connect_oanda: Any) -> None:
    again = await connect_oanda(oanda_trader, server="Practice")
    assert again.json() == {"broker_connection_id": oanda_trader.connection_id}


async def test_a_key_that_was_withdrawn_says_what_to_do(oanda_trader: Any, services: Services) -> None:
    sealed = services.vault.encrypt({"api_key": "withdrawn"})
    async with services.db.as_service() as connection:
        await connection.execute("update broker_connections set credentials_encrypted = $1 where id = $2",
                                 sealed, oanda_trader.connection_id)  # fmt: skip
    refused = await oanda_trader.send("GET", "/account")
    assert (refused.status_code, refused.json()["code"]) == (503, "BROKER_UNAVAILABLE")
    assert "new one in Settings" in refused.json()["detail"]
    assert "withdrawn" not in refused.text
