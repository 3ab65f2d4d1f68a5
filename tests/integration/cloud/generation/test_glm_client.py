"""The GLM client against the stand-in: streaming, torn frames, error codes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.providers import glm
from cloud.providers.glm import GlmClient, GlmConfig, Message, Piece, Usage
from cloud.providers.glm_errors import CutOffError

QUESTION = [Message("user", "A moving average cross on EURUSD, risk 1 %, stop at 2 ATR.")]


async def answer_of(client: GlmClient) -> str:
    parts = [part async for part in client.stream(QUESTION)]
    return "".join(part.text for part in parts if isinstance(part, Piece) and part.kind == "content")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glm, "_pause", lambda _error, _attempt: 0.0)


@pytest.fixture
async def client(glm_url: str) -> AsyncIterator[GlmClient]:
    async with httpx.AsyncClient() as http:
        yield GlmClient(http, GlmConfig(f"{glm_url}/api/paas/v4", "glm-test-key", "glm-5"))


async def test_an_answer_streams_thoughts_then_content_then_usage(client: GlmClient) -> None:
    parts = [part async for part in client.stream(QUESTION)]
    kinds = [part.kind for part in parts if isinstance(part, Piece)]
    assert kinds == sorted(kinds, key=["thinking", "content"].index)
    text = "".join(part.text for part in parts if isinstance(part, Piece) and part.kind == "content")
    assert text.startswith("BRIEF:")
    assert "OnTick" in text
    usage = parts[-1]
    assert isinstance(usage, Usage)
    assert usage.completion_tokens > len(text) // 5
    assert client.cost_usd(usage.prompt_tokens, usage.completion_tokens) > 0


@pytest.mark.parametrize("code", ["1302", "1305"])
async def test_an_overloaded_model_is_asked_again(client: GlmClient, plan: object, code: str) -> None:
    await plan(code, code)  # type: ignore[operator]
    text = await answer_of(client)
    assert "```mql5" in text


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        (["1302"] * 4, ErrorCode.GENERATION_BUSY, "overloaded"),
        (["stream:1305"] + ["1305"] * 3, ErrorCode.GENERATION_FAILED, "broke off"),
        (["1113"], ErrorCode.GENERATION_FAILED, "no credit"),
        (["1309"], ErrorCode.GENERATION_FAILED, "no credit"),
        (["1308"], ErrorCode.GENERATION_FAILED, "used up for now"),
        (["1310"], ErrorCode.GENERATION_FAILED, "used up for now"),
        (["1301"], ErrorCode.GENERATION_FAILED, "refused this description"),
        (["sensitive"], ErrorCode.GENERATION_FAILED, "refused this description"),
        (["length"], ErrorCode.GENERATION_FAILED, "too long"),
        (["435"], ErrorCode.GENERATION_FAILED, "too long"),
        (["434"], ErrorCode.GENERATION_FAILED, "cloud's key"),
        (["1214"], ErrorCode.GENERATION_FAILED, "1214"),
        (["1210"], ErrorCode.GENERATION_FAILED, "1210"),
        (["500"] * 4, ErrorCode.GENERATION_BUSY, "overloaded"),
        (["404"], ErrorCode.GENERATION_FAILED, "404"),
        (["unfinished"], ErrorCode.GENERATION_FAILED, "broke off"),
        (["network_error"], ErrorCode.GENERATION_FAILED, "broke off"),
    ],
)
async def test_what_can_not_be_had_is_said_in_one_sentence(
    client: GlmClient, plan: object, answers: list[str], code: ErrorCode, words: str
) -> None:
    await plan(*answers)  # type: ignore[operator]
    with pytest.raises(ForexEliteError, match=words) as refused:
        await answer_of(client)
    assert refused.value.code == code


async def test_a_torn_frame_is_never_taken_for_an_answer(client: GlmClient, plan: object) -> None:
    await plan("truncated")  # type: ignore[operator]
    with pytest.raises(CutOffError):
        await answer_of(client)


async def test_a_wrong_key_and_a_dead_server_are_told_apart(glm_url: str) -> None:
    async with httpx.AsyncClient() as http:
        for base, key, words in (
            (f"{glm_url}/api/paas/v4", "wrong", "does not accept the cloud's key"),
            ("http://127.0.0.1:9/api", "glm-test-key", "can't be reached"),
        ):
            with pytest.raises(ForexEliteError, match=words) as refused:
                await answer_of(GlmClient(http, GlmConfig(base, key, "glm-5")))
            assert refused.value.code == ErrorCode.GENERATION_FAILED


async def test_a_model_that_hangs_is_asked_twice_and_then_given_up(glm_url: str, plan: object, model: Any) -> None:
    await plan("hang", "hang", "ok")  # type: ignore[operator]
    async with httpx.AsyncClient() as http:
        config = GlmConfig(f"{glm_url}/api/paas/v4", "glm-test-key", "glm-5", silence_seconds=0.3)
        with pytest.raises(ForexEliteError, match="did not answer in time"):
            await answer_of(GlmClient(http, config))
        assert "```mql5" in await answer_of(GlmClient(http, config))
    assert (await model())["given_up"] == 2


async def test_silence_in_the_middle_ends_the_turn(glm_url: str, plan: object) -> None:
    await plan("stall")  # type: ignore[operator]
    async with httpx.AsyncClient() as http:
        config = GlmConfig(f"{glm_url}/api/paas/v4", "glm-test-key", "glm-5", silence_seconds=0.3)
        with pytest.raises(CutOffError):
            await answer_of(GlmClient(http, config))


async def test_a_server_that_only_says_it_is_alive_is_given_up_in_time() -> None:
    ended = asyncio.Event()

    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b": still thinking\n\n")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()
        ended.set()

    server = await asyncio.start_server(chatter, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient() as http, asyncio.timeout(5):
        with pytest.raises(ForexEliteError, match="did not answer in time"):
            await answer_of(GlmClient(http, GlmConfig(address, "glm-test-key", "glm-5", total_seconds=0.3)))
        await ended.wait()
    server.close()


async def test_without_credit_nothing_is_asked_for_a_while(glm_url: str, plan: object) -> None:
    await plan("1113")  # type: ignore[operator]
    async with httpx.AsyncClient() as http:
        config = GlmConfig(f"{glm_url}/api/paas/v4", "glm-test-key", "glm-5", stand_down_seconds=0.5)
        client = GlmClient(http, config)
        for _ in range(2):  # the second time the server would have answered
            with pytest.raises(ForexEliteError, match="no credit"):
                await answer_of(client)
        until = asyncio.get_running_loop().time() + 0.5
        while asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.05)
        assert "```mql5" in await answer_of(client)


async def test_no_more_requests_at_once_than_the_key_may_have(glm_url: str, plan: object, model: Any) -> None:
    await plan("hang")  # type: ignore[operator]
    async with httpx.AsyncClient() as http:
        config = GlmConfig(
            f"{glm_url}/api/paas/v4", "glm-test-key", "glm-5", parallel=1, silence_seconds=30, queue_seconds=0.2
        )
        client = GlmClient(http, config)
        first = asyncio.create_task(answer_of(client))
        while not (await model())["at_work"]:
            await asyncio.sleep(0.01)
        waiting = client.stream(QUESTION)
        notice = await anext(waiting)
        assert isinstance(notice, Piece)
        assert "waiting for one" in notice.text
        with pytest.raises(ForexEliteError, match="overloaded") as refused:
            await anext(waiting)
        assert refused.value.code == ErrorCode.GENERATION_BUSY
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert "```mql5" in await answer_of(client)
