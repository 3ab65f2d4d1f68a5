"""GLM chat completions over httpx: streaming, retries, a limit of parallel requests, standing down."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import uuid4

import httpx

from agent_core.protocol.errors import ForexEliteError
from cloud.places import SharedPlaces, Taking
from cloud.providers.glm_errors import BusyError, CutOffError, VendorError, for_user, may_retry, out_of_credit
from cloud.providers.sse import TornFrameError, json_frames

ATTEMPTS = 4
#: A model that hangs is asked twice; each time costs a minute.
ATTEMPTS_IN_SILENCE = 2
_ROW, _LOOK_SECONDS = "glm", 0.1
#: More than the longest answer the vendor gives.
MAX_ANSWER_CHARS = 1_000_000


@dataclass(frozen=True, slots=True)
class GlmConfig:
    """Where and how the model is asked.

    Attributes:
        parallel: How many requests may be at work at once; the vendor refuses more.
        price_in: US dollars per million tokens asked; `price_out` per million answered.
        silence_seconds: So long the model may say nothing, before its first word and between words.
        total_seconds: So long one answer may take, with all its attempts.
        queue_seconds: So long a request waits for its turn.
        stand_down_seconds: So long nothing is asked once the vendor said that there is no credit.
    """

    base_url: str
    api_key: str
    model: str
    thinking: bool = True
    max_tokens: int = 32768
    parallel: int = 2
    price_in: float = 1.00
    price_out: float = 3.20
    silence_seconds: float = 60
    total_seconds: float = 600
    queue_seconds: float = 120
    stand_down_seconds: float = 60


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the streamed answer; a notice is the client's own word about waiting."""

    kind: Literal["thinking", "content", "notice"]
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, as the model's server counts them."""

    prompt_tokens: int
    completion_tokens: int


