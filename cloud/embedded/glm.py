"""Stand-in for the GLM API: chat completions in its wire form, with the errors and faults it is known for.

`POST /_control {"next": [...]}` queues what the following answers shall be: "ok", "broken" (MQL5 with an error),
{"say": "..."} (this text), "hang" (no byte), "stall" (silence in the middle), "truncated" (a frame cut mid-way),
"unfinished" (no finish_reason), a finish_reason ("length", "sensitive", "network_error"), an error code ("1302"), the
same in mid-stream ("stream:1305"), or an HTTP status without a code ("434"). `GET /_control` tells how many requests
are at work, how many were given up by the caller, and the last conversation.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from cloud.embedded.glm_model import broken, reply

#: Status and message of the documented error codes.
ERRORS: dict[str, tuple[int, str]] = {
    "1302": (429, "Rate limit reached for requests"),
    "1305": (429, "The service may be temporarily overloaded, please try again later"),
    "1308": (429, "Usage limit reached"),
    "1309": (429, "Your plan has expired"),
    "1310": (429, "Weekly/Monthly limit exhausted"),
    "1311": (429, "Your plan does not include this model"),
    "1313": (429, "Fair use limit reached"),
    "1113": (429, "Insufficient balance or no resource package. Please recharge."),
    "1210": (400, "Invalid API parameter, please check the documentation."),
    "1214": (400, "The model does not exist"),
    "1301": (400, "Unsafe or sensitive content was detected"),
    "1000": (401, "Authentication failed"),
}
FINISH_REASONS = ("length", "sensitive", "network_error")
_THOUGHTS = ("The trader wants clear rules. ", "I need entry, exit, risk and guards. ", "Now the code.")
_A_LONG_TIME = 3600.0


@dataclass(slots=True)
class Vendor:
    """The stand-in's state.

    Attributes:
        parallel: More requests at once are refused with 1302, as the vendor does; None takes any number.
        piece_chars: Characters in a frame; `pause_seconds` between frames.
    """

    api_key: str
    models: tuple[str, ...] = ("glm-5", "glm-5.1", "glm-5.3")
    parallel: int | None = None
    piece_chars: int = 160
    pause_seconds: float = 0.02
    planned: deque[str | dict[str, str]] = field(default_factory=deque)
    at_work: int = 0
    given_up: int = 0
    last: list[dict[str, str]] = field(default_factory=list)


def create_glm_app(api_key: str, **options: Any) -> FastAPI:
    """Builds the stand-in. It accepts requests with `api_key` alone; `options` are `Vendor`'s."""
    app = FastAPI()
    vendor = Vendor(api_key, **options)

    @app.post("/_control")
    async def control(request: Request) -> dict[str, int]:
        vendor.planned.extend((await request.json())["next"])
        return {"planned": len(vendor.planned)}

    @app.get("/_control")
    async def state() -> dict[str, Any]:
        return {"at_work": vendor.at_work, "given_up": vendor.given_up, "last": vendor.last}

    @app.post("/api/paas/v4/chat/completions", response_model=None)
    async def complete(request: Request) -> JSONResponse | StreamingResponse:
        if request.headers.get("authorization") != f"Bearer {vendor.api_key}":
            return _error("1000")
        body = await request.json()
        if body.get("model") not in vendor.models:
            return _error("1214")
        if not body.get("messages"):
            return _error("1210")
        if vendor.parallel is not None and vendor.at_work >= vendor.parallel:
            return _error("1302")
        plan = vendor.planned.popleft() if vendor.planned else "ok"
        if isinstance(plan, str) and plan in ERRORS:
            return _error(plan)
        if isinstance(plan, str) and plan.isdigit():
            return JSONResponse({}, status_code=int(plan))
        vendor.last = body["messages"]
        answer = _Answer(vendor, body, plan)
        return (
            StreamingResponse(answer.frames(), media_type="text/event-stream")
            if body.get("stream")
            else (JSONResponse(answer.whole()))
        )

    return app


def _error(code: str) -> JSONResponse:
    return JSONResponse(_error_body(code), status_code=ERRORS[code][0])


def _error_body(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": ERRORS[code][1]}}


class _Answer:
    """One answer on its way."""

    def __init__(self, vendor: Vendor, body: dict[str, Any], plan: str | dict[str, str]) -> None:
        self._vendor = vendor
        self._model = body["model"]
        self._plan = plan if isinstance(plan, str) else "ok"
        self._thinking = body.get("thinking", {}).get("type", "enabled") == "enabled"
        self._text = plan["say"] if isinstance(plan, dict) else reply(body["messages"])
        if plan == "broken":
            self._text = broken(self._text)
        self._usage = _usage(body["messages"], self._text, thinking=self._thinking)

    def whole(self) -> dict[str, Any]:
        """The answer in one piece."""
        message = {"role": "assistant", "content": self._text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {**self._head(), "choices": [choice], "usage": self._usage}

    async def frames(self) -> AsyncIterator[str]:
        """The answer as it streams."""
        self._vendor.at_work += 1
        done = False
        try:
            async for frame in self._planned_frames():
                yield frame
            done = True
        finally:
            self._vendor.at_work -= 1
            self._vendor.given_up += not done

    async def _planned_frames(self) -> AsyncIterator[str]:
        if self._plan == "hang":
            await asyncio.sleep(_A_LONG_TIME)
        if self._thinking:
            for sentence in _THOUGHTS:
                yield self._frame({"role": "assistant", "reasoning_content": sentence})
                await asyncio.sleep(self._vendor.pause_seconds)
        size = self._vendor.piece_chars
        pieces = [self._text[start : start + size] for start in range(0, len(self._text), size)]
        for number, piece in enumerate(pieces):
            frame = self._frame({"role": "assistant", "content": piece})
            if number == 1 and self._plan == "truncated":
                yield frame[:-40] + "\n"
                return
            if number == 1 and self._plan == "stall":
                await asyncio.sleep(_A_LONG_TIME)
            if number == 1 and self._plan.startswith("stream:"):
                yield f"data: {json.dumps(_error_body(self._plan.removeprefix('stream:')))}\n\n"
                return
            yield frame
            await asyncio.sleep(self._vendor.pause_seconds)
        if self._plan != "unfinished":
            reason = self._plan if self._plan in FINISH_REASONS else "stop"
            yield self._frame({"role": "assistant", "content": ""}, finish_reason=reason, usage=self._usage)
        yield "data: [DONE]\n\n"

    def _head(self) -> dict[str, Any]:
        return {"id": "glm-local", "created": int(time.time()), "model": self._model}

    def _frame(
        self, delta: dict[str, str], *, finish_reason: str | None = None, usage: dict[str, Any] | None = None
    ) -> str:
        choice = {"index": 0, "delta": delta, **({"finish_reason": finish_reason} if finish_reason else {})}
        more = {"usage": usage} if usage else {}
        body = {**self._head(), "object": "chat.completion.chunk", "choices": [choice], **more}
        return f"data: {json.dumps(body)}\n\n"


def _usage(messages: list[dict[str, str]], answer: str, *, thinking: bool) -> dict[str, Any]:
    prompt = sum(len(message["content"]) for message in messages) // 4
    reasoning = 90 if thinking else 0
    completion = len(answer) // 4 + reasoning
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
