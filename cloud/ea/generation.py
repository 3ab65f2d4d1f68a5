"""The pipeline that turns a description into checked MQL5: write → check → repair."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent_core.mql import Diagnostic, check
from agent_core.mql.forbidden import forbidden_constructs
from agent_core.protocol.ea import MAX_SOURCE_CHARS
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.ea.prompt import Answer, first_request, parse_answer, repair_request
from cloud.providers.glm import CutOffError, GlmClient, Message, Usage

MAX_REPAIRS = 4
MAX_CUT_OFFS = 2


@dataclass(frozen=True, slots=True)
class GeneratedCode:
    """The end of the pipeline. `diagnostics` is what the checker still says of the source."""

    source: str
    brief: str | None
    diagnostics: tuple[Diagnostic, ...]
    repairs: int
    usage: Usage
    answer: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened on the way, to be shown as it happens."""

    kind: Literal["thinking", "code", "check", "repair", "done"]
    text: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    result: GeneratedCode | None = None


@dataclass(slots=True)
class _Turn:
    """What one answer of the model left behind."""

    text: str = ""
    usage: Usage = field(default_factory=lambda: Usage(0, 0))


class EaGenerator:
    """Writes Expert Advisors with the model and checks them before anybody sees them."""

    def __init__(self, glm: GlmClient) -> None:
        self._glm = glm

    async def write(self, description: str, base_source: str | None) -> AsyncIterator[Step]:
        """Yields the steps of writing an EA; the last one has kind "done" and the result.

        Raises:
            ForexEliteError: the model failed, gave no code, or its code does what no EA here may do.
        """
        conversation = first_request(description, base_source)
        spent = Usage(0, 0)
        brief: str | None = None
        repairs = 0
        while True:
            turn = _Turn()
            async for step in self._ask(conversation, turn):
                yield step
            spent = Usage(
                spent.prompt_tokens + turn.usage.prompt_tokens, spent.completion_tokens + turn.usage.completion_tokens
            )
            answer = parse_answer(turn.text)
            source = _accepted(answer)
            brief = brief or answer.brief
            findings = (await check(source)).diagnostics
            yield Step("check", diagnostics=findings)
            errors = [finding for finding in findings if finding.severity == "error"]
            if not errors or repairs == MAX_REPAIRS:
                yield Step("done", result=GeneratedCode(source, brief, findings, repairs, spent, turn.text))
                return
            repairs += 1
            yield Step("repair", text=_repair_line(repairs, errors), diagnostics=tuple(errors))
            conversation = [*conversation[:2], Message("assistant", turn.text), repair_request(source, errors)]

    async def _ask(self, conversation: list[Message], turn: _Turn) -> AsyncIterator[Step]:
        """Asks once; an answer that breaks off is thrown away and asked again."""
        for cut_offs in range(1, MAX_CUT_OFFS + 2):
            try:
                async for step in self._listen(conversation, turn):
                    yield step
                return
            except CutOffError:
                if cut_offs > MAX_CUT_OFFS:
                    raise
                turn.text = ""
                yield Step("repair", text="The answer broke off; asking again.")

    async def _listen(self, conversation: list[Message], turn: _Turn) -> AsyncIterator[Step]:
        async for part in self._glm.stream(conversation):
            if isinstance(part, Usage):
                turn.usage = part
            elif part.kind == "thinking":
                yield Step("thinking", text=part.text)
            else:
                turn.text += part.text
                yield Step("code", text=part.text)


def _accepted(answer: Answer) -> str:
    if answer.source is None:
        raise ForexEliteError(
            ErrorCode.GENERATION_FAILED,
            "The generator answered without code. Describe entry, exit and risk of the strategy, then try again.",
        )
    if len(answer.source) > MAX_SOURCE_CHARS:
        raise ForexEliteError(
            ErrorCode.GENERATION_FAILED, "The generated code is too long. Describe a simpler strategy."
        )
    if reasons := forbidden_constructs(answer.source):
        raise ForexEliteError(
            ErrorCode.FORBIDDEN_CODE,
            f"The generated code was thrown away: {reasons[0]} Describe the strategy without that.",
        )
    return answer.source


def _repair_line(number: int, errors: Sequence[Diagnostic]) -> str:
    first = errors[0]
    return f"Repair {number} of {MAX_REPAIRS}: line {first.line}: {first.message}"
