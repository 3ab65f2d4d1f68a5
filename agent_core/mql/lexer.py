"""MQL5 as tokens with exact positions; comments and white space fall away."""

import re
from dataclasses import dataclass, replace
from enum import Enum, auto


class Kind(Enum):
    """Kind of a token."""

    NAME = auto()
    NUMBER = auto()
    STRING = auto()
    CHAR = auto()
    COLOR = auto()
    """C'255,0,0'."""
    DATE = auto()
    """D'2024.01.01 00:00'."""
    PUNCT = auto()
    BINARY = auto()
    """B'10110'."""
    HASH = auto()
    """The `#` that begins a directive."""
    BAD = auto()
    """A quote that is never closed, a comment that never ends, a character MQL5 does not know."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `line` and `column` count from 1; `directive` is set on a preprocessor line.

    `original` is the source's text where `text` was rewritten.
    """

    kind: Kind
    text: str
    line: int
    column: int
    directive: bool = False
    original: str = ""

    @property
    def shown(self) -> str:
        """The text as the source has it."""
        return self.original or self.text

    def with_text(self, text: str) -> "Token":
        """Returns the token with another text at the same place."""
        return replace(self, text=text, original=self.shown)


_TOKEN = re.compile(
    r"""
      (?P<newline>\n)
    | (?P<continuation>\\[ \t]*\n)
    | (?P<space>[ \t\f\v\r]+|//[^\n]*)
    | (?P<comment>/\*.*?\*/)
    | (?P<open>/\*.*)
    | (?P<color>C'[^'\n]*')
    | (?P<date>D'[^'\n]*')
    | (?P<binary>B'[01]*')
    | (?P<string>"(?:\\[^\n]|[^"\\\n])*")
    | (?P<char>'(?:\\[^\n][0-9A-Fa-f]{0,4}|[^'\\\n]){1,4}')
    | (?P<number>(?:0[xX][0-9A-Fa-f]+|0[bB][01]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?))
    | (?P<name>[A-Za-z_]\w*)
    | (?P<punct>\#\#|->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|::|\.\.\.
        |[-+*/%&|^~!<>=?:;,.(){}\[\]\#\\])
    | (?P<bad>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)

_KINDS = {
    "color": Kind.COLOR,
    "date": Kind.DATE,
    "string": Kind.STRING,
    "char": Kind.CHAR,
    "binary": Kind.BINARY,
    "number": Kind.NUMBER,
    "name": Kind.NAME,
    "punct": Kind.PUNCT,
    "open": Kind.BAD,
    "bad": Kind.BAD,
}


def tokenize(source: str) -> list[Token]:
    """Splits MQL5 source into tokens.

    A `#` that comes first on its line starts a directive; its tokens, over continued lines too, carry `directive`.
    """
    tokens: list[Token] = []
    line, line_start = 1, 0
    fresh, directive = True, False
    for match in _TOKEN.finditer(source):
        group, text = str(match.lastgroup), match.group()
        column = match.start() - line_start + 1
        if group == "newline":
            line, line_start = line + 1, match.end()
            fresh, directive = True, False
        elif group == "continuation":
            if directive:
                tokens.append(Token(Kind.PUNCT, "\\", line, column, directive=True))
            line, line_start = line + 1, match.end()
        elif group == "comment":
            line += text.count("\n")
            if "\n" in text:
                line_start = match.start() + text.rfind("\n") + 1
        elif group != "space":
            starts = fresh and text == "#"
            directive = directive or starts
            fresh = False
            tokens.append(Token(Kind.HASH if starts else _KINDS[group], text, line, column, directive))
    return tokens
