"""Stand-in for the GLM API: chat completions in its wire form, written out of the shipped strategy templates.

`POST /_control {"next": [...]}` queues what the following answers shall be: "ok", "broken" (MQL5 with an error),
"truncated" (a frame cut mid-way), "prose" (no code), "dll" (forbidden code), "hang", or an error code such as "1302".
"""

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from agent_core.mql.templates import StrategyTemplate, strategy_templates

PIECE = 160
PAUSE_SECONDS = 0.02
#: Status and message of the documented error codes.
ERRORS: dict[str, tuple[int, str]] = {
    "1302": (429, "Rate limit reached for requests"),
    "1305": (429, "The service may be temporarily overloaded, please try again later"),
    "1308": (429, "Usage limit reached"),
    "1113": (429, "Insufficient balance or no resource package. Please recharge."),
    "1210": (400, "Invalid API parameter, please check the documentation."),
    "1214": (400, "The model does not exist"),
    "1301": (400, "Unsafe or sensitive content was detected"),
    "1000": (401, "Authentication failed"),
}


def create_glm_app(api_key: str, *, models: tuple[str, ...] = ("glm-5", "glm-5.1", "glm-5.3")) -> FastAPI:
    """Builds the stand-in. It accepts requests for `models` with `api_key` alone."""
    app = FastAPI()
    planned: deque[str] = deque()

    @app.post("/_control")
    async def control(request: Request) -> dict[str, int]:
        planned.extend((await request.json())["next"])
        return {"planned": len(planned)}

    @app.post("/api/paas/v4/chat/completions", response_model=None)
    async def complete(request: Request) -> JSONResponse | StreamingResponse:
        if request.headers.get("authorization") != f"Bearer {api_key}":
            return _error("1000")
        body = await request.json()
        if body.get("model") not in models:
            return _error("1214")
        if not body.get("messages"):
            return _error("1210")
        plan = planned.popleft() if planned else "ok"
        if plan in ERRORS:
            return _error(plan)
        thinking = body.get("thinking", {}).get("type", "enabled") == "enabled"
        answer = _answer(body["messages"], plan)
        usage = _usage(body["messages"], answer, thinking)
        if not body.get("stream"):
            return JSONResponse(_whole(body["model"], answer, usage))
        frames = _frames(body["model"], answer, usage, thinking=thinking, plan=plan)
        return StreamingResponse(frames, media_type="text/event-stream")

    return app


def _error(code: str) -> JSONResponse:
    status, message = ERRORS[code]
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


def _answer(messages: list[dict[str, str]], plan: str) -> str:
    if plan == "prose":
        return "I would suggest a trend-following strategy with a moving average."
    description = next(message["content"] for message in messages if message["role"] == "user")
    template = _best_template(description)
    source = template.source
    if risk := re.search(r"(\d+(?:\.\d+)?)\s*%", description):
        source = re.sub(r"(InpRiskPercent\s*=\s*)[\d.]+", rf"\g<1>{float(risk.group(1))}", source)
    if plan == "broken":
        source = re.sub(r"\bInpRiskPercent\b(?!\s*=)", "InpRiskPct", source, count=1)
    if plan == "dll":
        source = '#import "kernel32.dll"\nint GetTickCount();\n#import\n' + source
    brief = "\n".join(
        [
            f"Entry: {template.title}",
            "Exit: stop loss or target, whichever comes first",
            "Risk: lots from the stop's distance and the risk per trade",
            "Guards: spread, session, one position, one magic number",
            "Assumed: the chart's own symbol and timeframe",
        ]
    )
    return f"BRIEF:\n{brief}\n\n```mql5\n{source}\n```\n"


def _best_template(description: str) -> StrategyTemplate:
    words = set(re.findall(r"[a-z]+", description.lower()))
    return max(strategy_templates(), key=lambda template: len(words & set(template.keywords)))


def _usage(messages: list[dict[str, str]], answer: str, thinking: bool) -> dict[str, Any]:
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


def _whole(model: str, answer: str, usage: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "glm-local", "created": int(time.time()), "model": model, "choices": [choice], "usage": usage}


async def _frames(model: str, answer: str, usage: dict[str, Any], *, thinking: bool, plan: str) -> AsyncIterator[str]:
    def frame(delta: dict[str, str], **more: Any) -> str:
        choice = {"index": 0, "delta": delta, **({"finish_reason": "stop"} if "usage" in more else {})}
        head = {"id": "glm-local", "object": "chat.completion.chunk", "created": int(time.time()), "model": model}
        return f"data: {json.dumps({**head, 'choices': [choice], **more})}\n\n"

    if plan == "hang":
        await asyncio.sleep(3600)
    if thinking:
        for sentence in ("The trader wants clear rules. ", "I need entry, exit, risk and guards. ", "Now the code."):
            yield frame({"role": "assistant", "reasoning_content": sentence})
            await asyncio.sleep(PAUSE_SECONDS)
    if plan == "truncated":
        yield frame({"role": "assistant", "content": answer[:PIECE]})
        yield frame({"role": "assistant", "content": answer[PIECE : 2 * PIECE]})[:-40] + "\n"
        return
    for start in range(0, len(answer), PIECE):
        yield frame({"role": "assistant", "content": answer[start : start + PIECE]})
        await asyncio.sleep(PAUSE_SECONDS)
    yield frame({"role": "assistant", "content": ""}, usage=usage)
    yield "data: [DONE]\n\n"
