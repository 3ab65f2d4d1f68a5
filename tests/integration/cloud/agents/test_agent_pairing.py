import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from cloud.agents.keys import make_key
from cloud.services import Services


async def test_the_key_is_shown_once_and_only_its_fingerprint_kept(desk: Any, services: Services) -> None:
    listed = await desk.get("/agents")
    assert [row["agent_name"] for row in listed.json()] == ["VPS"]
    assert desk.agent.key not in listed.text
    async with services.db.as_service() as tx:
        row = await tx.fetchrow("select * from mt5_agents where id = $1", desk.agent.id)
    assert desk.agent.key not in str(dict(row))
    assert (await desk.agent.beat()).json()["acknowledged"] is True


async def test_wrong_keys_are_refused(desk: Any) -> None:
    good = desk.agent.key
    for key in ("", "nonsense", "fep_äö.x", good[:-2] + "AA", make_key(b"other secret", desk.agent.id, 1)):
        answer = await desk.http.post(
            f"/api/v1/agents/{desk.agent.id}/heartbeat", json={}, headers={"X-Agent-Key": key.encode()}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_AGENT_KEY")


async def test_an_agent_reaches_only_its_own_address(desk: Any, open_desk: Callable[[], Awaitable[Any]]) -> None:
    other = await open_desk()
    answer = await desk.http.post(f"/api/v1/agents/{other.agent.id}/heartbeat", json={}, headers=desk.agent.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_a_new_key_ends_the_old_one(desk: Any) -> None:
    answer = await desk.post(f"/agents/{desk.agent.id}/key")
    assert answer.status_code == 201
    assert (await desk.agent.beat()).status_code == 401
    keys = {desk.agent.key: 401, answer.json()["pairing_key"]: 200}
    for _ in range(5):  # the new one is soon remembered as good, which makes the old one no better
        for desk.agent.key, status in keys.items():
            assert (await desk.agent.beat()).status_code == status


@pytest.mark.parametrize(("method", "place"), [("POST", "/agents/{}/key"), ("DELETE", "/agents/{}")])
async def test_a_poll_that_waits_under_a_key_that_ended_is_over(
    desk: Any, services: Services, method: str, place: str
) -> None:
    waiting = asyncio.create_task(desk.agent.poll(wait=20))
    async with asyncio.timeout(5):
        while desk.agent.id not in services.delivery.waiting:
            await asyncio.sleep(0.01)
        assert (await desk.request(method, place.format(desk.agent.id))).is_success
        assert await waiting is None


async def test_a_key_that_ends_elsewhere_is_refused_soon(desk: Any, services: Services) -> None:
    assert (await desk.agent.beat()).status_code == 200
    async with services.db.as_service() as tx:
        await tx.execute("update mt5_agents set revoked_at = now() where id = $1", desk.agent.id)
    async with asyncio.timeout(3):  # keys are remembered for longer than that
        while (await desk.agent.beat()).status_code != 401:
            await asyncio.sleep(0.01)


async def test_unpairing_ends_everything_that_went_through_the_agent(desk: Any) -> None:
    version = await desk.new_version()
    body = {"version_id": str(version), "agent_id": str(desk.agent.id), "symbol": "EURUSD"}
    created = await desk.post("/deployments", body | {"broker_connection_id": str(desk.connection)})
    assert created.status_code == 201, created.text
    answer = await desk.http.delete(f"/api/v1/agents/{desk.agent.id}", headers=desk.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await desk.agent.beat()).status_code == 401
    assert (await desk.get("/agents")).json() == []
    job = (await desk.get(f"/jobs/{created.json()['job_id']}")).json()
    assert job["status"] == "cancelled"
    refused = await desk.post("/orders", desk.order())
    assert (refused.status_code, refused.json()["code"]) == (503, "AGENT_OFFLINE")


async def test_foreign_agents_can_be_neither_unpaired_nor_rekeyed(
    desk: Any, open_desk: Callable[[], Awaitable[Any]]
) -> None:
    other = await open_desk()
    for agent_id in (other.agent.id, uuid4()):
        unpaired = await desk.http.delete(f"/api/v1/agents/{agent_id}", headers=desk.headers)
        rekeyed = await desk.post(f"/agents/{agent_id}/key")
        assert (unpaired.status_code, rekeyed.status_code) == (404, 404)
    assert (await other.agent.beat()).status_code == 200


async def test_what_waits_for_an_agent_that_is_unpaired_is_answered_as_described(desk: Any, services: Services) -> None:
    await desk.agent.poll()
    asked = [
        ("get", "/account", "/account", None), ("get", "/positions", "/positions", None),
        ("get", "/orders", "/orders", None), ("delete", "/orders/1", "/orders/{order_id}", None),
        ("patch", "/orders/1", "/orders/{order_id}", {"price": "1"}),
        ("patch", "/positions/1", "/positions/{position_id}", {"sl": "1"}),
        ("get", "/candles/EURUSD", "/candles/{instrument}", None),
    ]  # fmt: skip
    waiting = [asyncio.create_task(desk.request(verb.upper(), path, body)) for verb, path, _, body in asked]
    counting = "select count(*) from jobs where agent_id = $1 and status = 'pending'"
    async with asyncio.timeout(10):
        while True:
            async with services.db.as_service() as tx:
                if await tx.fetchval(counting, desk.agent.id) == len(asked):
                    break
    assert (await desk.request("DELETE", f"/agents/{desk.agent.id}")).status_code == 204
    described = (await desk.http.get("/api/v1/openapi.json")).json()["paths"]
    for (verb, _, template, _), task in zip(asked, waiting, strict=True):
        answer = await task
        assert answer.json()["code"] == "CONFLICT", answer.text
        examples = described[f"/api/v1{template}"][verb]["responses"][str(answer.status_code)]
        assert "CONFLICT" in examples["content"]["application/problem+json"]["examples"]


async def test_an_order_the_agent_had_begun_when_it_was_unpaired_is_not_called_cancelled(desk: Any) -> None:
    await desk.agent.poll()
    placing = asyncio.create_task(desk.post("/orders", desk.order()))
    job = await desk.agent.poll(wait=5)
    assert (await desk.agent.ack(job)).status_code == 200
    assert (await desk.request("DELETE", f"/agents/{desk.agent.id}")).status_code == 204
    answer = await placing
    assert (answer.status_code, answer.json()["code"]) == (503, "OUTCOME_UNKNOWN"), answer.text
    assert (await desk.get(f"/jobs/{job.job_id}")).json()["status"] == "dead"
