"""`/api/v1/ea`: projects, versions, generation with repair, as a user sees them."""

import json
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from agent_core.mql import check

DESCRIPTION = "Cross of two moving averages on EURUSD M15, stop at 2 ATR, risk 2 %, target 2R."


async def project_of(client: httpx.AsyncClient, trader: Any) -> str:
    answer = await client.post("/api/v1/ea/projects", json={"name": "Cross"}, headers=trader.headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["project_id"])


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


async def generate(client: httpx.AsyncClient, trader: Any, **more: Any) -> httpx.Response:
    body = {"project_id": await project_of(client, trader), "strategy_description": DESCRIPTION, **more}
    return await client.post("/api/v1/ea/generate", json=body, headers=trader.headers, timeout=60)


async def test_a_description_becomes_a_checked_version(client: httpx.AsyncClient, onboarded: Any) -> None:
    answer = await generate(client, onboarded)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["version_number"] == 1
    assert re.search(r"InpRiskPercent\s*=\s*2\.0;", made["source_code"])
    assert (await check(made["source_code"])).ok
    kept = await client.get(f"/api/v1/ea/versions/{made['version_id']}", headers=onboarded.headers)
    assert kept.json()["source_code"] == made["source_code"]
    files = await client.get(f"/api/v1/ea/versions/{made['version_id']}/artifacts", headers=onboarded.headers)
    assert [item["kind"] for item in files.json()] == ["MQ5"]
    async with httpx.AsyncClient() as http:
        stored = await http.get(files.json()[0]["download_url"])
    assert stored.content.decode("utf-8-sig") == made["source_code"]


async def test_an_error_goes_back_to_the_model_and_is_repaired(
    client: httpx.AsyncClient, onboarded: Any, plan: Any
) -> None:
    await plan("broken")
    answer = await generate(client, onboarded)
    assert answer.status_code == 201, answer.text
    assert answer.json()["repairs"] == 1
    assert not [item for item in answer.json()["diagnostics"] if item["severity"] == "error"]


async def test_a_stream_tells_how_it_goes(client: httpx.AsyncClient, onboarded: Any, plan: Any) -> None:
    await plan("broken")
    body = {"project_id": await project_of(client, onboarded), "strategy_description": DESCRIPTION}
    headers = {**onboarded.headers, "Accept": "text/event-stream"}
    answer = await client.post("/api/v1/ea/generate", json=body, headers=headers, timeout=60)
    events = events_of(answer.text)
    kinds = list(dict.fromkeys(kind for kind, _data in events))
    assert kinds == ["thinking", "code", "check", "repair", "version"]
    checks = [data["diagnostics"] for kind, data in events if kind == "check"]
    assert [any(item["severity"] == "error" for item in findings) for findings in checks] == [True, False]
    assert events[-1][1]["repairs"] == 1


async def test_an_answer_that_breaks_off_is_asked_again(client: httpx.AsyncClient, onboarded: Any, plan: Any) -> None:
    await plan("truncated", "truncated")
    answer = await generate(client, onboarded)
    assert answer.status_code == 201, answer.text
    await plan("truncated", "truncated", "truncated")
    refused = await generate(client, onboarded)
    assert (refused.status_code, refused.json()["code"]) == (503, "GENERATION_FAILED")


async def test_forbidden_code_never_becomes_a_version(client: httpx.AsyncClient, onboarded: Any, plan: Any) -> None:
    await plan("dll")
    project = await project_of(client, onboarded)
    body = {"project_id": project, "strategy_description": DESCRIPTION}
    answer = await client.post("/api/v1/ea/generate", json=body, headers=onboarded.headers, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (400, "FORBIDDEN_CODE")
    versions = await client.get(f"/api/v1/ea/projects/{project}/versions", headers=onboarded.headers)
    assert versions.json() == []


async def test_an_answer_without_code_and_an_empty_account_are_said_clearly(
    client: httpx.AsyncClient, onboarded: Any, plan: Any
) -> None:
    await plan("prose", "1113")
    first, second = await generate(client, onboarded), await generate(client, onboarded)
    assert "without code" in first.json()["detail"]
    assert "no credit" in second.json()["detail"]
    assert first.status_code == second.status_code == 503


@pytest.mark.parametrize("method", ["get", "compile", "artifacts", "base"])
async def test_somebody_else_s_version_does_not_exist(
    client: httpx.AsyncClient, onboarded: Any, onboard: Any, method: str
) -> None:
    version = (await generate(client, onboarded)).json()["version_id"]
    stranger = await onboard()
    match method:
        case "get":
            answer = await client.get(f"/api/v1/ea/versions/{version}", headers=stranger.headers)
        case "compile":
            answer = await client.post(f"/api/v1/ea/versions/{version}/compile", headers=stranger.headers)
        case "artifacts":
            answer = await client.get(f"/api/v1/ea/versions/{version}/artifacts", headers=stranger.headers)
        case _:
            answer = await generate(client, stranger, base_version_id=version)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_a_saved_version_keeps_its_identity_and_its_findings(client: httpx.AsyncClient, onboarded: Any) -> None:
    project = await project_of(client, onboarded)
    body = {"source_code": "void OnTick()\n  {\n   int x = nothing;\n  }\n", "id": str(uuid4())}
    path = f"/api/v1/ea/projects/{project}/versions"
    first = await client.post(path, json=body, headers=onboarded.headers)
    again = await client.post(path, json=body, headers=onboarded.headers)
    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    assert [(item["line"], item["code"]) for item in first.json()["diagnostics"]] == [(3, 256)]


async def test_compiling_makes_a_job_for_the_agent(client: httpx.AsyncClient, onboarded: Any) -> None:
    version = (await generate(client, onboarded)).json()["version_id"]
    headers = {**onboarded.headers, "Idempotency-Key": "one"}
    first = await client.post(f"/api/v1/ea/versions/{version}/compile", headers=headers)
    again = await client.post(f"/api/v1/ea/versions/{version}/compile", headers=headers)
    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    job = await client.get(f"/api/v1/jobs/{first.json()['job_id']}", headers=onboarded.headers)
    assert job.json()["type"] == "compile"
    assert job.json()["payload"]["version_id"] == version
