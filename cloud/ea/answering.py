"""How a generation answers: as server-sent events while it goes on, or once at its end."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import structlog
from fastapi import Request
from pydantic import BaseModel

from agent_core.protocol.ea import GenerateAnswer, GenerationQuestions
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.ea.generating import Asked, Begun, Event
from cloud.ea.generation import Step
from cloud.ea.running import RunningGeneration
from cloud.problems import problem_document

_log = structlog.get_logger(__name__)
#: Shorter than any proxy's patience with a silent connection.
KEEP_ALIVE_SECONDS = 15.0
#: Words of so short a time go out together; nobody sees the difference.
GATHER_SECONDS = 0.02
_KEEP_ALIVE = ": still at work\n\n"
_UNAVAILABLE = "The service is busy or restarting. Try again shortly."


async def begun(running: RunningGeneration[Event]) -> str:
    """The first event, once the generation was let in; so a refusal still is an answer of its own."""
    async for event in running.items(KEEP_ALIVE_SECONDS):
        if event is not None:
            return _frame(event)
    raise ForexEliteError(ErrorCode.GENERATION_FAILED, "The generator ended without an answer. Try again.")


async def stream(running: RunningGeneration[Event], first: str, request_id: str | None) -> AsyncIterator[str]:
    """All events as server-sent events. When the reader goes away, the generation is cancelled."""
    try:
        yield first
        async for batch in running.batches(KEEP_ALIVE_SECONDS, GATHER_SECONDS):
            yield "".join(_frame(event) for event in batch) or _KEEP_ALIVE
    except ForexEliteError as error:
        yield _named("problem", problem_document(error, request_id))
    except Exception as error:  # noqa: BLE001  # the answer has begun; this is the one way left to tell
        _log.exception("generation_broke_off", error=type(error).__name__)
        unavailable = ForexEliteError(ErrorCode.SERVICE_UNAVAILABLE, _UNAVAILABLE)
        yield _named("problem", problem_document(unavailable, request_id))
    finally:
        running.stop()


async def at_once(running: RunningGeneration[Event], http: Request) -> GenerateAnswer:
    """The version alone. When the caller hangs up, the generation is cancelled.

    Raises:
        ForexEliteError: what the generation says.
    """
    answer = asyncio.create_task(_last(running))
    gone = asyncio.create_task(_gone(http))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        raise ForexEliteError(ErrorCode.GENERATION_FAILED, "The caller hung up; the generation was cancelled.")
    finally:
        running.stop()
        answer.cancel()
        gone.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


async def _last(running: RunningGeneration[Event]) -> GenerateAnswer:
    async for event in running.items(KEEP_ALIVE_SECONDS):
        if isinstance(event, GenerateAnswer):
            return event
        if isinstance(event, Asked):
            raise ForexEliteError(
                ErrorCode.GENERATION_FAILED,
                f"The generator needs to know more: {' '.join(event.questions)} Add it to the description, try again.",
                field="strategy_description",
            )
    raise ForexEliteError(ErrorCode.GENERATION_FAILED, "The generator ended without an answer. Try again.")


async def _gone(http: Request) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


def _frame(event: Event) -> str:
    if isinstance(event, GenerateAnswer):
        return _named("version", event)
    if isinstance(event, Asked):
        asked = GenerationQuestions(generation_id=event.generation_id, questions=list(event.questions))
        return _named("questions", asked)
    if isinstance(event, Begun):
        return _event("begun", {"generation_id": str(event.generation_id)})
    return _step(event)


def _step(step: Step) -> str:
    if step.brief is not None:
        return _named("brief", step.brief)
    if step.kind in {"code", "thinking"}:  # the many small ones
        return _event(step.kind, {"text": step.text})
    data: dict[str, Any] = {"text": step.text}
    if step.diagnostics or step.kind == "check":
        data["diagnostics"] = [item.model_dump(mode="json") for item in step.diagnostics]
    return _event(step.kind, data)


def _named(name: str, body: BaseModel) -> str:
    return f"event: {name}\ndata: {body.model_dump_json(exclude_none=True)}\n\n"


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
