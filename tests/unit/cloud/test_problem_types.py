"""The address in every problem's `type` leads to what it means and what to do."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from agent_core.protocol.errors import HTTP_STATUS, ErrorCode, ForexEliteError
from agent_core.protocol.problem import ProblemType
from cloud.app import create_app
from cloud.problems import install_problem_handlers, problem_document
from cloud.settings import CloudSettings


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(CloudSettings(mode="local")))
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as made:
        yield made


@pytest.mark.parametrize("code", list(ErrorCode))
async def test_every_code_is_explained_where_its_problem_points(client: httpx.AsyncClient, code: ErrorCode) -> None:
    problem = problem_document(ForexEliteError(code, "Because."))
    answer = await client.get(problem.type)
    told = ProblemType.model_validate_json(answer.content)
    assert (told.type, told.code, told.title, told.status) == (problem.type, code, problem.title, HTTP_STATUS[code])
    for sentence in (told.meaning, told.advice):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert "max-age" in answer.headers["cache-control"]


async def test_all_of_them_and_none(client: httpx.AsyncClient) -> None:
    assert {kind["code"] for kind in (await client.get("/problems")).json()} == set(ErrorCode)
    missing = await client.get("/problems/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")


async def test_a_browser_gets_a_page(client: httpx.AsyncClient) -> None:
    for path in ("/problems", "/problems/insufficient_margin"):
        page = await client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.headers["content-type"].startswith("text/html")
        assert "The account has less free margin than the order requires" in page.text
        assert (page.headers["vary"], "default-src 'none'" in page.headers["content-security-policy"]) == (
            "Accept", True,
        )  # fmt: skip


async def test_what_may_be_sent_again_is_told(client: httpx.AsyncClient) -> None:
    kinds = {kind["code"]: kind["retry"] for kind in (await client.get("/problems")).json()}
    codes = ("AGENT_OFFLINE", "RATE_LIMITED", "OUTCOME_UNKNOWN", "INSUFFICIENT_MARGIN")
    assert [kinds[code] for code in codes] == [True, True, False, False]


async def test_headers_that_belong_to_a_refusal() -> None:
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/signed-in")
    async def signed_in() -> None:
        raise ForexEliteError(ErrorCode.INVALID_JWT, "Sign in.")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cloud") as client:
        assert (await client.get("/signed-in")).headers["www-authenticate"] == "Bearer"
        assert (await client.post("/signed-in")).headers["allow"] == "GET"
