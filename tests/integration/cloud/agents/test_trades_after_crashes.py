"""A request repeated after the cloud died in the middle of the first: the terminal does it once."""

from typing import Any
from uuid import UUID

import pytest

from cloud.services import Services


async def _die_after_sending(services: Services, desk: Any) -> None:
    """Leaves the key as a worker leaves it that died before it could write its answer down, over two minutes ago."""
    async with services.db.as_service() as tx:
        await tx.execute(
            """update idempotency_keys set status = null, answer = null, created_at = now() - interval '3 minutes'
               where user_id = $1""",
            desk.trader.user_id,
        )


async def test_a_part_of_a_position_is_closed_once(services: Services, desk: Any, make_outcome: Any) -> None:
    done: dict[str, dict[str, Any]] = {}

    def close(job: Any) -> Any:
        """The agent's journal: what it knows is answered, not done again."""
        known = done.setdefault(job.payload["client_order_id"], make_outcome(order_id=str(7001 + len(done))))
        return "completed", known

    params = {"broker_connection_id": str(desk.connection), "units": "500"}
    answers = []
    async with desk.agent.serving(close):
        for key in ("one", "one", "two"):
            headers = {**desk.headers, "Idempotency-Key": key}
            answers.append(await desk.http.delete("/api/v1/positions/9001", params=params, headers=headers))
            await _die_after_sending(services, desk)
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert (len(desk.agent.done), len(done)) == (3, 2)
    facts = (await desk.get("/trade-events")).json()
    assert [fact["broker_order_id"] for fact in facts] == ["7002", "7001"]


async def test_every_job_that_trades_names_its_account(desk: Any, make_outcome: Any) -> None:
    stopped = {"closed_positions": 0, "cancelled_orders": 0, "stopped_eas": 0, "failed": []}
    async with desk.agent.serving(lambda job: ("completed", stopped if job.type == "close_all" else make_outcome())):
        await desk.post("/orders", desk.order())
        await desk.request("PATCH", "/positions/1", {"sl": "1.0"})
        await desk.request("PATCH", "/orders/1", {"price": "1.0"})
        await desk.request("DELETE", "/positions/1")
        await desk.request("DELETE", "/orders/1")
        await desk.post("/stop-all", {"broker_connection_id": str(desk.connection)})
    sent = [(job.type.value, job.payload["account_number"]) for job in desk.agent.done]
    assert sent == [(kind, "1001") for kind in ("order", "modify", "modify", "close", "cancel", "close_all")]


@pytest.mark.parametrize(("status", "code"), [("failed", "MARKET_CLOSED"), ("failed", "OUTCOME_UNKNOWN")])
async def test_every_refusal_is_in_the_log(desk: Any, status: str, code: str) -> None:
    async with desk.agent.serving(lambda job: (status, {}, code, "Because.")):
        await desk.request("PATCH", "/positions/1", {"sl": "1.0"})
        await desk.request("PATCH", "/orders/1", {"price": "1.0"})
        await desk.request("DELETE", "/orders/1")
        await desk.request("DELETE", "/positions/1")
        await desk.post("/stop-all", {"broker_connection_id": str(desk.connection)})
    facts = (await desk.get("/trade-events")).json()
    kind = "ORDER_UNKNOWN" if code == "OUTCOME_UNKNOWN" else "ORDER_REJECTED"
    assert {(fact["event_type"], fact["raw"]["code"], fact["raw"]["detail"]) for fact in facts} == {
        (kind, code, "Because.")
    }
    assert [fact["raw"]["action"] for fact in reversed(facts)] == [
        "modify_position", "modify_order", "cancel_order", "close_position", "stop_all",
    ]  # fmt: skip


async def test_starting_names_the_account_and_stopping_does_not(desk: Any) -> None:
    version = await desk.new_version()
    wanted = {
        "version_id": str(version), "agent_id": str(desk.agent.id), "symbol": "EURUSD",
        "broker_connection_id": str(desk.connection),
    }  # fmt: skip

    def work(job: Any) -> Any:
        status = {"start": "running", "stop": "stopped"}.get(job.type.value, "deployed")
        return "completed", {"deployment_id": job.payload["deployment_id"], "status": status}

    async with desk.agent.serving(work):
        deployment = UUID((await desk.post("/deployments", wanted)).json()["deployment_id"])
        await desk.post(f"/deployments/{deployment}/run")
        await desk.post(f"/deployments/{deployment}/stop")
    numbers = {job.type.value: job.payload.get("account_number") for job in desk.agent.done}
    assert numbers == {"deploy": None, "start": "1001", "stop": None}
