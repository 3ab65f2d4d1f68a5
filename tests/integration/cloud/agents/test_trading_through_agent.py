import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from cloud.services import Services

NOW = datetime.now(UTC).isoformat()
POSITION = {
    "position_id": "9001", "instrument": "EURUSD", "side": "BUY", "units": "1000", "open_price": "1.1",
    "current_price": "1.101", "pnl": "1.00", "opened_at": NOW,
}  # fmt: skip
ACCOUNT = {
    "balance": "10000", "equity": "10010", "margin_used": "0", "margin_available": "10010", "currency": "USD",
    "account_number": "1001", "account_type": "demo", "as_of": NOW,
}  # fmt: skip


async def _events(desk: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await desk.get("/trade-events")).json()
    return rows


async def test_an_order_is_filled_and_logged_once(desk: Any, make_outcome: Any, make_event: Any) -> None:
    async with desk.agent.serving(lambda job: ("completed", make_outcome())):
        first = await desk.post("/orders", desk.order(sl="1.09"), key="order-1")
        again = await desk.post("/orders", desk.order(sl="1.09"), key="order-1")
        other = await desk.post("/orders", desk.order(sl="1.08"), key="order-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert {name: first.json()[name] for name in ("order_id", "fill_price", "units")} == {
        "order_id": "7001", "fill_price": "1.1003", "units": "1000",
    }  # fmt: skip
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    [job] = desk.agent.done
    assert job.not_after is not None
    assert (job.payload["instrument"], job.payload["units"], job.payload["sl"]) == ("EURUSD", "1000", "1.09")
    await desk.agent.upload(
        make_event(1, "order_outcome", client_order_id=job.payload["client_order_id"], status="filled",
                   instrument="EURUSD", side="BUY", units="1000", price="1.1003", order_id="7001"),
    )  # fmt: skip
    [fact] = await _events(desk)
    assert (fact["event_type"], fact["broker_order_id"], fact["side"]) == ("ORDER_PLACED", "7001", "BUY")


@pytest.mark.parametrize("code", ["INSUFFICIENT_MARGIN", "MARKET_CLOSED", "ALGO_TRADING_DISABLED", "NOT_ARMED"])
async def test_a_refusal_arrives_in_the_agents_own_words(desk: Any, code: str) -> None:
    detail = "Insufficient margin. Required: $5,000, Available: $1,240"
    async with desk.agent.serving(lambda job: ("failed", {}, code, detail)):
        answer = await desk.post("/orders", desk.order(units="100000"))
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (400, code, detail)
    [fact] = await _events(desk)
    assert (fact["event_type"], fact["raw"]["code"]) == ("ORDER_REJECTED", code)


async def test_an_offline_agent_is_told_at_once_and_nothing_stays_behind(desk: Any) -> None:
    await desk.agent.beat()
    await desk.agent.beat(status="stopping")
    answer = await desk.post("/orders", desk.order())
    assert (answer.status_code, answer.json()["code"]) == (503, "AGENT_OFFLINE")
    assert "Last seen: 20" in answer.json()["detail"]
    assert (await desk.get("/jobs")).json() == []
    assert [fact["event_type"] for fact in await _events(desk)] == ["ORDER_REJECTED"]


async def test_an_agent_that_does_not_poll_gets_nothing_later(services: Services, desk: Any) -> None:
    services.jobs.times = replace(services.jobs.times, deadline=0.2, grace=0.2)
    await desk.agent.beat()
    answer = await desk.post("/orders", desk.order())
    assert (answer.status_code, answer.json()["code"]) == (503, "AGENT_OFFLINE")
    assert [job["status"] for job in (await desk.get("/jobs")).json()] == ["expired"]
    assert await desk.agent.poll() is None


