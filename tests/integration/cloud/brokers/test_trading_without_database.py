"""The database takes nothing any more while an order is at the broker: nobody is told to send it again."""

from datetime import timedelta
from typing import Any

import pytest

from cloud.services import Services

pytestmark = pytest.mark.logs_errors


async def test_an_order_whose_outcome_could_not_be_written_is_unknown_and_settled_later(
    oanda_trader: Any, services: Services, full_disk: Any
) -> None:
    fill, clear = full_disk
    await fill("broker_orders", "new.state = 'placed'")
    first = await oanda_trader.order(key="once")
    assert (first.status_code, first.json()["code"]) == (503, "OUTCOME_UNKNOWN")
    assert "before trying again" in first.json()["detail"]
    again = await oanda_trader.order(key="once")
    assert again.json()["code"] == "OUTCOME_UNKNOWN"
    await clear()
    assert len(await oanda_trader.positions()) == 1
    await services.reconciler.sweep(abandoned_seconds=0)
    assert await oanda_trader.events() == ["ORDER_PLACED", "ORDER_UNKNOWN"]


async def test_what_was_done_is_answered_although_it_could_not_be_noted(
    oanda_trader: Any, services: Services, full_disk: Any
) -> None:
    fill, clear = full_disk
    await services.auditor.sweep(read_again_after=timedelta(0))
    await fill("trade_events", f"new.user_id = '{oanda_trader.claims.user_id}'")
    await fill("idempotency_keys", f"new.status is not null and new.user_id = '{oanda_trader.claims.user_id}'")
    placed = await oanda_trader.order(key="once")
    assert placed.status_code == 201, placed.text
    closed = await oanda_trader.send("DELETE", f"/positions/{placed.json()['position_id']}")
    assert closed.status_code == 200, closed.text
    assert (await oanda_trader.order(key="once")).json()["code"] == "CONFLICT"
    await clear()
    assert await oanda_trader.positions() == []
    await services.auditor.sweep(read_again_after=timedelta(0))
    assert await oanda_trader.events() == ["POSITION_CLOSED", "ORDER_PLACED"]


async def test_the_kill_switch_needs_no_database(oanda_trader: Any, full_disk: Any, faults: Any) -> None:
    for instrument in ("EURUSD", "USDJPY", "XAUUSD"):
        await oanda_trader.order(instrument=instrument, units="10")
    fill, clear = full_disk
    await fill("broker_orders", f"new.user_id = '{oanda_trader.claims.user_id}'")
    await fill("trade_events", f"new.user_id = '{oanda_trader.claims.user_id}'")
    faults.lost_answers = 1
    body = {"broker_connection_id": oanda_trader.connection_id}
    answer = await oanda_trader.send("POST", "/stop-all", body)
    assert (answer.status_code, answer.json()["closed_positions"], answer.json()["failed"]) == (200, 3, []), answer.text
    assert await oanda_trader.positions() == []
    await clear()
