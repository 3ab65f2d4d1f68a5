"""GLM chat completions over httpx: streaming, retry by the body's error code, a limit of parallel requests."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.providers.sse import TornFrameError, json_frames

#: Error codes in the answer's body; the HTTP status is 429 for several of them, so it decides nothing.
RETRY_SOON = frozenset({"1302"})
RETRY_LATER = frozenset({"1305"})
NO_BALANCE = frozenset({"1113"})
QUOTA_USED = frozenset({"1308", "1309", "1310", "1311", "1313", "1314"})
FILTERED = frozenset({"1301"})

TIMEOUT = httpx.Timeout(connect=8, read=60, write=30, pool=30)
TOTAL_SECONDS = 600
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class GlmConfig:
    """Where and how the model is asked. Prices are US dollars per million tokens."""

    base_url: str
    api_key: str
    model: str
    thinking: bool = True
    max_tokens: int = 32768
    parallel: int = 2
    price_in: float = 1.00
    price_out: float = 3.20


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the streamed answer."""

    kind: Literal["thinking", "content"]
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, as the model's server counts them."""

    prompt_tokens: int
    completion_tokens: int


class CutOffError(ForexEliteError):
    """The answer broke off in the middle. What came of it is worth nothing; the turn may be asked again."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.GENERATION_FAILED, "The code generator's answer broke off. Try again.")


class _VendorError(Exception):
    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status


class GlmClient:
    """Asks the model. One instance per key: its semaphore keeps within the vendor's concurrency limit."""

    def __init__(self, http: httpx.AsyncClient, config: GlmConfig) -> None:
        self.config = config
        self._http = http
        self._slots = asyncio.Semaphore(config.parallel)

    async def stream(self, messages: list[Message]) -> AsyncIterator[Piece | Usage]:
        """Yields pieces of the answer as they come, and its usage at the end.

        An attempt that fails before its first piece of content is asked again; after that a failure ends the turn.

        Raises:
            CutOffError: the answer broke off after its first piece of content.
            ForexEliteError: GENERATION_BUSY or GENERATION_FAILED, with what the user can do.
        """
        async with self._slots:
            for attempt in range(1, ATTEMPTS + 1):
                begun = False
                try:
                    async with asyncio.timeout(TOTAL_SECONDS):
                        async for part in self._attempt(messages):
                            begun = begun or (isinstance(part, Piece) and part.kind == "content")
                            yield part
                    return
                except (_VendorError, TornFrameError, httpx.TransportError, TimeoutError) as error:
                    if begun and _may_retry(error):
                        raise CutOffError from error
                    if begun or attempt == ATTEMPTS or not _may_retry(error):
                        raise _for_user(error) from error
                    await asyncio.sleep(_pause(error, attempt))

    def cost_usd(self, usage: Usage) -> float:
        """Price of an answer by the configured price list."""
        spent = usage.prompt_tokens * self.config.price_in + usage.completion_tokens * self.config.price_out
        return round(spent / 1_000_000, 6)

    async def _attempt(self, messages: list[Message]) -> AsyncIterator[Piece | Usage]:
        body = {
            "model": self.config.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            "thinking": {"type": "enabled" if self.config.thinking else "disabled"},
            "max_tokens": self.config.max_tokens,
            "temperature": 0.2,
        }
        headers = {"Authorization": f"Bearer {self.config.api_key}", "Accept": "text/event-stream"}
        url = f"{self.config.base_url.rstrip('/')}/chat/completions"
        async with self._http.stream("POST", url, json=body, headers=headers, timeout=TIMEOUT) as response:
            if response.status_code != 200:
                await response.aread()
                raise _vendor_error(_json_of(response), response.status_code)
            finished = False
            async for frame in json_frames(response.aiter_lines()):
                if "error" in frame:
                    raise _vendor_error(frame, response.status_code)
                for choice in frame.get("choices", []):
                    delta = choice.get("delta") or {}
                    if thinking := delta.get("reasoning_content"):
                        yield Piece("thinking", thinking)
                    if content := delta.get("content"):
                        yield Piece("content", content)
                    finished = finished or _finished(choice.get("finish_reason"))
                if usage := frame.get("usage"):
                    yield Usage(int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0)))
            if not finished:
                raise TornFrameError("the answer has no finish_reason")


def _finished(reason: str | None) -> bool:
    if reason in (None, ""):
        return False
    if reason != "stop":
        raise _VendorError(reason or "", "the answer did not end by itself", 200)
    return True


def _json_of(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _vendor_error(body: dict[str, Any], status: int) -> _VendorError:
    error = body.get("error") or {}
    return _VendorError(str(error.get("code", "")), str(error.get("message", "")), status)


def _may_retry(error: Exception) -> bool:
    if isinstance(error, _VendorError):
        unknown_overload = error.status >= 500 and error.code not in QUOTA_USED | NO_BALANCE | FILTERED
        return error.code in RETRY_SOON | RETRY_LATER or unknown_overload
    return True


def _pause(error: Exception, attempt: int) -> float:
    slow = isinstance(error, _VendorError) and error.code in RETRY_LATER
    base = (4.0 if slow else 1.0) * 2 ** (attempt - 1)
    return float(base * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, not a secret


def _for_user(error: Exception) -> ForexEliteError:
    code = error.code if isinstance(error, _VendorError) else ""
    if code in RETRY_SOON | RETRY_LATER:
        return ForexEliteError(
            ErrorCode.GENERATION_BUSY, "The code generator is overloaded at the moment. Try again in a few minutes."
        )
    if code in NO_BALANCE | QUOTA_USED:
        return ForexEliteError(
            ErrorCode.GENERATION_FAILED,
            "The code generator has no credit left. Tell support; your own code can still be edited and compiled.",
        )
    if code in FILTERED or code == "sensitive":
        return ForexEliteError(
            ErrorCode.GENERATION_FAILED, "The code generator refused this description. Describe the strategy alone."
        )
    if code == "length":
        return ForexEliteError(
            ErrorCode.GENERATION_FAILED, "The strategy got too long to be written in one go. Describe a simpler one."
        )
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return ForexEliteError(
            ErrorCode.GENERATION_FAILED, "The code generator did not answer in time. Try again in a few minutes."
        )
    return ForexEliteError(
        ErrorCode.GENERATION_FAILED, f"The code generator failed{f' (code {code})' if code else ''}. Try again."
    )
