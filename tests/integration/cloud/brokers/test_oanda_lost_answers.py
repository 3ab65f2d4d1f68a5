"""Whatever is lost between the cloud and OANDA: no order twice, none forgotten."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from agent_core.protocol.errors import ForexEliteError
from cloud.services import Services


async def journal_states(services: Services, trader: Any) -> list[str]:
    async with services.db.as_service() as connection:
        rows = await connection.fetch(
            "select state from broker_orders where broker_connection_id = $1 order by created_at", trader.connection_id
        )
    return [row["state"] for row in rows]


@pytest.mark.parametrize("fault", ["lost_answers", "broken_answers"])
async def test_an_order_whose_answer_is_lost_is_found(oanda_trader: Any, faults: Any, fault: str) -> None:
    setattr(faults, fault, 1)
    placed = await oanda_trader.order(key="k")
    assert placed.status_code == 201, placed.text
    [position] = await oanda_trader.positions()
    assert position["position_id"] == placed.json()["position_id"]
    assert (await oanda_trader.order(key="k")).json() == placed.json()
    assert len(await oanda_trader.positions()) == 1


async def test_a_refusal_whose_answer_is_lost_is_found(oanda_trader: Any, faults: Any) -> None:
    for changes, code in (({"units": "1.5"}, "INVALID_VOLUME"), ({"units": "90000000"}, "INSUFFICIENT_MARGIN")):
        faults.lost_answers = 1
        refused = await oanda_trader.order(**changes)
        assert (refused.status_code, refused.json()["code"]) == (400, code)


async def test_an_order_that_never_arrived_may_be_sent_again(
    oanda_trader: Any, faults: Any, services: Services
) -> None:
    faults.lost_requests = 1
    first = await oanda_trader.order(key="k")
    assert (first.status_code, first.json()["code"]) == (503, "BROKER_UNAVAILABLE")
    assert await journal_states(services, oanda_trader) == ["absent"]
    assert await oanda_trader.positions() == []
    second = await oanda_trader.order(key="k")
    assert second.status_code == 201, second.text
    assert len(await oanda_trader.positions()) == 1
    assert await journal_states(services, oanda_trader) == ["placed"]


async def test_an_order_that_arrives_when_nobody_expects_it_any_more_is_told(
    oanda_trader: Any, faults: Any, services: Services
) -> None:
    faults.late_requests, faults.late_seconds = 1, 1.0
    first = await oanda_trader.order(key="k")
    assert (first.status_code, first.json()["code"]) == (503, "BROKER_UNAVAILABLE")
    assert await journal_states(services, oanda_trader) == ["absent"]
    async with asyncio.timeout(5):
        while not await oanda_trader.positions():
            await asyncio.sleep(0.02)
    await services.reconciler.sweep(abandoned_seconds=0)
    assert await journal_states(services, oanda_trader) == ["placed"]
    assert (await oanda_trader.events())[0] == "ORDER_PLACED"
    assert (await oanda_trader.order(key="k")).status_code == 201
    assert len(await oanda_trader.positions()) == 1


async def test_without_the_journal_nobody_sends_again(oanda_trader: Any, faults: Any, services: Services) -> None:
    faults.lost_answers, faults.silent_journal = 1, 2
    first = await oanda_trader.order(key="k")
    assert (first.status_code, first.json()["code"]) == (503, "OUTCOME_UNKNOWN")
    again = await oanda_trader.order(key="k")
    assert again.json()["code"] == "OUTCOME_UNKNOWN"
    assert len(await oanda_trader.positions()) == 1
    assert await journal_states(services, oanda_trader) == ["sending"]
    await services.reconciler.sweep(abandoned_seconds=0)
    assert await journal_states(services, oanda_trader) == ["placed"]
    assert await oanda_trader.events() == ["ORDER_PLACED", "ORDER_UNKNOWN"]
    await services.reconciler.sweep(abandoned_seconds=0)
    assert len(await oanda_trader.events()) == 2


async def test_an_unknown_order_that_is_not_there_is_settled_too(
    oanda_trader: Any, faults: Any, services: Services
) -> None:
    assert (await oanda_trader.order(key="unreadable")).status_code == 201
    async with services.db.as_service() as tx:
        await tx.execute(
            "update broker_orders set state = 'sending', request = '{}' where broker_connection_id = $1",
            oanda_trader.connection_id,
        )
    faults.lost_requests, faults.silent_journal = 1, 2
    assert (await oanda_trader.order()).json()["code"] == "OUTCOME_UNKNOWN"
    await services.reconciler.sweep(abandoned_seconds=0)
    assert await journal_states(services, oanda_trader) == ["sending", "absent"]
    assert await oanda_trader.events() == ["ORDER_REJECTED", "ORDER_UNKNOWN", "ORDER_PLACED"]


@pytest.mark.parametrize("late", [0, 1])
async def test_the_same_order_sent_by_two_workers_is_placed_once(
    oanda_trader: Any, services: Services, faults: Any, late: int
) -> None:
    """Below the idempotency keys, the journal itself lets one through."""
    from agent_core.protocol.trading import OrderRequest
    from cloud.trading import repository

    async with services.db.as_service() as tx:
        account = await repository.broker_account(tx, oanda_trader.claims.user_id, oanda_trader.connection_id)
    assert account is not None
    request = OrderRequest.model_validate({
        "broker_connection_id": oanda_trader.connection_id, "instrument": "EURUSD", "side": "BUY", "units": "1000"
    })  # fmt: skip
    client_order_id = uuid4()
    # The one that sends waits for its answer; the others would look and find nothing yet.
    faults.late_requests, faults.late_seconds = late, 2.0
    services.oanda.set_answer_seconds(5)
    adapter = services.brokers.of(account)
    results = await asyncio.gather(
        *(adapter.place_order(request, client_order_id) for _ in range(3)), return_exceptions=True
    )
    placed = [result.order_id for result in results if not isinstance(result, BaseException)]
    refused = Counter(result.code for result in results if isinstance(result, ForexEliteError))
    assert (len(set(placed)), set(refused) | {"CONFLICT"}) == (1, {"CONFLICT"})
    assert not late or refused["CONFLICT"] == 2
    assert len(await oanda_trader.positions()) == 1


async def test_closings_and_changes_survive_lost_answers(oanda_trader: Any, faults: Any) -> None:
    position_id = (await oanda_trader.order()).json()["position_id"]
    faults.lost_answers = 1
    part = await oanda_trader.send("DELETE", f"/positions/{position_id}", units="400")
    assert part.status_code == 200, part.text
    assert [row["units"] for row in await oanda_trader.positions()] == ["600"]
    faults.lost_requests = 1
    nothing = await oanda_trader.send("DELETE", f"/positions/{position_id}", units="400")
    assert nothing.json()["code"] == "BROKER_UNAVAILABLE"
    assert [row["units"] for row in await oanda_trader.positions()] == ["600"]
    faults.lost_answers = 1
    change = await oanda_trader.send("PATCH", f"/positions/{position_id}", {"sl": "0.9"})
    assert change.json()["code"] == "OUTCOME_UNKNOWN"
    order_id = (await oanda_trader.order(type="LIMIT", price="0.9")).json()["order_id"]
    faults.lost_answers = 1
    assert (await oanda_trader.send("PATCH", f"/orders/{order_id}", {"price": "0.8"})).status_code == 200
    [order] = (await oanda_trader.send("GET", "/orders")).json()
    assert order["price"] == "0.8"
    faults.lost_answers = 1
    assert (await oanda_trader.send("DELETE", f"/orders/{order['order_id']}")).status_code == 204


async def test_an_order_that_filled_before_its_lost_cancelling_is_not_called_cancelled(
    oanda_trader: Any, faults: Any
) -> None:
    order_id = (await oanda_trader.order(type="LIMIT", price="900", instrument="USDCHF")).json()["order_id"]
    async with asyncio.timeout(10):
        while not await oanda_trader.positions():
            await asyncio.sleep(0.05)
    faults.lost_requests = 1
    assert (await oanda_trader.send("DELETE", f"/orders/{order_id}")).json()["code"] == "NOT_FOUND"
    waiting = (await oanda_trader.order(type="LIMIT", price="0.5", instrument="USDCHF")).json()["order_id"]
    faults.lost_requests = 1
    assert (await oanda_trader.send("DELETE", f"/orders/{waiting}")).json()["code"] == "OUTCOME_UNKNOWN"


@pytest.mark.parametrize("known", ["by the worker that died", "by nobody"])
async def test_a_closing_repeated_after_the_worker_died_is_done_once(
    oanda_trader: Any, services: Services, known: str
) -> None:
    position_id = (await oanda_trader.order()).json()["position_id"]
    first = await oanda_trader.send("DELETE", f"/positions/{position_id}", key="part", units="400")
    async with services.db.as_service() as tx:
        await tx.execute(
            """update idempotency_keys set status = null, answer = null, created_at = now() - interval '3 minutes'
               where user_id = $1""",
            oanda_trader.claims.user_id,
        )
        if known == "by nobody":
            await tx.execute(
                """update broker_orders set state = 'sending', outcome = null, updated_at = now() - interval '3 minutes'
                   where broker_connection_id = $1 and kind = 'close'""",
                oanda_trader.connection_id,
            )
    again = await oanda_trader.send("DELETE", f"/positions/{position_id}", key="part", units="400")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert [row["units"] for row in await oanda_trader.positions()] == ["600"]
    assert await oanda_trader.events() == ["POSITION_CLOSED", "ORDER_PLACED"]
    other = await oanda_trader.send("DELETE", f"/positions/{position_id}", key="other", units="400")
    assert other.status_code == 200
    assert [row["units"] for row in await oanda_trader.positions()] == ["200"]


async def test_a_closing_nobody_knows_of_is_settled_by_the_sweep(
    oanda_trader: Any, faults: Any, services: Services
) -> None:
    position_id = (await oanda_trader.order()).json()["position_id"]
    faults.lost_answers, faults.silent_journal = 1, 2
    lost = await oanda_trader.send("DELETE", f"/positions/{position_id}")
    assert lost.json()["code"] == "OUTCOME_UNKNOWN"
    await services.reconciler.sweep(abandoned_seconds=0)
    assert await journal_states(services, oanda_trader) == ["placed", "placed"]
    assert await oanda_trader.events() == ["POSITION_CLOSED", "ORDER_UNKNOWN", "ORDER_PLACED"]


async def test_a_vendor_that_asks_to_slow_down(oanda_trader: Any, faults: Any) -> None:
    faults.slow_down = 1
    refused = await oanda_trader.order(key="k")
    assert (refused.status_code, refused.json()["code"]) == (503, "BROKER_UNAVAILABLE")
    assert (await oanda_trader.order(key="k")).status_code == 201


@pytest.mark.parametrize("first", ["auditor", "reconciler"])
async def test_a_closing_found_later_is_told_once(
    oanda_trader: Any, faults: Any, services: Services, first: str
) -> None:
    async def audited() -> None:
        await services.auditor.sweep(read_again_after=timedelta(0))

    await audited()
    position_id = (await oanda_trader.order()).json()["position_id"]
    faults.lost_answers, faults.silent_journal = 1, 2
    lost = await oanda_trader.send("DELETE", f"/positions/{position_id}", units="400")
    assert lost.json()["code"] == "OUTCOME_UNKNOWN"
    if first == "auditor":
        await audited()
    await services.reconciler.sweep(abandoned_seconds=0)
    await audited()
    assert Counter(await oanda_trader.events()) == {"ORDER_PLACED": 1, "ORDER_UNKNOWN": 1, "POSITION_CLOSED": 1}


async def test_a_closing_of_as_many_units_by_another_request_is_not_taken_for_a_lost_one(
    oanda_trader: Any, faults: Any, services: Services
) -> None:
    position_id = (await oanda_trader.order()).json()["position_id"]
    faults.lost_requests, faults.silent_journal = 1, 2
    lost = await oanda_trader.send("DELETE", f"/positions/{position_id}", units="400", key="lost")
    assert lost.json()["code"] == "OUTCOME_UNKNOWN"
    done = await oanda_trader.send("DELETE", f"/positions/{position_id}", units="400", key="other")
    assert done.status_code == 200, done.text
    await services.reconciler.sweep(abandoned_seconds=0)
    assert await journal_states(services, oanda_trader) == ["placed", "absent", "placed"]
    assert (await oanda_trader.events()).count("POSITION_CLOSED") == 1
    assert [row["units"] for row in await oanda_trader.positions()] == ["600"]
