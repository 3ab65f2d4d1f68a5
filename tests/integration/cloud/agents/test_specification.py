"""The product's specification, line by line, against the description and the running API."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr

from agent_core.protocol.base import AnswerModel, WireModel
from agent_core.protocol.errors import ErrorCode
from agent_core.protocol.jobs import JobEnvelope
from cloud.embedded.glm import create_glm_app
from cloud.embedded.oanda.app import create_oanda_app
from cloud.settings import CloudSettings

ACCOUNT, KEY = "101-001-1234567-001", "vendor-key"

# Method, path, success, members of the body ("?" = optional), members of the answer ("[]" = of each row).
SPECIFICATION = [
    ("POST", "/auth/login", 200, "email password", "access_token refresh_token user"),
    ("POST", "/auth/signup", 201, "email password name", "access_token user"),
    ("POST", "/auth/refresh", 200, "refresh_token", "access_token"),
    ("GET", "/onboarding/status", 200, "", "onboarded missing"),
    ("PUT", "/onboarding/brokers", 200, "type credentials label", "broker_connection_id"),
    ("PUT", "/onboarding/preferences", 200, "risk_percent disclaimer_accepted preferred_pairs", "success"),
    ("POST", "/orders", 201, "broker_connection_id instrument side units sl? tp?", "order_id fill_price timestamp"),
    ("GET", "/positions", 200, "", "[] position_id instrument side units open_price current_price pnl"),
    ("DELETE", "/positions/{position_id}", 200, "", "closed_price pnl"),
    ("GET", "/account", 200, "", "balance equity margin_used margin_available"),
    ("GET", "/candles/{instrument}", 200, "", "[] time open high low close volume"),
    ("GET", "/ea/projects", 200, "", "[] id name strategy_id created_at"),
    ("POST", "/ea/projects", 201, "name strategy_id?", "project_id"),
    ("POST", "/ea/generate", 201, "project_id strategy_description", "version_id source_code"),
    ("POST", "/ea/versions/{version_id}/compile", 201, "", "job_id"),
    ("GET", "/ea/versions/{version_id}/artifacts", 200, "", "[] artifact_id kind download_url"),
    ("POST", "/deployments", 201, "version_id agent_id broker_connection_id symbol", "deployment_id"),
    ("POST", "/deployments/{deployment_id}/run", 200, "", "status"),
    ("POST", "/deployments/{deployment_id}/stop", 200, "", "status"),
    ("GET", "/deployments/{deployment_id}/logs", 200, "", "[] timestamp level message"),
    ("POST", "/agents/pair", 201, "agent_name", "agent_id pairing_key"),
    ("POST", "/agents/{agent_id}/heartbeat", 200, "status metrics", "acknowledged"),
    ("GET", "/agents/{agent_id}/jobs/next", 200, "", "job_id type payload"),
    ("POST", "/agents/{agent_id}/jobs/{job_id}/result", 200, "status result logs?", "acknowledged"),
]
# The fencing token: without it an agent that was thought dead could settle somebody else's attempt.
ADDED = {"/agents/{agent_id}/jobs/{job_id}/result": {"attempt"}}
QUERIES = {
    "/positions": "broker_connection_id",
    "/account": "broker_connection_id",
    "/candles/{instrument}": "count timeframe",
}
# The specification's statuses for errors, by code.
STATUSES = {
    "INVALID_JWT": 401, "ONBOARDING_INCOMPLETE": 428, "BROKER_UNAVAILABLE": 503, "INSUFFICIENT_MARGIN": 400,
    "AGENT_OFFLINE": 503,
}  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    from cloud.app import create_app

    return create_app(CloudSettings(mode="local")).openapi()


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or "anyOf" in schema:
        schema = schema["anyOf"][0] if "anyOf" in schema else document["components"]["schemas"][schema["$ref"][21:]]
    return schema


@pytest.mark.parametrize(("method", "path", "success", "body", "answer"), SPECIFICATION)
def test_the_description_has_every_line(
    document: dict[str, Any], method: str, path: str, success: int, body: str, answer: str
) -> None:
    operation = document["paths"][f"/api/v1{path}"][method.lower()]
    successes = [status for status in operation["responses"] if status.startswith("2")]
    assert successes == [str(success)]
    if body:
        schema = resolved(document, operation["requestBody"]["content"]["application/json"]["schema"])
        given = {name.rstrip("?") for name in body.split()}
        assert given <= set(schema["properties"])
        needed = set(schema.get("required", [])) - ADDED.get(path, set())
        assert needed <= {name for name in body.split() if not name.endswith("?")}
    members = answer.split()
    shape = operation["responses"][str(success)]["content"]["application/json"]["schema"]
    if members[0] == "[]":
        assert shape["type"] == "array"
        shape, members = shape["items"], members[1:]
    assert set(members) <= set(resolved(document, shape)["properties"])
    if path in QUERIES:
        assert set(QUERIES[path].split()) <= {item["name"] for item in operation["parameters"]}
    public = path.startswith("/auth/")
    assert operation["security"] == [] if public else operation["security"]


def _models() -> dict[str, type[BaseModel]]:
    found: list[type[BaseModel]] = [WireModel, AnswerModel]
    for model in found:
        found += model.__subclasses__()
    return {model.__name__: model for model in found}


@pytest.mark.parametrize(("method", "path"), [line[:2] for line in SPECIFICATION])
def test_every_line_has_examples_that_fit(document: dict[str, Any], method: str, path: str) -> None:
    operation = document["paths"][f"/api/v1{path}"][method.lower()]
    [success] = [answer for status, answer in operation["responses"].items() if status[0] == "2"]
    bodies = [success["content"], *([operation["requestBody"]["content"]] if "requestBody" in operation else [])]
    text = json.dumps([body["application/json"]["schema"] for body in bodies])
    names = re.findall(r"#/components/schemas/(\w+)", text)
    assert names
    for name in names:
        [example] = document["components"]["schemas"][name]["examples"]
        _models()[name].model_validate(example)


def test_every_body_and_answer_has_an_example_that_fits(document: dict[str, Any]) -> None:
    models = _models()
    for name, schema in document["components"]["schemas"].items():
        if "properties" in schema and name != "Problem":  # refusals have theirs where they are answered
            [example] = schema["examples"]
            models[name].model_validate(example)


def test_every_address_has_an_example_of_all_it_takes_and_answers(document: dict[str, Any]) -> None:
    def shown(described: dict[str, Any]) -> bool:
        if "example" in described:
            return True
        schema = described["schema"]
        choices = schema.get("anyOf", [schema.get("items", schema)])
        models = [document["components"]["schemas"][one["$ref"][21:]] for one in choices if "$ref" in one]
        return bool(models) and all("examples" in model for model in models)

    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = (method, path)
            assert [one["name"] for one in operation.get("parameters", []) if "example" not in one] == [], where
            bodies = [*operation.get("requestBody", {}).get("content", {}).values()]
            for status, answer in operation["responses"].items():
                if status[0] == "2":
                    assert status == "204" or answer["content"], where
                    bodies += answer.get("content", {}).values()
            assert all(map(shown, bodies)), where
    told = document["info"]["description"]
    assert all(word in told for word in ("METHOD_NOT_ALLOWED", "/ws/prices", "/ws/updates", "4401", "4404", "4429"))


def test_every_refusal_is_described_with_an_example(document: dict[str, Any]) -> None:
    seen: dict[str, int] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert "422" not in operation["responses"], (method, path)
            refusals = {status: answer for status, answer in operation["responses"].items() if status[0] in "45"}
            assert {"500", "503"} <= set(refusals), (method, path)
            for status, answer in refusals.items():
                for code, example in answer["content"]["application/problem+json"]["examples"].items():
                    assert {"detail", "code", "status", "type", "title"} <= set(example["value"])
                    assert example["value"]["status"] == int(status)
                    seen[code] = int(status)
    assert STATUSES.items() <= seen.items()
    # Told of in text, since it belongs to no address.
    assert set(ErrorCode) - set(seen) <= {ErrorCode.METHOD_NOT_ALLOWED}


async def _serving(app: FastAPI, lifespan: str) -> AsyncIterator[str]:
    config = uvicorn.Config(app, port=0, log_config=None, lifespan=lifespan, timeout_graceful_shutdown=1)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
async def oanda() -> AsyncIterator[str]:
    async for url in _serving(create_oanda_app(KEY, ACCOUNT), "on"):
        yield url


@pytest.fixture
async def glm() -> AsyncIterator[str]:
    async for url in _serving(create_glm_app(KEY), "off"):
        yield url


@pytest.fixture
def cloud_settings(backend: Any, oanda: str, glm: str) -> CloudSettings:
    settings: CloudSettings = backend.settings(
        oanda_api_key=SecretStr(KEY), oanda_account_id=ACCOUNT, oanda_url=oanda, oanda_stream_url=oanda,
        oanda_practice_url=oanda, glm_base_url=f"{glm}/api/paas/v4", glm_api_key=SecretStr(KEY), glm_model="glm-5",
    )  # fmt: skip
    return settings


class Walk:
    """Calls each line of the specification once, with nothing but what the specification gives."""

    def __init__(self, client: httpx.AsyncClient, desk: Any) -> None:
        self._client = client
        self._headers = desk.headers
        self.walked: set[tuple[str, str]] = set()

    async def call(
        self, method: str, template: str, body: Any = None, *, headers: dict[str, str] | None = None, query: Any = None,
        **ids: str,
    ) -> Any:  # fmt: skip
        line = next(line for line in SPECIFICATION if line[:2] == (method, template))
        answer = await self._client.request(
            method, f"/api/v1{template.format(**ids)}", json=body, params=query, headers=headers or self._headers,
            timeout=30,
        )  # fmt: skip
        assert answer.status_code == line[2], (method, template, answer.text)
        found, members = answer.json(), line[4].split()
        if members[0] == "[]":
            assert isinstance(found, list), template
            for row in found:
                assert set(members[1:]) <= set(row), template
        else:
            assert set(members) <= set(found), template
        self.walked.add((method, template))
        return found


def agents_work(job: JobEnvelope) -> tuple[str, dict[str, Any]]:
    if job.type == "compile":
        return "completed", {"status": "compiled", "diagnostics": [], "artifacts": [], "elapsed_ms": 5}
    status = {"start": "running", "stop": "stopped"}.get(job.type.value, "deployed")
    return "completed", {"deployment_id": job.payload["deployment_id"], "status": status}


async def test_the_running_api_answers_every_line(client: httpx.AsyncClient, desk: Any, trader: Any) -> None:
    walk = Walk(client, desk)
    body: dict[str, Any] = {"email": "walk" + trader.email, "password": "correct horse 8", "name": "W"}
    session = await walk.call("POST", "/auth/signup", body)
    del body["name"]
    session = await walk.call("POST", "/auth/login", body)
    await walk.call("POST", "/auth/refresh", {"refresh_token": session["refresh_token"]})
    await walk.call("GET", "/onboarding/status")
    oanda = await walk.call(
        "PUT", "/onboarding/brokers", {"type": "OANDA", "credentials": {"api_key": KEY}, "label": "Practice"}
    )
    broker = {"broker_connection_id": oanda["broker_connection_id"]}
    await walk.call(
        "PUT", "/onboarding/preferences",
        {"risk_percent": 1.5, "disclaimer_accepted": True, "preferred_pairs": ["EUR/USD"]},
    )  # fmt: skip

    await walk.call("POST", "/orders", {**broker, "instrument": "EUR/USD", "side": "BUY", "units": 1000, "sl": 0.9})
    [position] = await walk.call("GET", "/positions", query=broker)
    await walk.call("GET", "/account", query=broker)
    await walk.call("DELETE", "/positions/{position_id}", query=broker, position_id=position["position_id"])
    bars = await walk.call("GET", "/candles/{instrument}", query={"timeframe": "H1", "count": 5}, instrument="EURUSD")
    assert len(bars) == 5

    project = (await walk.call("POST", "/ea/projects", {"name": "Scalper"}))["project_id"]
    assert len(await walk.call("GET", "/ea/projects")) == 1
    version = await walk.call(
        "POST", "/ea/generate", {"project_id": project, "strategy_description": "Buy when RSI is below 30"}
    )
    assert "OnTick" in version["source_code"]
    version_id = version["version_id"]
    paired = await walk.call("POST", "/agents/pair", {"agent_name": "Second"})
    await walk.call(
        "POST", "/agents/{agent_id}/heartbeat", {"status": "online", "metrics": {}},
        headers={"X-Agent-Key": paired["pairing_key"]}, agent_id=paired["agent_id"],
    )  # fmt: skip

    agent = {"agent_id": str(desk.agent.id)}
    async with desk.agent.serving(agents_work):
        await walk.call("POST", "/ea/versions/{version_id}/compile", version_id=version_id)
        await walk.call("GET", "/ea/versions/{version_id}/artifacts", version_id=version_id)
        wanted = {**agent, "version_id": version_id, "broker_connection_id": str(desk.connection), "symbol": "EURUSD"}
        deployment = await walk.call("POST", "/deployments", wanted)
        await walk.call("POST", "/deployments/{deployment_id}/run", **deployment)
        await walk.call("GET", "/deployments/{deployment_id}/logs", **deployment)
        await walk.call("POST", "/deployments/{deployment_id}/stop", **deployment)

    waiting = await desk.post(f"/ea/versions/{version_id}/compile", {"agent_id": agent["agent_id"]})
    assert waiting.status_code == 201
    headers = desk.agent.headers
    job = await walk.call("GET", "/agents/{agent_id}/jobs/next", headers=headers, query={"wait": 5}, **agent)
    done = {
        "status": "completed", "result": {"status": "compiled", "diagnostics": []}, "logs": [],
        "attempt": job["attempt"],
    }  # fmt: skip
    await walk.call(
        "POST", "/agents/{agent_id}/jobs/{job_id}/result", done, headers=headers, job_id=job["job_id"], **agent
    )
    assert walk.walked == {line[:2] for line in SPECIFICATION}


async def test_the_specified_errors(client: httpx.AsyncClient, desk: Any, trader: Any) -> None:
    def told(answer: httpx.Response) -> tuple[int, str, str]:
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["code"], answer.json()["detail"]

    order = {"broker_connection_id": str(desk.connection), "instrument": "EURUSD", "side": "BUY", "units": 1000}
    invalid = await client.get("/api/v1/positions", headers={"Authorization": "Bearer invalid_token"})
    assert told(invalid)[:2] == (401, "INVALID_JWT")
    early = await client.post("/api/v1/orders", json=order, headers=trader.headers)
    assert told(early) == (428, "ONBOARDING_INCOMPLETE", "onboarding_required")
    body = {"type": "OANDA", "credentials": {"api_key": KEY}, "label": "Practice"}
    oanda = (await client.put("/api/v1/onboarding/brokers", json=body, headers=desk.headers)).json()
    big = await desk.post("/orders", {**order, **oanda, "units": 90_000_000})
    status, code, detail = told(big)
    assert (status, code) == (400, "INSUFFICIENT_MARGIN")
    assert "Required: " in detail
    assert "Available: " in detail
    version = await desk.new_version()
    wanted = {
        "version_id": str(version), "agent_id": str(desk.agent.id), "symbol": "EURUSD",
        "broker_connection_id": str(desk.connection),
    }  # fmt: skip
    deployment = (await desk.post("/deployments", wanted)).json()["deployment_id"]
    await desk.agent.beat(status="stopping")
    offline = await desk.post(f"/deployments/{deployment}/run")
    status, code, detail = told(offline)
    assert (status, code) == (503, "AGENT_OFFLINE")
    assert "Last seen: " in detail
