"""The GLM client against the stand-in: streaming, torn frames, error codes."""

from collections.abc import AsyncIterator

import httpx
import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.providers import glm
from cloud.providers.glm import CutOffError, GlmClient, GlmConfig, Message, Piece, Usage

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
    assert client.cost_usd(usage) > 0


@pytest.mark.parametrize("code", ["1302", "1305"])
async def test_an_overloaded_model_is_asked_again(client: GlmClient, plan: object, code: str) -> None:
    await plan(code, code)  # type: ignore[operator]
    text = await answer_of(client)
    assert "```mql5" in text


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        (["1302"] * 4, ErrorCode.GENERATION_BUSY, "overloaded"),
        (["1113"], ErrorCode.GENERATION_FAILED, "no credit"),
        (["1301"], ErrorCode.GENERATION_FAILED, "refused"),
        (["1214"], ErrorCode.GENERATION_FAILED, "1214"),
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


async def test_a_wrong_key_and_a_dead_server_are_failures(glm_url: str) -> None:
    async with httpx.AsyncClient() as http:
        for config in (
            GlmConfig(f"{glm_url}/api/paas/v4", "wrong", "glm-5"),
            GlmConfig("http://127.0.0.1:9/api", "glm-test-key", "glm-5"),
        ):
            with pytest.raises(ForexEliteError) as refused:
                await answer_of(GlmClient(http, config))
            assert refused.value.code == ErrorCode.GENERATION_FAILED
