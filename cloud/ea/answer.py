"""The model's answer: brief, code, questions; read while it streams and as a whole."""

import re
from dataclasses import dataclass

from agent_core.protocol.ea import MAX_QUESTIONS, Brief

_OPENING = re.compile(r"```(?:mql5|mql|cpp|c\+\+)?[ \t]*\r?\n", re.IGNORECASE)
_FENCED = re.compile(_OPENING.pattern + r"(.*?)```", re.DOTALL | re.IGNORECASE)
_FENCE = "```"
#: Longer than any opening fence, so that one cut by the stream is found.
_OVERLAP = 32

_BRIEF = re.compile(r"BRIEF:?\**\s*(.*?)(?=```|\Z)", re.DOTALL)
_FIELD = re.compile(
    r"^[ \t>*-]*(Entry|Exit|Risk|Inputs|Guards|Assumed)\**[ \t]*:\**[ \t]*", re.MULTILINE | re.IGNORECASE
)
_QUESTIONS = re.compile(r"QUESTIONS:?\**\s*(.*)", re.DOTALL)
_REFUSED = re.compile(r"REFUSED:?\**\s*(.+)")
_BULLET = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s*")
_FIELD_CHARS, _QUESTION_CHARS = 1200, 400


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `source` is None when the model gave no code block."""

    brief: Brief | None
    source: str | None
    questions: tuple[str, ...] = ()
    refusal: str | None = None


class AnswerReader:
    """Takes the answer piece by piece and tells what of it can be shown already."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._window = ""
        self._inside = False

    @property
    def text(self) -> str:
        """What came so far."""
        return "".join(self._pieces)

    def feed(self, piece: str) -> tuple[Brief | None, str]:
        """Adds a piece. Returns the brief, at the moment the code begins, and the code that is new."""
        self._pieces.append(piece)
        self._window += piece
        brief: Brief | None = None
        code = ""
        while self._window:
            if self._inside:
                code += self._code()
                if self._inside:
                    break
            else:
                opening = _OPENING.search(self._window)
                if opening is None:
                    self._window = self._window[-_OVERLAP:]
                    break
                brief = brief or _brief(self.text)
                self._window = self._window[opening.end() :]
                self._inside = True
        return brief, code

    def _code(self) -> str:
        """Takes the code out of the window; a fence that may have begun stays there."""
        end = self._window.find(_FENCE)
        if end >= 0:
            code, self._window = self._window[:end], self._window[end + len(_FENCE) :]
            self._inside = False
            return code
        held = len(self._window) - len(self._window.rstrip("`"))
        code = self._window[: len(self._window) - held]
        self._window = self._window[len(code) :]
        return code


def parse_answer(text: str) -> Answer:
    """Takes brief, the longest code block, and without code questions or a refusal, out of an answer."""
    blocks = _FENCED.findall(text)
    if blocks:
        return Answer(_brief(text), max(blocks, key=len).strip() + "\n")
    refused = _REFUSED.search(text)
    return Answer(None, None, _questions(text), refused.group(1).strip()[:_QUESTION_CHARS] if refused else None)


def _brief(text: str) -> Brief | None:
    found = _BRIEF.search(text)
    if found is None:
        return None
    parts = _FIELD.split(found.group(1))
    fields = {
        name.lower(): value.strip().strip("*").strip()[:_FIELD_CHARS]
        for name, value in zip(parts[1::2], parts[2::2], strict=True)
    }
    if not {"entry", "exit", "risk"} <= fields.keys():
        return None
    return Brief.model_validate(fields)


def _questions(text: str) -> tuple[str, ...]:
    found = _QUESTIONS.search(text)
    if found is None:
        return ()
    lines = (_BULLET.sub("", line).strip()[:_QUESTION_CHARS] for line in found.group(1).splitlines())
    return tuple(line for line in lines if line)[:MAX_QUESTIONS]
