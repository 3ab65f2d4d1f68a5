"""What a user's generations may use, and that they end when nobody waits for them any more."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.ea.budget import DayLimits, GenerationBudget
from cloud.ea.generation import TOKENS_SPENT
from cloud.metrics import exposition
from cloud.places import SharedPlaces
from cloud.providers.glm import GlmClient, GlmConfig, Message, Piece
from cloud.services import Services
from cloud.settings import CloudSettings

DESCRIPTION = "Cross of two moving averages on EURUSD M15, stop at 2 ATR, risk 2 %, target 2R."


@pytest.fixture
def cloud_settings(backend: Any, glm_settings: dict[str, object]) -> CloudSettings:
    limits = {
        "glm_silence_seconds": 0.5,
        "generations_a_day": 3,
        "generation_tokens_a_day": 10_000,
        "generations_at_once": 1,
    }
    made: CloudSettings = backend.settings(**glm_settings, **limits)
    return made


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """The cloud on a real socket: a caller who hangs up is seen there alone."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def order(client: httpx.AsyncClient, trader: Any) -> dict[str, Any]:
    created = await client.post("/api/v1/ea/projects", json={"name": "Cross"}, headers=trader.headers)
    return {"project_id": created.json()["project_id"], "strategy_description": DESCRIPTION}


async def ledger(services: Services, user_id: UUID) -> list[tuple[bool, int, int, float]]:
    async with services.db.as_service() as db:
        rows = await db.fetch(
            "select ea_version_id is not null as kept, prompt_tokens, completion_tokens, cost_usd::float8"
            " from generation_ledger where user_id = $1 order by created_at",
            user_id,
        )
    return [tuple(row) for row in rows]


async def test_the_day_s_generations_and_tokens_are_limited(
    client: httpx.AsyncClient, onboarded: Any, services: Services, plan: Any
) -> None:
    body = await order(client, onboarded)
    path, headers = "/api/v1/ea/generate", onboarded.headers
    await plan({"say": "No code."})
    failed = await client.post(path, json=body, headers=headers, timeout=60)
    assert failed.json()["code"] == "GENERATION_FAILED"
    made = await client.post(path, json=body, headers=headers, timeout=60)
    assert made.status_code == 201, made.text
    spent = await ledger(services, onboarded.user_id)
    assert [row[0] for row in spent] == [False, True]
    assert all(prompt > 500 and answer > 0 and cost > 0 for _kept, prompt, answer, cost in spent)
    usage = (await client.get("/api/v1/ea/usage", headers=headers)).json()
    assert usage["tokens"] == sum(prompt + answer for _kept, prompt, answer, _cost in spent)
    assert usage["cost_usd"] == pytest.approx(sum(row[3] for row in spent))
    await plan({"say": "x" * 40_000})
    await client.post(path, json=body, headers=headers, timeout=60)
    refused = await client.post(path, json=body, headers=headers, timeout=60)
    assert (refused.status_code, refused.json()["code"]) == (403, "GENERATION_BUDGET")
    assert "3 generations" in refused.json()["detail"]
    async with services.db.as_service() as db:
        await db.execute("update generation_ledger set completion_tokens = 10000 where user_id = $1", onboarded.user_id)
        await db.execute(
            "update generation_ledger set created_at = now() - interval '2 days' where id in"
            " (select id from generation_ledger where user_id = $1 order by created_at limit 2)",
            onboarded.user_id,
        )
    refused = await client.post(path, json=body, headers=headers, timeout=60)
    assert (refused.status_code, refused.json()["code"]) == (403, "GENERATION_BUDGET")
    assert "10,000 tokens" in refused.json()["detail"]


async def test_a_generation_that_goes_on_another_day_counts_on_that_day(
    client: httpx.AsyncClient, onboarded: Any, services: Services, plan: Any
) -> None:
    body = await order(client, onboarded) | {"generation_id": str(uuid4())}
    await plan({"say": "No code."}, {"say": "No code."})
    await client.post("/api/v1/ea/generate", json=body, headers=onboarded.headers, timeout=60)
    async with services.db.as_service() as db:
        await db.execute(
            "update generation_ledger set created_at = now() - interval '2 days' where user_id = $1", onboarded.user_id
        )
    await client.post("/api/v1/ea/generate", json=body, headers=onboarded.headers, timeout=60)
    usage = (await client.get("/api/v1/ea/usage", headers=onboarded.headers)).json()
    [(_kept, prompt, answer, _cost)] = await ledger(services, onboarded.user_id)
    assert (usage["generations"], usage["tokens"]) == (1, prompt + answer)


async def test_no_round_begins_without_tokens_left(
    client: httpx.AsyncClient, onboarded: Any, services: Services, plan: Any
) -> None:
    async with services.db.as_service() as db:
        await db.execute(
            "insert into generation_ledger (user_id, model, prompt_tokens, completion_tokens, cost_usd)"
            " values ($1, 'glm-5', 9000, 900, 0)", onboarded.user_id,
        )  # fmt: skip
    await plan("broken")
    body = await order(client, onboarded)
    answer = await client.post("/api/v1/ea/generate", json=body, headers=onboarded.headers, timeout=60)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["repairs"], made["notice"]) == (0, TOKENS_SPENT)
    assert any(item["severity"] == "error" for item in made["diagnostics"])
    spent = await ledger(services, onboarded.user_id)
    assert spent[-1][:3] == (True, made["prompt_tokens"], made["completion_tokens"])
    figures = exposition().decode()
    assert 'forexelite_generations_total{result="version"}' in figures
    assert 'forexelite_generation_tokens_total{kind="completion"}' in figures
    assert "forexelite_generation_rounds_count" in figures
    assert "forexelite_generation_seconds_count" in figures