async def test_an_agent_that_takes_an_order_and_falls_silent_leaves_it_unknown(services: Services, desk: Any) -> None:
    services.jobs.times = replace(services.jobs.times, deadline=0.3, grace=0.2)
    await desk.agent.beat()
    request = asyncio.create_task(desk.post("/orders", desk.order()))
    job = await desk.agent.poll(wait=5)
    await desk.agent.ack(job)
    answer = await request
    assert (answer.status_code, answer.json()["code"]) == (503, "OUTCOME_UNKNOWN")
    assert [fact["event_type"] for fact in await _events(desk)] == ["ORDER_UNKNOWN"]


async def test_the_gate_and_foreign_connections(
    desk: Any, open_desk: Callable[[], Awaitable[Any]], sign_up: Callable[[], Awaitable[Any]]
) -> None:
    stranger = await sign_up()
    body = desk.order()
    gated = await desk.http.post("/api/v1/orders", json=body, headers=stranger.headers)
    assert (gated.status_code, gated.json()["code"]) == (428, "ONBOARDING_INCOMPLETE")
    other = await open_desk()
    params = {"broker_connection_id": str(desk.connection)}
    for method, path, payload in (
        ("POST", "/orders", body),
        ("POST", "/stop-all", params),
        ("GET", "/positions", None),
        ("GET", "/account", None),
        ("PATCH", "/positions/9001", {"sl": "1.0"}),
        ("DELETE", "/positions/9001", None),
        ("DELETE", "/orders/1", None),
    ):
        answer = await other.request(method, path, payload, **({} if method == "POST" else params))
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path
    assert (await desk.get("/jobs")).json() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"units": "0"}, "units"),
        ({"instrument": "not an instrument"}, "instrument"),
        ({"type": "LIMIT"}, "price"),
        ({"price": "1.1"}, "price"),
        ({"side": "HOLD"}, "side"),
        ({"leverage": 10}, "leverage"),
    ],
)
async def test_orders_that_make_no_sense_name_their_field(desk: Any, change: dict[str, Any], field: str) -> None:
    answer = await desk.post("/orders", desk.order(**change))
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "VALIDATION_ERROR", field)


async def test_reading_and_changing(desk: Any, make_outcome: Any) -> None:
    pending = POSITION | {"order_id": "1", "type": "LIMIT", "price": "1.05", "placed_at": NOW}
    answers = {"account": ACCOUNT, "positions": {"positions": [POSITION]}, "orders": {"orders": [pending]}}

    def handle(job: Any) -> Any:
        return "completed", answers[job.payload["what"]] if job.type == "probe" else make_outcome()

    async with desk.agent.serving(handle):
        account = await desk.request("GET", "/account")
        positions = await desk.request("GET", "/positions")
        orders = await desk.request("GET", "/orders")
        moved = await desk.request("PATCH", "/positions/9001", {"sl": "1.095", "tp": None})
        repriced = await desk.request("PATCH", "/orders/1", {"price": "1.04"})
        cancelled = await desk.request("DELETE", "/orders/1")
    assert account.json()["equity"] == "10010"
    assert positions.json()[0]["pnl"] == "1.00"
    assert orders.json()[0]["type"] == "LIMIT"
    assert (moved.json(), repriced.json()) == ({"success": True}, {"success": True})
    assert (cancelled.status_code, cancelled.content) == (204, b"")
    payloads = [job.payload for job in desk.agent.done[3:]]
    assert (payloads[0]["sl"], payloads[0]["tp"], payloads[0]["keep"]) == ("1.095", None, ["price"])
    assert (payloads[1]["price"], payloads[1]["keep"]) == ("1.04", ["sl", "tp"])
    assert payloads[2]["order_id"] == "1"
    assert [fact["event_type"] for fact in await _events(desk)] == [
        "ORDER_CANCELLED", "ORDER_MODIFIED", "POSITION_MODIFIED",
    ]  # fmt: skip


