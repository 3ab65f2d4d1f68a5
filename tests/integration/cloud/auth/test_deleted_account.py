"""An account that is deleted while its token is still good and its agent at work."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest


@pytest.fixture
async def deleted(client: httpx.AsyncClient, sign_up: Any, backend: Any) -> tuple[Any, Any]:
    """The user's headers, and what their agent's key answers to a poll that waits while the account is deleted."""
    user = await sign_up()
    paired = (await client.post("/api/v1/agents/pair", json={"agent_name": "Desk"}, headers=user.headers)).json()
    place, key = f"/api/v1/agents/{paired['agent_id']}/jobs/next", {"X-Agent-Key": paired["pairing_key"]}
    waiting = asyncio.create_task(client.get(f"{place}?wait=20", headers=key))
    admin = await asyncpg.connect(backend.superuser_dsn)
    try:
        while not await admin.fetchval("select status = 'online' from mt5_agents where user_id = $1", user.user_id):
            await asyncio.sleep(0.02)
        await admin.execute("delete from auth.users where id = $1", user.user_id)
    finally:
        await admin.close()
    async with asyncio.timeout(5):
        ended = await waiting
    return user, (ended, await client.get(f"{place}?wait=0", headers=key))


async def test_nothing_is_left_to_write_for_and_no_work_is_handed_out(
    client: httpx.AsyncClient, deleted: tuple[Any, Any]
) -> None:
    user, (ended, next_poll) = deleted
    assert ended.json() == {"no_jobs": True}
    assert (next_poll.status_code, next_poll.json()["code"]) == (401, "INVALID_AGENT_KEY")
    order = {"broker_connection_id": str(user.user_id), "instrument": "EURUSD", "side": "BUY", "units": "1"}
    broker = {"type": "MT5", "label": "x", "credentials": {"agent_id": str(user.user_id), "account_number": "1"}}
    for method, path, body, status, code in [
        ("PUT", "/onboarding/preferences", {"risk_percent": 2}, 401, "INVALID_JWT"),
        ("POST", "/agents/pair", {"agent_name": "Other"}, 401, "INVALID_JWT"),
        ("PUT", "/onboarding/brokers", broker, 404, "NOT_FOUND"),
        ("POST", "/orders", order, 428, "ONBOARDING_INCOMPLETE"),
        ("GET", "/jobs", None, 200, None),
    ]:
        answer = await client.request(
            method, f"/api/v1{path}", json=body, headers={**user.headers, "Idempotency-Key": "again"}
        )
        found = answer.json()
        assert (answer.status_code, found["code"] if status > 200 else None) == (status, code), answer.text
