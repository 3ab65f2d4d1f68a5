"""`/api/v1/ea`: projects, versions, generation with repair, as a user sees them."""

import json
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from agent_core.mql import check
from cloud.services import Services

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


async def test_a_description_becomes_a_checked_version(
    client: httpx.AsyncClient, onboarded: Any, services: Services
) -> None:
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
    await services.storage.delete([f"{onboarded.user_id}/{made['version_id']}/source.mq5"])
    gone = await client.get(f"/api/v1/ea/versions/{made['version_id']}/artifacts", headers=onboarded.headers)
    assert (gone.status_code, gone.json()) == (200, [])


async def test_an_error_goes_back_to_the_model_and_is_repaired(
    client: httpx.AsyncClient, onboarded: Any, plan: Any
) -> None:
    await plan("broken")
    answer = await generate(client, onboarded)
    assert answer.status_code == 201, answer.text
    assert answer.json()["repairs"] == 1
    assert not [item for item in answer.json()["diagnostics"] if item["severity"] == "error"]


async def test_after_four_repairs_the_version_is_kept_with_what_is_wrong(
    client: httpx.AsyncClient, onboarded: Any, plan: Any
) -> None:
    await plan(*["broken"] * 6)
    answer = await generate(client, onboarded)
    assert answer.status_code == 201, answer.text
    assert answer.json()["repairs"] == 4
    assert [item for item in answer.json()["diagnostics"] if item["severity"] == "error"]
    # Five answers were asked for; the sixth is the next one's.
    assert (await generate(client, onboarded)).json()["repairs"] == 1


async def test_a_stream_tells_how_it_goes(client: httpx.AsyncClient, onboarded: Any, plan: Any) -> None:
    await plan("broken")
    body = {"project_id": await project_of(client, onboarded), "strategy_description": DESCRIPTION}
    headers = {**onboarded.headers, "Accept": "text/event-stream"}
    answer = await client.post("/api/v1/ea/generate", json=body, headers=headers, timeout=60)
    events = events_of(answer.text)
    kinds = list(dict.fromkeys(kind for kind, _data in events))
    assert kinds == ["begun", "thinking", "brief", "code", "check", "repair", "version"]
    code = "".join(data["text"] for kind, data in events[: kinds_at(events, "check")] if kind == "code")
    assert code.startswith("//+---")
    assert "BRIEF" not in code
    assert "```" not in code
    brief = next(data for kind, data in events if kind == "brief")
    assert "InpRiskPercent = 2.0" in brief["inputs"]
    kept = await client.get(f"/api/v1/ea/versions/{events[-1][1]['version_id']}", headers=onboarded.headers)
    assert kept.json()["brief"] == brief
    listed = await client.get(f"/api/v1/ea/projects/{body['project_id']}/versions", headers=onboarded.headers)
    assert [(item["brief"], item["source_code"]) for item in listed.json()] == [(brief, None)]
    checks = [data["diagnostics"] for kind, data in events if kind == "check"]
    assert [any(item["severity"] == "error" for item in findings) for findings in checks] == [True, False]
    assert events[-1][1]["repairs"] == 1


def kinds_at(events: list[tuple[str, dict[str, Any]]], kind: str) -> int:
    return next(index for index, (name, _data) in enumerate(events) if name == kind)


