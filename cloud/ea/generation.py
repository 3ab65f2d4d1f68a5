"""The pipeline that turns a conversation into checked MQL5: write → check → repair."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from agent_core.mql import Diagnostic, check
from agent_core.mql.forbidden import forbidden_constructs
from agent_core.protocol.ea import MAX_SOURCE_CHARS, Brief, DiagnosticModel
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.ea.answer import Answer, AnswerReader, parse_answer
from cloud.ea.house_rules import house_rules
from cloud.ea.prompt import repair_request
from cloud.providers.glm import GlmClient, Message, Usage
from cloud.providers.glm_errors import CutOffError

MAX_REPAIRS = 4
MAX_CUT_OFFS = 2
#: What a token is worth where the model's own count is missing, because the answer broke off.
CHARS_PER_TOKEN = 4
TOKENS_SPENT = (
    "Today's tokens are used up, so the code is kept as it is, with what the checker says of it. Correct it yourself, "
    "or have it repaired after 00:00 UTC."
)


@dataclass(frozen=True, slots=True)
class GeneratedCode:
    """The end of the pipeline.

    Attributes:
        diagnostics: What the checker and the house's rules still say of the source.
        notice: Why it ended before they had nothing to say, if that was not for the number of repairs.
    """

    source: str
    brief: Brief | None
    diagnostics: tuple[DiagnosticModel, ...]
    repairs: int
    answer: str
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened on the way, to be shown as it happens."""

    kind: Literal["thinking", "brief", "code", "check", "repair", "notice", "questions", "done"]
    text: str = ""
    diagnostics: tuple[DiagnosticModel, ...] = ()
    brief: Brief | None = None
    questions: tuple[str, ...] = ()
    result: GeneratedCode | None = None


@dataclass(slots=True)
class Spending:
    """Tokens a generation has used so far, whatever comes of it."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, usage: Usage) -> None:
        """Adds an answer's count."""
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens


@dataclass(slots=True)
class _Turn:
    """What one answer of the model left behind."""

    reader: AnswerReader = field(default_factory=AnswerReader)
    heard: int = 0
    usage: Usage | None = None


class EaGenerator:
    """Writes Expert Advisors with the model and checks them before anybody sees them."""

    def __init__(self, glm: GlmClient) -> None:
        self._glm = glm

    async def write(
        self, conversation: list[Message], spending: Spending, may_go_on: Callable[[], Awaitable[bool]]
    ) -> AsyncGenerator[Step, None]:
        """Yields the steps of writing an EA; the last one is "done" with the result, or "questions".

        Args:
            conversation: What the model is asked.
            spending: Counts the tokens, also of a generation that fails or is given up.
            may_go_on: Asked before each further round, whether there are tokens for it.

        Raises:
            ForexEliteError: the model failed, gave no code, or its code does what no EA here may do.
        """
        asked = list(conversation)
        brief: Brief | None = None
        repairs = 0
        forbidden = False
        while True:
            turn = _Turn()
            async with aclosing(self._ask(asked, turn, spending, may_go_on)) as steps:
                async for step in steps:
                    yield step
            text = turn.reader.text
            answer = parse_answer(text)
            if answer.questions and not repairs:
                yield Step("questions", questions=answer.questions)
                return
            source = _accepted(answer)
            brief = brief or answer.brief
            findings = (*diagnostic_models((await check(source)).diagnostics), *house_rules(source))
            yield Step("check", diagnostics=findings)
            _refuse_what_is_insisted_on(findings, told=forbidden)
            forbidden = any(_may_not_stay(item) for item in findings)
            wanting = [item for item in findings if item.severity == "error" or item.origin == "rules"]
            spent = bool(wanting) and repairs < MAX_REPAIRS and not await may_go_on()
            if not wanting or repairs == MAX_REPAIRS or spent:
                _refuse_what_is_insisted_on(findings, told=True)
                notice = TOKENS_SPENT if spent else None
                if notice:
                    yield Step("notice", text=notice)
                yield Step("done", result=GeneratedCode(source, brief, findings, repairs, text, notice))
                return
            repairs += 1
            yield Step("repair", text=_repair_line(repairs, wanting), diagnostics=tuple(wanting))
            asked = [*conversation, Message("assistant", text), repair_request(source, wanting)]

    async def _ask(
        self, asked: list[Message], turn: _Turn, spending: Spending, may_go_on: Callable[[], Awaitable[bool]]
    ) -> AsyncGenerator[Step, None]:
        """Asks once; an answer that breaks off is thrown away and asked again."""
        for cut_offs in range(1, MAX_CUT_OFFS + 2):
            try:
                async with aclosing(self._listen(asked, turn)) as steps:
                    async for step in steps:
                        yield step
                return
            except CutOffError:
                spending.add(turn.usage or _estimate(asked, turn))
                turn.heard, turn.usage = 0, None
                if cut_offs > MAX_CUT_OFFS or not await may_go_on():
                    raise
                yield Step("repair", text="The answer broke off; asking again.")
            finally:
                spending.add(turn.usage or _estimate(asked, turn))
                turn.heard, turn.usage = 0, None
            turn.reader = AnswerReader()

    async def _listen(self, asked: list[Message], turn: _Turn) -> AsyncGenerator[Step, None]:
        async with aclosing(self._glm.stream(asked)) as parts:
            async for part in parts:
                if isinstance(part, Usage):
                    turn.usage = part
                    continue
                if part.kind == "content":
                    turn.heard += len(part.text)
                    brief, code = turn.reader.feed(part.text)
                    if brief:
                        yield Step("brief", brief=brief)
                    if code:
                        yield Step("code", text=code)
                else:
                    turn.heard += len(part.text) if part.kind == "thinking" else 0
                    yield Step(part.kind, text=part.text)


