from typing import Any

import httpx
import pytest

from cloud.settings import CloudSettings


@pytest.fixture
def cloud_settings(backend: Any) -> CloudSettings:
    settings: CloudSettings = backend.settings(
        user_requests_a_minute=5, sign_ins_per_5_minutes=3, refreshes_per_5_minutes=2
    )
    return settings


async def test_a_users_requests(client: httpx.AsyncClient, sign_up: Any) -> None:
    user, other = await sign_up(), await sign_up()
    for _ in range(5):
        assert (await client.get("/api/v1/auth/me", headers=user.headers)).status_code == 200
    refused = await client.get("/api/v1/auth/me", headers=user.headers)
    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert (await client.get("/api/v1/auth/me", headers=other.headers)).status_code == 200


async def test_who_asked_too_much_can_still_get_out(client: httpx.AsyncClient, sign_up: Any) -> None:
    user = await sign_up()
    for _ in range(5):
        await client.get("/api/v1/auth/me", headers=user.headers)
    assert (await client.get("/api/v1/auth/me", headers=user.headers)).status_code == 429
    connection = {"broker_connection_id": str(user.user_id)}
    ways = [
        ("POST", "/stop-all", connection, {}),
        ("DELETE", "/positions/1", None, connection),
        ("DELETE", "/orders/1", None, connection),
        ("POST", f"/deployments/{user.user_id}/stop", None, {}),
        ("POST", "/stop-all", connection, {}),
        ("POST", "/stop-all", connection, {}),
    ]
    statuses = [
        (await client.request(verb, f"/api/v1{path}", json=body, params=query, headers=user.headers)).status_code
        for verb, path, body, query in ways
    ]
    assert statuses == [428, 428, 428, 428, 428, 429]  # the gate stands there all the same


async def test_sign_ins_of_an_address(client: httpx.AsyncClient) -> None:
    body = {"email": "nobody@example.com", "password": "wrong wrong"}
    statuses = [(await client.post("/api/v1/auth/login", json=body)).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    refreshes = [(await client.post("/api/v1/auth/refresh", json={"refresh_token": "x"})).status_code for _ in range(3)]
    assert refreshes == [401, 401, 429]


async def test_bodies_above_one_megabyte(client: httpx.AsyncClient) -> None:
    async def chunks() -> Any:
        for _ in range(11):
            yield b"x" * 100_000

    declared = await client.post("/api/v1/auth/login", content=b"x" * 1_000_001)
    streamed = await client.post("/api/v1/auth/login", content=chunks(), headers={"content-type": "application/json"})
    for answer in (declared, streamed):
        assert answer.status_code == 413
        assert answer.json()["code"] == "PAYLOAD_TOO_LARGE"