async def test_what_is_missing_is_asked_and_the_answers_continue_the_same_generation(
    client: httpx.AsyncClient, onboarded: Any, model: Any
) -> None:
    body: dict[str, Any] = {
        "project_id": await project_of(client, onboarded), "strategy_description": "Make me some money, please.",
    }  # fmt: skip
    headers = {**onboarded.headers, "Accept": "text/event-stream"}
    first = events_of((await client.post("/api/v1/ea/generate", json=body, headers=headers, timeout=60)).text)
    assert first[-1][0] == "questions"
    asked = first[-1][1]
    assert asked["generation_id"] == first[0][1]["generation_id"]
    answers = ["RSI below 30 on M15", "Stop at 2 ATR, target 2R"]
    body |= {
        "generation_id": asked["generation_id"],
        "clarifications": [
            {"question": question, "answer": answer}
            for question, answer in zip(asked["questions"], answers, strict=True)
        ],
    }
    second = events_of((await client.post("/api/v1/ea/generate", json=body, headers=headers, timeout=60)).text)
    assert second[-1][0] == "version"
    told = (await model())["last"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user"]
    assert "RSI below 30 on M15" in told[-1]["content"]
    usage = await client.get("/api/v1/ea/usage", headers=onboarded.headers)
    assert usage.json()["generations"] == 1
    # Once it led to a version, the same id answers that version, and the model is not asked again.
    again = await client.post("/api/v1/ea/generate", json=body, headers=onboarded.headers)
    assert again.json()["version_id"] == second[-1][1]["version_id"]
    assert (await client.get("/api/v1/ea/usage", headers=onboarded.headers)).json() == usage.json()


async def test_a_request_sent_again_under_its_key_is_the_same_generation(
    client: httpx.AsyncClient, onboarded: Any
) -> None:
    body = {"project_id": await project_of(client, onboarded), "strategy_description": DESCRIPTION}
    headers = {**onboarded.headers, "Idempotency-Key": "one"}
    first = await client.post("/api/v1/ea/generate", json=body, headers=headers, timeout=60)
    again = await client.post("/api/v1/ea/generate", json=body, headers=headers, timeout=60)
    other = await client.post(
        "/api/v1/ea/generate", json={**body, "strategy_description": f"{DESCRIPTION} Or so."}, headers=headers,
        timeout=60,
    )  # fmt: skip
    assert [answer.json()["version_number"] for answer in (first, again)] == [1, 1]
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")


async def test_who_wants_one_answer_is_not_asked(client: httpx.AsyncClient, onboarded: Any) -> None:
    answer = await generate(client, onboarded, strategy_description="Make me some money, please.")
    assert answer.status_code == 201, answer.text


async def test_what_metaeditor_says_later_enters_the_same_repair(client: httpx.AsyncClient, onboarded: Any) -> None:
    made = (await generate(client, onboarded)).json()
    source = made["source_code"].replace("InpRiskPercent,", "InpRiskPct,", 1)
    path = f"/api/v1/ea/projects/{await project_of(client, onboarded)}/versions"
    saved = (await client.post(path, json={"source_code": source}, headers=onboarded.headers)).json()
    line = source[: source.index("InpRiskPct,")].count("\n") + 1
    finding = {
        "line": line, "column": 5, "severity": "error", "code": 256, "origin": "metaeditor",
        "message": "undeclared identifier 'InpRiskPct'",
    }  # fmt: skip
    address = f"/api/v1/ea/versions/{saved['id']}/repair"
    answer = await client.post(address, json={"diagnostics": [finding]}, headers=onboarded.headers, timeout=60)
    assert answer.status_code == 201, answer.text
    repaired = answer.json()
    assert repaired["source_code"] == made["source_code"]
    assert repaired["version_number"] == saved["version_number"] + 1
    stored = await client.post(address, headers=onboarded.headers, timeout=60)  # what the cloud's own check had said
    assert stored.status_code == 201, stored.text
    nothing = await client.post(f"/api/v1/ea/versions/{repaired['version_id']}/repair", headers=onboarded.headers)
    assert (nothing.status_code, nothing.json()["code"]) == (400, "VALIDATION_ERROR")


async def test_an_answer_that_breaks_off_is_asked_again(client: httpx.AsyncClient, onboarded: Any, plan: Any) -> None:
    await plan("truncated", "truncated")
    answer = await generate(client, onboarded)
    assert answer.status_code == 201, answer.text
    await plan("truncated", "truncated", "truncated")
    refused = await generate(client, onboarded)
    assert (refused.status_code, refused.json()["code"]) == (503, "GENERATION_FAILED")


async def test_an_answer_without_code_and_an_empty_account_are_said_clearly(
    client: httpx.AsyncClient, onboarded: Any, plan: Any
) -> None:
    await plan({"say": "I would suggest a moving average."}, "1113")
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
