from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from agent_core.protocol.errors import HTTP_STATUS, ErrorCode, ForexEliteError
from agent_core.protocol.problem import Problem
from agent_core.protocol.trading import OrderRequest
from cloud.metrics import RECENT
from cloud.middleware import BodyLimit, RequestContext
from cloud.problems import RateLimitedError, install_problem_handlers

ERRORS: dict[str, Exception] = {
    "database_down": ConnectionRefusedError("10.0.0.1"),
    "database_busy": asyncpg.TooManyConnectionsError("sorry"),
    "vendor_down": httpx.ConnectTimeout("x"),
    "nul": asyncpg.UntranslatableCharacterError("unsupported Unicode escape sequence"),
    "id_taken": asyncpg.UniqueViolationError("duplicate key secret detail"),
    "foreign_row": asyncpg.InsufficientPrivilegeError("policy"),
    "bug": ZeroDivisionError("secret detail"),
    "limited": RateLimitedError("Too many requests.", retry_after=7),
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install_problem_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestContext)

    @app.post("/orders/{order_id}")
    async def order(order_id: int, request: OrderRequest) -> None: ...

    @app.get("/fail/{name}")
    async def fail(name: str) -> None:
        raise ERRORS[name] if name in ERRORS else ForexEliteError(ErrorCode(name), "Because.", field="units")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as made:
        yield made


@pytest.mark.parametrize("code", list(ErrorCode))
async def test_every_code_has_its_status(client: httpx.AsyncClient, code: ErrorCode) -> None:
    answer = await client.get(f"/fail/{code}", headers={"X-Request-ID": "my-request-1"})
    problem = Problem.model_validate_json(answer.content)
    assert answer.status_code == problem.status == HTTP_STATUS[code]
    assert (problem.code, problem.detail, problem.field) == (code, "Because.", "units")
    assert (problem.type, problem.instance) == (f"/problems/{code.lower()}", "my-request-1")
    assert answer.headers["x-request-id"] == "my-request-1"


@pytest.mark.parametrize(("name", "code"), [
    ("database_down", "SERVICE_UNAVAILABLE"), ("database_busy", "SERVICE_UNAVAILABLE"),
    ("vendor_down", "SERVICE_UNAVAILABLE"), ("foreign_row", "FORBIDDEN"), ("bug", "INTERNAL_ERROR"),
    ("nul", "VALIDATION_ERROR"), ("id_taken", "CONFLICT"),
])  # fmt: skip
async def test_foreign_errors(client: httpx.AsyncClient, name: str, code: str) -> None:
    answer = await client.get(f"/fail/{name}")
    assert answer.json()["code"] == code
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["instance"]
    for secret in ("10.0.0.1", "policy", "secret detail"):
        assert secret not in answer.text


async def test_when_to_try_again(client: httpx.AsyncClient) -> None:
    assert (await client.get("/fail/limited")).headers["retry-after"] == "7"


@pytest.mark.parametrize(("body", "field", "words"), [
    ({"units": 1}, "broker_connection_id", "is missing"),
    ({"stop": 1}, "stop", "is not a field of this request"),
    ({"units": -1}, "units", "greater than 0"),
    ({"units": "NaN"}, "units", "finite"),
    ({"units": "1e400"}, "units", "no more than 40 digits"),
    ({"sl": 0}, "sl", "greater than 0"),
    ({"side": "HOLD"}, "side", "'BUY' or 'SELL'"),
])  # fmt: skip
async def test_bodies(client: httpx.AsyncClient, body: dict[str, object], field: str, words: str) -> None:
    good: dict[str, object] = {
        "broker_connection_id": "6f1d3c1e-0000-4000-8000-000000000000", "instrument": "EURUSD", "side": "BUY",
        "units": 1000,
    }  # fmt: skip
    sent = body if field == "broker_connection_id" else {**good, **body}
    answer = await client.post("/orders/1", json=sent)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "VALIDATION_ERROR", field)
    assert words in answer.json()["detail"]


async def test_addresses_methods_and_json(client: httpx.AsyncClient) -> None:
    assert (await client.get("/none")).json()["code"] == "NOT_FOUND"
    assert (await client.put("/orders/1")).json()["code"] == "METHOD_NOT_ALLOWED"
    broken = await client.post("/orders/1", content="{", headers={"content-type": "application/json"})
    assert broken.json()["detail"] == "The body is not valid JSON."
    assert (await client.post("/orders/x", json={})).json()["field"] == "order_id"
    form = await client.post("/orders/1", content="{}", headers={"content-type": "application/x-www-form-urlencoded"})
    assert form.json()["detail"] == "Send the body as JSON, with Content-Type application/json."
    assert (await client.post("/orders/1", json=[])).status_code == 400


async def test_a_users_computer_that_is_off_is_no_failure_of_the_service(client: httpx.AsyncClient) -> None:
    RECENT.clear()
    for code in ("AGENT_OFFLINE", "JOB_EXPIRED", "BROKER_UNAVAILABLE", "NOT_FOUND"):
        await client.get(f"/fail/{code}")
    assert RECENT.totals() == {"requests": 4}
    for name in ("OUTCOME_UNKNOWN", "database_down", "bug"):
        await client.get(f"/fail/{name}")
    assert RECENT.totals() == {"requests": 7, "errors": 3}
    RECENT.clear()
