"""A generation as the cloud streams it."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from agent_core.protocol.ea import Brief, DiagnosticModel, GenerateAnswer, GenerationQuestions
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.sync.http import refusal
from agent_core.sync.sse import events_of

if TYPE_CHECKING:
    import httpx

GenerationKind = Literal["thinking", "brief", "code", "check", "repair", "notice", "questions", "version"]
_TEXT_KINDS: dict[str, GenerationKind] = {
    "thinking": "thinking", "code": "code", "repair": "repair", "notice": "notice",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GenerationEvent:
    """One step of a generation.

    Attributes:
        text: Piece of thought or code; what is being repaired; what is waited for.
        diagnostics: Findings, with kind "check".
        brief: What the strategy will do, with kind "brief".
        questions: What the generator needs to know, with kind "questions", then the last one.
        answer: The saved version, with kind "version", then the last one.
    """

    kind: GenerationKind
    text: str = ""
    diagnostics: tuple[DiagnosticModel, ...] = ()
    brief: Brief | None = None
    questions: GenerationQuestions | None = None
    answer: GenerateAnswer | None = None


async def generation_events(response: "httpx.Response") -> AsyncGenerator[GenerationEvent, None]:
    """Reads the stream to its end, so that nothing of the connection is left to be cleaned up by chance.

    Raises:
        ForexEliteError: what the cloud says, or that the stream was cut off.
    """
    done = False
    failure: ForexEliteError | None = None
    async for name, data in events_of(response.aiter_lines()):
        if failure is not None:
            continue
        if name == "problem":
            failure = refusal(500, data.encode(), response.headers)
            continue
        try:
            event = _event(name, json.loads(data))
        except (ValueError, KeyError, TypeError):
            failure = _cut_off()
            continue
        if event is not None:
            done = done or event.kind in {"questions", "version"}
            yield event
    if failure is not None or not done:
        raise failure or _cut_off()


def _event(name: str, content: Any) -> GenerationEvent | None:
    """One event; None for one that a newer cloud may have and this program does not know."""
    match name:
        case "version":
            return GenerationEvent("version", answer=GenerateAnswer.model_validate(content))
        case "questions":
            return GenerationEvent("questions", questions=GenerationQuestions.model_validate(content))
        case "brief":
            return GenerationEvent("brief", brief=Brief.model_validate(content))
        case "check":
            found = [DiagnosticModel.model_validate(one) for one in content["diagnostics"]]
            return GenerationEvent("check", diagnostics=tuple(found))
    kind = _TEXT_KINDS.get(name)
    return GenerationEvent(kind, text=content["text"]) if kind else None


def _cut_off() -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.GENERATION_FAILED, "The generation was cut off before it was done. Nothing was lost; try again."
    )