async def test_changes_that_make_no_sense_are_refused(desk: Any) -> None:
    for path, body, field in (
        ("/positions/1", {}, None),
        ("/positions/1", {"price": "1.1"}, "price"),
        ("/orders/1", {"price": None}, "price"),
    ):
        answer = await desk.request("PATCH", path, body)
        assert (answer.status_code, answer.json().get("field")) == (400, field)


async def test_many_positions_come_page_by_page(desk: Any) -> None:
    rows = [POSITION | {"position_id": str(number)} for number in range(1000, 1060)]
    async with desk.agent.serving(lambda job: ("completed", {"positions": rows})):
        first = await desk.request("GET", "/positions")
        second = await desk.request("GET", "/positions", cursor=first.headers["X-Next-Cursor"])
    ids = [row["position_id"] for row in first.json() + second.json()]
    assert (len(first.json()), ids) == (50, [str(number) for number in range(1059, 999, -1)])
    assert "X-Next-Cursor" not in second.headers
    bad = await desk.request("GET", "/trade-events", cursor="bogus")
    assert (bad.status_code, bad.json()["field"]) == (400, "cursor")


async def test_a_closing_is_logged_once_whoever_tells_of_it_first(
    desk: Any, make_outcome: Any, make_event: Any
) -> None:
    told = {"position_id": "9001", "instrument": "EURUSD", "side": "BUY", "units": "1000.0", "price": "1.1003"}
    async with desk.agent.serving(lambda job: ("completed", make_outcome(order_id=str(uuid4().int)[:8]))):
        first = await desk.request("DELETE", "/positions/9001", units="1000")
        await desk.agent.upload(make_event(1, "position_closed", **told), make_event(2, "position_closed", **told))
        second = await desk.request("DELETE", "/positions/9001")
    assert first.json() == {"closed_price": "1.1003", "pnl": "1.25", "units": "1000"}
    assert second.status_code == 200
    facts = await _events(desk)
    assert [fact["event_type"] for fact in facts] == ["POSITION_CLOSED", "POSITION_CLOSED"]
    assert {fact["raw"]["event_seq"] for fact in facts} == {1, 2}
    assert all("command" in fact["raw"] for fact in facts)


async def test_stops_may_be_pips_or_money(desk: Any, make_outcome: Any) -> None:
    async with desk.agent.serving(lambda job: ("completed", make_outcome())):
        answer = await desk.post("/orders", desk.order(sl="20", sl_mode="PIPS", tp="50", tp_mode="MONEY"))
    assert answer.status_code == 201, answer.text
    [job] = desk.agent.done
    assert [job.payload[name] for name in ("sl", "sl_mode", "tp", "tp_mode")] == ["20", "PIPS", "50", "MONEY"]


async def test_positions_are_closed_by_each_other_and_turned_round(desk: Any, make_outcome: Any) -> None:
    def handle(job: Any) -> Any:
        return "completed", {"positions": [POSITION]} if job.type == "probe" else make_outcome()

    async with desk.agent.serving(handle):
        body = {"opposite_position_id": "9002"}
        closed = await desk.request("POST", "/positions/9001/close-by", body)
        turned = [
            await desk.http.post(
                "/api/v1/positions/9001/reverse", params={"broker_connection_id": desk.connection},
                headers={**desk.headers, "Idempotency-Key": "turn"},
            ) for _ in range(2)
        ]  # fmt: skip
    assert (closed.status_code, closed.json()) == (200, {"closed_price": "1.1003", "pnl": "1.25", "units": "1000"})
    assert [answer.status_code for answer in turned] == [201, 201]
    assert turned[0].json() == turned[1].json()
    closings = [job for job in desk.agent.done if job.type == "close"]
    assert [(job.payload["opposite_position_id"], job.payload["reverse"]) for job in closings] == [
        ("9002", False), (None, True),
    ]  # fmt: skip
    assert all(job.not_after is not None and job.payload["client_order_id"] for job in closings)
    facts = await _events(desk)
    assert [(fact["event_type"], fact["side"], fact["instrument"]) for fact in facts] == [
        ("ORDER_PLACED", "SELL", "EURUSD"), ("POSITION_CLOSED", None, None),
    ]  # fmt: skip