async def test_workers_count_a_user_s_generations_and_the_key_s_requests_together(
    glm_settings: dict[str, Any], redis_server: Any, services: Services, onboarded: Any, plan: Any, model: Any
) -> None:
    config = GlmConfig(
        glm_settings["glm_base_url"], glm_settings["glm_api_key"].get_secret_value(), "glm-5", parallel=1
    )
    shares = [SharedPlaces(redis_server.url) for _ in range(2)]
    async with httpx.AsyncClient() as http:
        clients = [GlmClient(http, config, places) for places in shares]
        budgets = [
            GenerationBudget(services.db, made, DayLimits(9, 9_000_000, 1), places)
            for made, places in zip(clients, shares, strict=True)
        ]
        mine = uuid4()
        async with budgets[0].generation(onboarded.claims, mine):
            for identity, code in ((mine, ErrorCode.CONFLICT), (uuid4(), ErrorCode.GENERATION_BUSY)):
                with pytest.raises(ForexEliteError) as refused:
                    async with budgets[1].generation(onboarded.claims, identity):
                        pass
                assert refused.value.code is code
        async with budgets[1].generation(onboarded.claims, uuid4()):
            pass
        await plan("stall", "ok")
        first = clients[0].stream([Message("user", "Cross of two averages")])
        await anext(first)
        second = clients[1].stream([Message("user", "Cross of two averages")])
        waiting = await anext(second)
        assert isinstance(waiting, Piece)
        assert waiting.kind == "notice"
        assert (await model())["at_work"] == 1
        await first.aclose()
        assert [part async for part in second]
    for places in shares:
        await places.close()


async def test_the_last_place_of_a_day_is_taken_once(services: Services, onboarded: Any) -> None:
    budget = GenerationBudget(services.db, services.glm, DayLimits(1, 9_000_000, 9), SharedPlaces())
    all_tried = asyncio.Barrier(8)

    async def begin() -> str:
        try:
            async with budget.generation(onboarded.claims, uuid4()):
                await all_tried.wait()
        except ForexEliteError as refused:
            await all_tried.wait()
            return refused.code
        return "begun"

    found = sorted(await asyncio.gather(*(begin() for _ in range(8))))
    assert found == [ErrorCode.GENERATION_BUDGET] * 7 + ["begun"]


async def test_what_the_vendor_did_not_answer_costs_nothing(
    client: httpx.AsyncClient, onboarded: Any, services: Services, plan: Any
) -> None:
    await plan("1214")
    body = await order(client, onboarded)
    answer = await client.post("/api/v1/ea/generate", json=body, headers=onboarded.headers, timeout=60)
    assert answer.status_code == 503
    assert await ledger(services, onboarded.user_id) == []


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("fault", ["hang", "stall"])
async def test_a_caller_who_hangs_up_ends_the_model_s_work(
    client: httpx.AsyncClient, onboarded: Any, services: Services, address: str, plan: Any, model: Any,
    streamed: bool, fault: str,
) -> None:  # fmt: skip
    await plan(fault)
    body = await order(client, onboarded)
    headers = {**onboarded.headers, **({"Accept": "text/event-stream"} if streamed else {})}
    url = f"{address}/api/v1/ea/generate"
    async with httpx.AsyncClient(timeout=60) as caller:
        call = asyncio.create_task(_listen(caller, url, body, headers))
        while not (await model())["at_work"]:
            await asyncio.sleep(0.01)
        second = await caller.post(url, json=body, headers=onboarded.headers)
        assert (second.status_code, second.json()["code"]) == (503, "GENERATION_BUSY")
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        while (await model())["at_work"]:
            await asyncio.sleep(0.01)
        assert (await model())["given_up"] == 1
        again = second
        while again.json().get("code") == "GENERATION_BUSY":  # until the first one's account is settled
            again = await caller.post(url, json=body, headers=onboarded.headers)
    assert again.status_code == 201, again.text
    # What had come by then is estimated; it was asked for and will be charged.
    spent = await ledger(services, onboarded.user_id)
    assert [row[0] for row in spent] == ([True] if fault == "hang" else [False, True])


async def _listen(caller: httpx.AsyncClient, url: str, body: dict[str, Any], headers: dict[str, str]) -> None:
    async with caller.stream("POST", url, json=body, headers=headers) as answer:
        async for _line in answer.aiter_lines():
            pass


async def test_a_silent_model_does_not_leave_the_connection_silent(
    client: httpx.AsyncClient, onboarded: Any, address: str, plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.ea.answering.KEEP_ALIVE_SECONDS", 0.05)
    await plan("hang")
    body = await order(client, onboarded)
    headers = {**onboarded.headers, "Accept": "text/event-stream"}
    seen = []
    async with (
        httpx.AsyncClient(timeout=60) as caller,
        caller.stream("POST", f"{address}/api/v1/ea/generate", json=body, headers=headers) as answer,
    ):
        async for line in answer.aiter_lines():
            seen.append(line)
            if seen.count(": still at work") == 3:
                break
    assert seen[0] == "event: begun"
