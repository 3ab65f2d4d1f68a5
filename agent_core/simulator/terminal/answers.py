"""What an API function of the terminal process answers."""

from dataclasses import dataclass
from typing import Any

from agent_core.simulator.market.bars import Records
from agent_core.simulator.wire import pack


class ApiError(Exception):
    """The terminal answers with an error instead of a value.

    Attributes:
        code: One of MetaTrader's RES_E_* codes.
        text: Its words.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


NOT_FOUND = (-4, "Terminal: Not found")
INVALID_PARAMS = (-2, "Terminal: Invalid params")


@dataclass(frozen=True, slots=True)
class Answer:
    """A value: plain JSON (`value`), rows for records (`records`) or an array (`rates`, `ticks`)."""

    kind: str
    value: Any
    body: bytes = b""

    def packed(self) -> bytes:
        """The answer as a message."""
        return pack([1, "Success", self.kind, self.value], self.body)


def value(content: Any) -> Answer:
    """A plain value."""
    return Answer("value", content)


def array(kind: str, rows: Records) -> Answer:
    """A structured array: "rates" or "ticks"."""
    return Answer(kind, len(rows), rows.tobytes())


def packed_error(error: ApiError) -> bytes:
    """An error as a message."""
    return pack([error.code, error.text, "value", None])