def diagnostic_models(findings: Sequence[Diagnostic]) -> tuple[DiagnosticModel, ...]:
    """Findings of the checker as they cross the wire."""
    return tuple(
        DiagnosticModel(
            line=finding.line, column=finding.column, severity=finding.severity, code=finding.code,
            message=finding.message, file=finding.file,
        )
        for finding in findings
    )  # fmt: skip


def _accepted(answer: Answer) -> str:
    if answer.source is None:
        raise ForexEliteError(ErrorCode.GENERATION_FAILED, _why_no_code(answer))
    if len(answer.source) > MAX_SOURCE_CHARS:
        raise ForexEliteError(
            ErrorCode.GENERATION_FAILED, "The generated code is too long. Describe a simpler strategy."
        )
    if reasons := forbidden_constructs(answer.source):
        raise _thrown_away(reasons[0])
    return answer.source


def _why_no_code(answer: Answer) -> str:
    if answer.refusal:
        return f"The generator refused: {answer.refusal.rstrip('.')}. Describe a trading strategy within the rules."
    if answer.questions:
        return f"The generator needs to know more: {' '.join(answer.questions)} Add it to the description, try again."
    return "The generator answered without code. Describe entry, exit and risk of the strategy, then try again."


def _may_not_stay(finding: DiagnosticModel) -> bool:
    return finding.origin == "rules" and finding.severity == "error"


def _refuse_what_is_insisted_on(findings: Sequence[DiagnosticModel], *, told: bool) -> None:
    """The model may take back once what it was told not to do."""
    if told and (finding := next((item for item in findings if _may_not_stay(item)), None)):
        raise _thrown_away(f"line {finding.line}: {finding.message}.")


def _thrown_away(reason: str) -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.FORBIDDEN_CODE, f"The generated code was thrown away: {reason} Describe the strategy without that."
    )


def _estimate(asked: list[Message], turn: _Turn) -> Usage:
    """What an answer without a count may have cost: nothing when none of it came."""
    if not turn.heard:
        return Usage(0, 0)
    prompt = sum(len(message.content) for message in asked)
    return Usage(prompt // CHARS_PER_TOKEN, turn.heard // CHARS_PER_TOKEN)


def _repair_line(number: int, findings: Sequence[DiagnosticModel]) -> str:
    first = findings[0]
    return f"Repair {number} of {MAX_REPAIRS}: line {first.line}: {first.message}"
