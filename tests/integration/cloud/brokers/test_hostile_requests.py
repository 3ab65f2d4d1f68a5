"""Requests made from the API's own description, half of them broken: no 500, and no answer that is not described."""

import json
import os
import random
import string
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from cloud.settings import CloudSettings

SEED = int(os.environ.get("FUZZ_SEED", "20261122"))
ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "6"))
HOSTILE: list[Any] = [
    "", "\x00", "a\x00b", "\ud800", "𝔘𝔫𝔦", "' or 1=1 --", "../../etc/passwd", "%00", "A" * 5000, "W1tb" * 3000, "NaN",
    "1e400", "-0", None, True, 0, -1, 2**31, 2**63, 10**40, 1e308, 5e-324, float("nan"), float("inf"), [], {}, [[[[]]]],
    {"a": {"b": None}}, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip
NOWHERE = "http://127.0.0.1:9"
# An agent's own addresses make it online, after which orders for it are waited for: they come last.
LAST = "/api/v1/agents/{agent_id}/"


@pytest.fixture
def cloud_settings(backend: Any, oanda: str) -> CloudSettings:
    """With prices and bars, which the other tests here do without."""
    settings: CloudSettings = backend.settings(
        oanda_practice_url=oanda, oanda_live_url=NOWHERE, glm_base_url=NOWHERE, oanda_url=oanda,
        oanda_stream_url=oanda, oanda_api_key=SecretStr("practice-key"), oanda_account_id="101-001-1234567-001",
    )  # fmt: skip
    return settings


class Maker:
    """Makes values from JSON schemas."""

    def __init__(self, document: dict[str, Any], dice: random.Random, known: dict[str, list[str]]) -> None:
        self._document = document
        self._dice = dice
        self._known = known

    def value(self, schema: dict[str, Any], name: str = "", *, depth: int = 0) -> Any:
        """A value that mostly fits."""
        if self._dice.random() < 0.12:
            return self._dice.choice(HOSTILE)
        if "$ref" in schema:
            return self.value(self._document["components"]["schemas"][schema["$ref"][21:]], name, depth=depth)
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                return self.value(self._dice.choice(schema[choice]), name, depth=depth)
        if "enum" in schema or "const" in schema:
            return self._dice.choice(schema.get("enum", [schema.get("const")]))
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            count = self._dice.choice((0, 1, 1, 2)) if depth < 4 else 0
            return [self.value(schema.get("items", {}), name, depth=depth + 1) for _ in range(count)]
        return self._scalar(schema, kind, name)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", []))
        made = {}
        for name, part in schema.get("properties", {}).items():
            if self._dice.random() < (0.97 if name in required else 0.5):
                made[name] = self.value(part, name, depth=depth + 1)
        if self._dice.random() < 0.05 or not schema.get("properties"):
            name = self._dice.choice(("surprise", "\x00", "\ud800", "")) if schema.get("properties") else "balance"
            made[name] = self._dice.choice(HOSTILE)
        return made

    def _scalar(self, schema: dict[str, Any], kind: str | None, name: str) -> Any:
        if kind == "integer":
            return self._dice.choice((0, 1, 2, 20, 100, schema.get("maximum", 50)))
        if kind == "number":
            return self._dice.choice((0.5, 1, 1.1, 1000))
        if kind == "boolean":
            return self._dice.random() < 0.5
        if kind == "null":
            return None
        if name in self._known and self._dice.random() < 0.8:
            return self._dice.choice(self._known[name])
        if schema.get("format") == "uuid":
            return str(uuid4())
        if schema.get("format") == "date-time":
            return "2026-02-03T04:05:06Z"
        if schema.get("format") == "email":
            return f"{uuid4().hex}@example.com"
        if "pattern" in schema and "Decimal" not in schema:
            return self._dice.choice(("1", "0.5", "1000", "1.1"))
        return "".join(self._dice.choices(string.ascii_letters + " _/", k=self._dice.randint(1, 12)))


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    found = [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return sorted(found, key=lambda one: (one[1].startswith(LAST), one[1], one[0]))


def as_json(body: Any) -> bytes:
    return json.dumps(body).encode("utf-8", "surrogatepass")


class Fuzz:
    def __init__(self, client: httpx.AsyncClient, maker: Maker, dice: random.Random) -> None:
        self._client, self._maker, self._dice = client, maker, dice

    async def send(self, method: str, path: str, operation: dict[str, Any], sign_ins: dict[str, Any]) -> httpx.Response:
        headers, query = {}, {}
        for parameter in operation.get("parameters", []):
            name, place = parameter["name"], parameter["in"]
            value = self._maker.value(parameter.get("schema", {}), name)
            if name == "wait" and isinstance(value, int | float):
                value = 0
            text = str(value)
            if place == "path":
                path = path.replace(f"{{{name}}}", quote(text.encode("utf-8", "surrogatepass"), safe="") or "x")
            elif place == "query" and (parameter.get("required") or name == "wait" or self._dice.random() < 0.5):
                query[name] = text.encode("utf-8", "replace").decode()
            elif place == "header":
                headers[name] = text.encode("ascii", "replace").decode().replace("\x00", "?").strip()[:300]
        for scheme in operation["security"]:
            if self._dice.random() < 0.95:
                headers |= sign_ins[next(iter(scheme))]
        content = None
        if "requestBody" in operation:
            [(kind, described)] = operation["requestBody"]["content"].items()
            headers["Content-Type"] = kind
            content = as_json(self._maker.value(described["schema"]))
            if self._dice.random() < 0.03:
                content = content[:-1] + b"\xff"
        return await self._client.request(
            method, path, params=query, headers=headers, content=content, timeout=30, follow_redirects=False
        )


def complaint(operation: dict[str, Any], answer: httpx.Response) -> str | None:
    """What is wrong with an answer, if anything is."""
    status = str(answer.status_code)
    if status == "500":
        return "a 500"
    if status not in operation["responses"]:
        return f"status {status} is not described"
    if answer.status_code < 400:
        return None
    if answer.headers.get("content-type") != "application/problem+json":
        return "no problem document"
    code = answer.json()["code"]
    described = operation["responses"][status]["content"]["application/problem+json"]["examples"]
    return None if code in described else f"code {code} is not described"


@pytest.mark.logs_errors
async def test_no_request_breaks_the_api(
    app: FastAPI, client: httpx.AsyncClient, oanda_trader: Any, cloud_settings: CloudSettings
) -> None:
    document = app.openapi()
    dice = random.Random(SEED)
    headers = oanda_trader.headers
    paired = [
        (await client.post("/api/v1/agents/pair", json={"agent_name": name}, headers=headers)).json()
        for name in ("one", "two")
    ]
    project = (await client.post("/api/v1/ea/projects", json={"name": "P"}, headers=headers)).json()["project_id"]
    version = (
        await client.post(
            f"/api/v1/ea/projects/{project}/versions", json={"source_code": "void OnTick() {}"}, headers=headers
        )
    ).json()["id"]
    position = (await oanda_trader.order()).json()["position_id"]
    known = {
        "broker_connection_id": [oanda_trader.connection_id], "project_id": [project], "version_id": [version],
        "agent_id": [paired[1]["agent_id"]], "position_id": [position], "instrument": ["EURUSD", "USD_JPY"],
        "symbol": ["EURUSD"], "order_id": [position], "job_id": [str(uuid4())], "deployment_id": [str(uuid4())],
    }  # fmt: skip
    fuzz = Fuzz(client, Maker(document, dice, known), dice)
    sign_ins = {"bearer": headers, "agentKey": {"X-Agent-Key": paired[0]["pairing_key"]}}
    broken: list[str] = []
    answers: dict[int, int] = {}
    for method, path, operation in operations(document):
        if path.startswith(LAST):
            known["agent_id"] = [paired[0]["agent_id"]]
        # The model's provider is away, and is asked several times before a request gives up.
        for _ in range(2 if path.endswith("/generate") else ROUNDS):
            answer = await fuzz.send(method, path, operation, sign_ins)
            answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
            if wrong := complaint(operation, answer):
                request = answer.request
                broken.append(f"{wrong}: {method} {request.url} {request.content[:600]!r} -> {answer.text[:200]}")
        if path.endswith("/preferences"):
            await client.put(path, json={"disclaimer_accepted": True}, headers=headers)
    print(f"answers by status: {dict(sorted(answers.items()))}")
    assert broken == [], "\n".join(sorted(set(broken))[:40])
    assert sum(count for status, count in answers.items() if status < 300) > 4 * ROUNDS