class GlmClient:
    """Asks the model, within the vendor's limit of requests at once for the key, on all workers together."""

    def __init__(self, http: httpx.AsyncClient, config: GlmConfig, places: SharedPlaces | None = None) -> None:
        self.config = config
        self._http = http
        self._places = places or SharedPlaces()
        self._queue = asyncio.Lock()
        self._stand_down: tuple[float, ForexEliteError] | None = None
        self._timeout = httpx.Timeout(connect=8, read=config.silence_seconds, write=30, pool=30)

    async def stream(self, messages: list[Message]) -> AsyncGenerator[Piece | Usage, None]:
        """Yields pieces of the answer as they come, and its usage at the end.

        An attempt that fails before its first piece of content is asked again; after that a failure ends the turn.

        Raises:
            CutOffError: the answer broke off after its first piece of content.
            ForexEliteError: GENERATION_BUSY or GENERATION_FAILED, with what the user can do.
        """
        self._check_standing_down()
        place = uuid4().hex
        if self._queue.locked() or not await self._take(place):
            yield Piece("notice", "All places at the code generator are taken; waiting for one.")
            await self._wait(place)
        try:
            self._check_standing_down()
            async with aclosing(self._attempts(messages)) as parts:
                async for part in parts:
                    yield part
        finally:
            await self._places.free(_ROW, place)

    def cost_usd(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Price of tokens by the configured price list."""
        spent = prompt_tokens * self.config.price_in + completion_tokens * self.config.price_out
        return round(spent / 1_000_000, 6)

    async def _take(self, place: str) -> bool:
        return await self._places.take(_ROW, place, self.config.parallel) is Taking.TAKEN

    async def _wait(self, place: str) -> None:
        """Takes a place when one comes free; who came first is served first."""
        try:
            async with asyncio.timeout(self.config.queue_seconds), self._queue:
                while not await self._take(place):  # noqa: ASYNC110  # another process frees the place
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            raise BusyError from None

    async def _attempts(self, messages: list[Message]) -> AsyncGenerator[Piece | Usage, None]:
        deadline = asyncio.get_running_loop().time() + self.config.total_seconds
        for attempt in range(1, ATTEMPTS + 1):
            begun = False
            try:
                async with aclosing(self._attempt(messages, deadline)) as parts:
                    async for part in parts:
                        begun = begun or (isinstance(part, Piece) and part.kind == "content")
                        yield part
                return
            except (VendorError, TornFrameError, httpx.HTTPError, TimeoutError) as error:
                if begun and may_retry(error):
                    raise CutOffError from error
                silent = isinstance(error, httpx.ReadTimeout) and attempt == ATTEMPTS_IN_SILENCE
                if begun or attempt == ATTEMPTS or silent or not may_retry(error):
                    raise self._given_up(error) from error
                pause = _pause(error, attempt)
                yield Piece("notice", f"The code generator is busy or hard to reach; asking again in {pause:.0f} s.")
                await asyncio.sleep(pause)

    async def _attempt(self, messages: list[Message], deadline: float) -> AsyncGenerator[Piece | Usage, None]:
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
        async with self._http.stream("POST", url, json=body, headers=headers, timeout=self._timeout) as response:
            if response.status_code != 200:
                await response.aread()
                raise _vendor_error(_json_of(response), response.status_code)
            finished, length = False, 0
            async with aclosing(_until(deadline, response)) as lines, aclosing(json_frames(lines)) as frames:
                async for frame in frames:
                    for piece in _pieces(frame, response.status_code):
                        length += len(piece.text)
                        yield piece
                    finished = finished or _finished(frame)
                    if usage := _usage(frame):
                        yield usage
                    if length > MAX_ANSWER_CHARS:
                        raise VendorError("length", "the answer has no end", 200)
            if not finished:
                raise TornFrameError("the answer has no finish_reason")

    def _given_up(self, error: Exception) -> ForexEliteError:
        """What the user is told. Without credit nothing is asked for a while."""
        told = for_user(error)
        if out_of_credit(error):
            self._stand_down = (asyncio.get_running_loop().time() + self.config.stand_down_seconds, told)
        return told

    def _check_standing_down(self) -> None:
        if self._stand_down is None:
            return
        until, told = self._stand_down
        if asyncio.get_running_loop().time() < until:
            raise ForexEliteError(told.code, told.detail)
        self._stand_down = None


async def _until(deadline: float, response: httpx.Response) -> AsyncGenerator[str, None]:
    """Yields an answer's lines; one that only goes on saying that it is alive ends too.

    Raises:
        TimeoutError: it took too long.
    """
    clock = asyncio.get_running_loop().time
    async with aclosing(cast("AsyncGenerator[str, None]", response.aiter_lines())) as lines:
        async for line in lines:
            if clock() > deadline:
                raise TimeoutError
            yield line


def _pieces(frame: dict[str, Any], status: int) -> list[Piece]:
    if "error" in frame:
        raise _vendor_error(frame, status)
    pieces = []
    for choice in _choices(frame):
        delta = choice.get("delta") or {}
        kinds: tuple[tuple[Literal["thinking", "content"], str], ...] = (
            ("thinking", "reasoning_content"),
            ("content", "content"),
        )
        pieces += [Piece(kind, str(delta[name])) for kind, name in kinds if delta.get(name)]
    return pieces


def _finished(frame: dict[str, Any]) -> bool:
    reasons = [choice.get("finish_reason") for choice in _choices(frame)]
    for reason in reasons:
        if reason not in (None, "", "stop"):
            raise VendorError(str(reason), "the answer did not end by itself", 200)
    return "stop" in reasons


def _choices(frame: dict[str, Any]) -> list[dict[str, Any]]:
    choices = frame.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise TornFrameError("choices are no list of objects")
    return choices


def _usage(frame: dict[str, Any]) -> Usage | None:
    usage = frame.get("usage")
    if not isinstance(usage, dict):
        return None
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    prompt, completion = (count if isinstance(count, int) else 0 for count in counts)
    return Usage(prompt, completion)


def _json_of(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _vendor_error(body: dict[str, Any], status: int) -> VendorError:
    error = body.get("error")
    if not isinstance(error, dict):
        return VendorError("", "", status)
    return VendorError(str(error.get("code", "")), str(error.get("message", "")), status)


def _pause(error: Exception, attempt: int) -> float:
    base = (4.0 if isinstance(error, VendorError) and error.overloaded else 1.0) * 2 ** (attempt - 1)
    return float(base * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, not a secret
