"""What happens at OANDA without the cloud lands in the audit log too, once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cloud.services import Services

NOW = timedelta(0)


async def _rows(trader: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await trader.client.get("/api/v1/trade-events", headers=trader.headers)).json()
    return rows


async def test_stops_fills_and_trades_made_elsewhere(oanda_trader: Any, services: Services, oanda: str) -> None:
    await services.auditor.sweep(read_again_after=NOW)  # from here on
    mine = (await oanda_trader.order()).json()["position_id"]
    limit = (await oanda_trader.order(type="LIMIT", price="9", instrument="USDJPY", side="SELL")).json()["order_id"]
    await oanda_trader.order(type="LIMIT", price="900", instrument="USDCHF", units="500")
    assert (await oanda_trader.send("DELETE", f"/positions/{mine}", units="400")).status_code == 200
    base = f"{oanda}/v3/accounts/101-001-1234567-001"
    async with httpx.AsyncClient(base_url=base, headers={"Authorization": "Bearer practice-key"}) as elsewhere:
        order = {"type": "MARKET", "instrument": "AUD_USD", "units": "-700", "timeInForce": "FOK"}
        made = await elsewhere.post("/orders", json={"order": order})
        assert made.status_code == 201, made.text
        # A stop that the market has passed ends the trade at once.
        stopped = await elsewhere.put(f"/trades/{mine}/orders", json={"stopLoss": {"price": "5"}})
        assert "stopLossOrderFillTransaction" in stopped.json()
    async with asyncio.timeout(20):  # the stand-in's market goes on by itself
        while any(row["position_id"] == mine for row in await oanda_trader.positions()):
            await asyncio.sleep(0.05)
        while (await oanda_trader.send("GET", "/orders")).json():
            await asyncio.sleep(0.05)
    for _ in range(2):
        await services.auditor.sweep(read_again_after=NOW)
    rows = await _rows(oanda_trader)
    filled = [row for row in rows if row["event_type"] == "ORDER_FILLED"]
    assert Counter(row["instrument"] for row in filled) == {"USDJPY": 1, "USDCHF": 1, "AUDUSD": 1}
    assert next(row for row in filled if row["instrument"] == "USDJPY")["broker_order_id"] == limit
    closed = [row for row in rows if row["event_type"] == "POSITION_CLOSED"]
    assert sum(float(row["units"]) for row in closed) == 1000
    assert "STOP_LOSS_ORDER" in {row["raw"]["reason"] for row in closed}
    assert {row["side"] for row in closed} == {"BUY"}
    assert any({"command", "transaction"} <= set(row["raw"]) for row in closed)


async def test_what_was_read_is_not_read_again_soon(oanda_trader: Any, services: Services) -> None:
    await services.auditor.sweep()
    await oanda_trader.order()
    await services.auditor.sweep()
    async with services.db.as_service() as tx:
        first = await tx.fetchval(
            "select journal_read_to from broker_connections where id = $1", oanda_trader.connection_id
        )
    await services.auditor.sweep(read_again_after=NOW)
    async with services.db.as_service() as tx:
        second = await tx.fetchval(
            "select journal_read_to from broker_connections where id = $1", oanda_trader.connection_id
        )
    assert int(second) == int(first) + 2
    assert await oanda_trader.events() == ["ORDER_PLACED"]


async def test_what_a_stopped_cloud_did_not_write_down_is_told_by_the_journal(
    oanda_trader: Any, services: Services
) -> None:
    market = (await oanda_trader.order()).json()
    waiting = (await oanda_trader.order(type="LIMIT", price="0.5")).json()["order_id"]
    assert (await oanda_trader.send("PATCH", f"/orders/{waiting}", {"price": "0.6"})).status_code == 200
    before = await _rows(oanda_trader)
    async with services.db.as_service() as tx:
        await tx.execute("delete from trade_events where user_id = $1", oanda_trader.claims.user_id)
        await tx.execute(
            "update broker_connections set journal_read_to = '1' where id = $1", oanda_trader.connection_id
        )
    for _ in range(2):
        await services.auditor.sweep(read_again_after=NOW)
    rows = await _rows(oanda_trader)
    assert [row["event_type"] for row in rows] == ["ORDER_PLACED"] * 2
    assert {row["id"] for row in rows} == {row["id"] for row in before if row["event_type"] == "ORDER_PLACED"}
    assert (rows[1]["broker_order_id"], rows[1]["broker_position_id"], rows[1]["price"]) == (
        market["order_id"], market["position_id"], market["fill_price"],
    )  # fmt: skip
    assert (rows[0]["broker_order_id"], rows[0]["price"], rows[0]["units"]) == (waiting, "0.5", "1000")


@pytest.mark.logs_errors
async def test_an_order_that_arrives_after_it_was_sent_again_raises_an_alert(
    oanda_trader: Any, services: Services, faults: Any
) -> None:
    """What nobody can prevent: a request that was given up reaches OANDA after all, when it was sent again already."""
    await services.auditor.sweep(read_again_after=NOW)
    faults.late_requests, faults.late_seconds = 1, 2.0
    assert (await oanda_trader.order(key="k")).json()["code"] == "BROKER_UNAVAILABLE"
    second = (await oanda_trader.order(key="k")).json()["order_id"]
    async with asyncio.timeout(10):
        while len(await oanda_trader.positions()) < 2:
            await asyncio.sleep(0.05)
    for _ in range(2):
        await services.auditor.sweep(read_again_after=NOW)
    placed = {row["broker_order_id"] for row in await _rows(oanda_trader) if row["event_type"] == "ORDER_PLACED"}
    assert len(placed) == 2
    assert second in placed
    [alert] = (await oanda_trader.client.get("/api/v1/alerts", headers=oanda_trader.headers)).json()
    assert alert["level"] == "error"
    assert all(order in alert["message"] for order in placed)


async def test_two_readers_of_one_journal_tell_each_closing_once(oanda_trader: Any, services: Services) -> None:
    await services.auditor.sweep(read_again_after=NOW)
    position_id = (await oanda_trader.order()).json()["position_id"]
    for _ in range(2):
        assert (await oanda_trader.send("DELETE", f"/positions/{position_id}", units="300")).status_code == 200
    await asyncio.gather(*(services.auditor.sweep(read_again_after=NOW) for _ in range(3)))
    closed = [row for row in await _rows(oanda_trader) if row["event_type"] == "POSITION_CLOSED"]
    assert sorted(row["raw"]["transaction"] for row in closed) == ["5", "7"]


async def test_closings_of_two_accounts_are_not_taken_for_each_other(
    oanda_trader: Any, services: Services, client: httpx.AsyncClient
) -> None:
    """Each account counts its trades from one, so that two of a user's have positions of the same number and size."""
    position_id = (await oanda_trader.order()).json()["position_id"]
    assert (await oanda_trader.send("DELETE", f"/positions/{position_id}")).status_code == 200
    async with services.db.as_service() as tx:
        other = await tx.fetchval(
            """insert into broker_connections (user_id, type, account_number, server, label, credentials_encrypted,
                   journal_read_to)
               select user_id, type, account_number, 'another account', label, credentials_encrypted, '1'
               from broker_connections where id = $1 returning id""",
            oanda_trader.connection_id,
        )
    await services.auditor.sweep(read_again_after=NOW)
    closed = [row for row in await _rows(oanda_trader) if row["event_type"] == "POSITION_CLOSED"]
    assert {row["broker_connection_id"] for row in closed} == {oanda_trader.connection_id, str(other)}
    await client.delete(f"/api/v1/onboarding/brokers/{other}", headers=oanda_trader.headers)