async def test_every_fill_is_logged_whoever_ordered_it(desk: Any, make_outcome: Any, make_event: Any) -> None:
    async with desk.agent.serving(lambda job: ("completed", make_outcome())):
        await desk.post("/orders", desk.order())

    def deal(number: int, order: str, entry: str) -> dict[str, Any]:
        return make_event(
            number, "deal", deal_id=str(number), order_id=order, position_id=order, entry=entry, instrument="EURUSD",
            side="BUY", lots="0.01", units="1000", price="1.1", profit="0", commission="0", swap="0",
        )  # fmt: skip

    await desk.agent.upload(deal(1, "7001", "in"), deal(2, "8001", "in"), deal(3, "8002", "out"))
    facts = await _events(desk)
    assert [(fact["event_type"], fact["broker_order_id"], fact["price"]) for fact in facts] == [
        ("ORDER_FILLED", "8001", "1.1"), ("ORDER_PLACED", "7001", "1.1003"),
    ]  # fmt: skip


async def test_the_kill_switch(desk: Any) -> None:
    done = {"closed_positions": 3, "cancelled_orders": 1, "stopped_eas": 2, "failed": ["Position 7: market closed."]}
    async with desk.agent.serving(lambda job: ("completed", done)):
        body = {"broker_connection_id": str(desk.connection), "cancel_orders": False}
        answer = await desk.post("/stop-all", body, key="panic")
    assert (answer.status_code, answer.json()) == (200, done)
    [job] = desk.agent.done
    assert (job.type, job.payload["cancel_orders"], job.payload["stop_eas"]) == ("close_all", False, True)
    assert [fact["event_type"] for fact in await _events(desk)] == ["STOP_ALL"]


async def test_an_order_never_reaches_another_account_of_the_terminal(desk: Any, make_event: Any) -> None:
    await desk.agent.upload(make_event(1, "account", **(ACCOUNT | {"account_number": "2002"})))
    answer = await desk.post("/orders", desk.order())
    assert (answer.status_code, answer.json()["code"]) == (503, "BROKER_UNAVAILABLE")
    assert "2002" in answer.json()["detail"]
    assert (await desk.get("/jobs")).json() == []


async def test_an_answer_that_can_not_be_read_is_never_taken_for_success(desk: Any) -> None:
    async with desk.agent.serving(lambda job: ("completed", {"nonsense": True})):
        order = await desk.post("/orders", desk.order())
        positions = await desk.request("GET", "/positions")
    assert (order.status_code, order.json()["code"]) == (503, "OUTCOME_UNKNOWN")
    assert (positions.status_code, positions.json()["code"]) == (503, "BROKER_UNAVAILABLE")


async def test_what_the_terminal_tells_is_logged_for_the_account_it_is_signed_in_to(desk: Any, make_event: Any) -> None:
    credentials = {"agent_id": str(desk.agent.id), "account_number": "2002", "server": "Demo"}
    body = {"type": "MT5", "label": "Second", "credentials": credentials}
    second = (await desk.http.put("/api/v1/onboarding/brokers", json=body, headers=desk.headers)).json()
    closed = {"instrument": "EURUSD", "side": "BUY", "units": "1000", "price": "1.1"}
    await desk.agent.upload(
        make_event(1, "account", **ACCOUNT), make_event(2, "position_closed", position_id="1", **closed),
        make_event(3, "account", **(ACCOUNT | {"account_number": "2002"})),
        make_event(4, "position_closed", position_id="2", **closed),
    )  # fmt: skip
    logged = {fact["broker_position_id"]: fact["broker_connection_id"] for fact in await _events(desk)}
    assert logged == {"1": str(desk.connection), "2": second["broker_connection_id"]}
