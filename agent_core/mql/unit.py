"""One translation unit for the C++ front end, with the way back from its lines to the MQL5 source."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agent_core.mql.lexer import Token
from agent_core.mql.model import Diagnostic
from agent_core.mql.outline import Outline


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the source. `file` is None for the checked source itself."""

    file: str | None
    line: int
    column: int


@dataclass(slots=True)
class Line:
    """One line of the unit: its text so far, where it comes from, and the tokens on it by their C++ column."""

    file: str | None
    source_line: int
    text: str = ""
    columns: list[int] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)

    def add(self, token: Token) -> None:
        """Appends a token, in its own column where the line is not longer already."""
        pad = token.column - 1 - len(self.text)
        self.text += " " * (pad if pad >= 0 else 1)
        self.columns.append(len(self.text) + 1)
        self.tokens.append(token)
        self.text += token.text


@dataclass(slots=True)
class Unit:
    """The whole program in C++ tokens.

    Attributes:
        lines: The program's lines, without the forward declarations before them.
        outline: What it declares at file scope.
        diagnostics: What was found while putting it together (missing include files, unknown directives, quotes).
        beyond_checker: It uses what the checker has no declarations of: parts of the standard library, matrices.
    """

    lines: list[Line]
    outline: Outline
    diagnostics: list[Diagnostic]
    beyond_checker: bool

    @property
    def text(self) -> str:
        """The C++ text: forward declarations, then the program."""
        return "\n".join([*self.outline.forward, *(line.text for line in self.lines)]) + "\n"

    def place(self, line: int, column: int) -> Place | None:
        """Returns where a position of the C++ text comes from; None for the forward declarations."""
        found = self._find(line, column)
        if found is None:
            return None
        row, index = found
        source = self.lines[row]
        if index < 0:
            return Place(source.file, source.source_line, 1)
        token = source.tokens[index]
        return Place(source.file, token.line, token.column)

    def token_at(self, line: int, column: int) -> Token | None:
        """Returns the token at or before a position."""
        found = self._find(line, column)
        return None if found is None or found[1] < 0 else self.lines[found[0]].tokens[found[1]]

    def next_token(self, line: int, column: int) -> tuple[Place, Token] | None:
        """Returns the first token that begins at or after a position, with its place; None at the end."""
        return next(self.following(line, column), None)

    def following(self, line: int, column: int) -> Iterator[tuple[Place, Token]]:
        """Yields the tokens that begin at or after a position, with their places; directives are left out."""
        row = line - (len(self.outline.forward) + 1)
        while 0 <= row < len(self.lines):
            source = self.lines[row]
            for start, token in zip(source.columns, source.tokens, strict=True):
                if start >= column and token.text and not token.directive:
                    yield Place(source.file, token.line, token.column), token
            row, column = row + 1, 1

    def callee(self, line: int, column: int) -> Place | None:
        """Returns the place of the function name of the call whose parentheses enclose a position."""
        row = line - (len(self.outline.forward) + 1)
        depth = 0
        pending = False
        while 0 <= row < len(self.lines):
            source = self.lines[row]
            for start, token in zip(reversed(source.columns), reversed(source.tokens), strict=True):
                if start >= column:
                    continue
                if pending:
                    return Place(source.file, token.line, token.column)
                depth += (token.text == ")") - (token.text == "(")
                if token.text in {";", "{", "}"}:
                    return None
                pending = depth < 0
            row, column = row - 1, 1 << 30
        return None

    def cast(self, first: Token, last: Token, kind: str) -> None:
        """Gives an expression, known by its first and its last token, another type."""
        self._rewrite(
            {id(first), id(last)},
            lambda token: (f"({kind})(" if token is first else "") + token.text + (")" if token is last else ""),
        )

    def drop(self, tokens: list[Token]) -> None:
        """Takes tokens out."""
        self._rewrite({id(token) for token in tokens}, lambda _: "")

    def _rewrite(self, tokens: set[int], text: Callable[[Token], str]) -> None:
        for row, line in enumerate(self.lines):
            if any(id(token) in tokens for token in line.tokens):
                changed = Line(line.file, line.source_line)
                for token in line.tokens:
                    changed.add(token.with_text(text(token)) if id(token) in tokens else token)
                self.lines[row] = changed

    def _find(self, line: int, column: int) -> tuple[int, int] | None:
        row = line - (len(self.outline.forward) + 1)
        if not 0 <= row < len(self.lines):
            return None
        return row, bisect_right(self.lines[row].columns, column) - 1
