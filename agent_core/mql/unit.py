"""One translation unit for the C++ front end, with the way back from its lines to the MQL5 source."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent_core.mql.includes import IncludeResolver, is_standard
from agent_core.mql.lexer import Kind, Token, tokenize
from agent_core.mql.model import Diagnostic
from agent_core.mql.outline import Outline, outline
from agent_core.mql.text import normalize_line_ends
from agent_core.mql.translate import translate

MAX_FILES = 400
MAX_DEPTH = 60

_KNOWN_DIRECTIVES = {"define", "undef", "ifdef", "ifndef", "else", "endif"}
_INCLUDE = re.compile(r'\s*#\s*include\s*(?:<([^>\n]*)>|"([^"\n]*)")')
_SILENT_DIRECTIVES = {"property"}

#: Types whose members the checker does not know.
_UNSUPPORTED = {
    "matrix", "vector", "matrixf", "vectorf", "matrixc", "vectorc", "matrixcf", "vectorcf", "complex", "complexf",
    "OnnxTypeInfo", "DXVector", "DXMatrix", "DXVertexLayout",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the source. `file` is None for the checked source itself."""

    file: str | None
    line: int
    column: int


@dataclass(slots=True)
class _Line:
    """One line of the unit: its text so far, where it comes from, and the tokens on it by their C++ column."""

    file: str | None
    source_line: int
    text: str = ""
    columns: list[int] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)

    def add(self, token: Token) -> None:
        pad = token.column - 1 - len(self.text)
        self.text += " " * (pad if pad >= 0 else 1)
        self.columns.append(len(self.text) + 1)
        self.tokens.append(token)
        self.text += token.text


@dataclass(slots=True)
class Unit:
    """The whole program in C++ tokens.

    Attributes:
        outline: What it declares at file scope.
        diagnostics: What was found while putting it together (missing include files, unknown directives, quotes).
        beyond_checker: It uses what the checker has no declarations of: parts of the standard library, matrices.
    """

    outline: Outline
    diagnostics: list[Diagnostic]
    beyond_checker: bool
    _lines: list[_Line]
    _first_line: int

    @property
    def text(self) -> str:
        """The C++ text: forward declarations, then the program."""
        return "\n".join([*self.outline.forward, *(line.text for line in self._lines)]) + "\n"

    def place(self, line: int, column: int) -> Place | None:
        """Returns where a position of the C++ text comes from; None for the forward declarations."""
        found = self._find(line, column)
        if found is None:
            return None
        row, index = found
        source = self._lines[row]
        if index < 0:
            return Place(source.file, source.source_line, 1)
        token = source.tokens[index]
        offset = min(max(column - source.columns[index], 0), max(len(token.text) - 1, 0))
        return Place(source.file, token.line, token.column + offset)

    def token_at(self, line: int, column: int) -> Token | None:
        """Returns the token at or before a position."""
        found = self._find(line, column)
        return None if found is None or found[1] < 0 else self._lines[found[0]].tokens[found[1]]

    def next_token(self, line: int, column: int) -> tuple[Place, Token] | None:
        """Returns the first token that begins at or after a position, with its place; None at the end."""
        row = line - self._first_line
        while 0 <= row < len(self._lines):
            source = self._lines[row]
            for start, token in zip(source.columns, source.tokens, strict=True):
                if start >= column and token.text and not token.directive:
                    return Place(source.file, token.line, token.column), token
            row, column = row + 1, 1
        return None

    def callee(self, line: int, column: int) -> Place | None:
        """Returns the place of the function name of the call whose parentheses enclose a position."""
        row = line - self._first_line
        depth = 0
        pending = False
        while 0 <= row < len(self._lines):
            source = self._lines[row]
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

    def _find(self, line: int, column: int) -> tuple[int, int] | None:
        row = line - self._first_line
        if not 0 <= row < len(self._lines):
            return None
        return row, bisect_right(self._lines[row].columns, column) - 1


class _Builder:
    def __init__(self, resolver: IncludeResolver) -> None:
        self.resolver = resolver
        self.lines: list[_Line] = []
        self.all_tokens: list[Token] = []
        self.diagnostics: list[Diagnostic] = []
        self.seen: set[Path] = set()
        self.unknown_standard = False
        self.conditions: list[bool] = []
        self.imports: set[str] = set()
        self.resources: list[str] = []
        self.unsupported = False
        self.defined = {"__MQL__", "__MQL5__", "__MQLBUILD__", "__MQL5BUILD__"}

    def add_file(self, source: str, path: Path | None, depth: int) -> None:
        """Appends a file's tokens, its include files in their places."""
        name = str(path) if path else None
        raw_lines = source.split("\n")
        pending: list[Token] = []
        tokens = tokenize(source)
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.kind is not Kind.HASH:
                self._check_bad(token, name)
                self.unsupported = self.unsupported or token.text in _UNSUPPORTED
                if token.text in self.imports and index + 1 < len(tokens) and tokens[index + 1].text == "::":
                    index += 2
                    continue
                pending.append(token)
                index += 1
                continue
            end = index + 1
            while end < len(tokens) and tokens[end].directive and tokens[end].kind is not Kind.HASH:
                end += 1
            command = tokens[index + 1].text if index + 1 < end else ""
            if command in _KNOWN_DIRECTIVES:
                self._condition(command, tokens[index + 2].text if index + 2 < end else "")
                pending += tokens[index:end]
            elif command == "include":
                self._emit(pending, name)
                pending = []
                if all(self.conditions):
                    self._include(raw_lines[token.line - 1], token, path, depth)
            elif command == "resource":
                self.resources += [other.text for other in tokens[index + 2 : end] if other.kind is Kind.NAME]
            elif command == "import":
                self.imports.update(_library(other.text) for other in tokens[index + 2 : end])
            elif command not in _SILENT_DIRECTIVES and all(self.conditions):
                message = f"'#{command}' - invalid preprocessor command"
                self.diagnostics.append(Diagnostic(token.line, token.column, "error", 109, message, name))
            index = end
        self._emit(pending, name)

    def _condition(self, command: str, name: str) -> None:
        """Follows `#define` and `#ifdef`, so that include files of unused branches need not exist."""
        if command in {"ifdef", "ifndef"}:
            self.conditions.append((name in self.defined) == (command == "ifdef"))
        elif command == "else" and self.conditions:
            self.conditions[-1] = not self.conditions[-1]
        elif command == "endif" and self.conditions:
            self.conditions.pop()
        elif command == "define" and all(self.conditions):
            self.defined.add(name)
        elif command == "undef" and all(self.conditions):
            self.defined.discard(name)

    def _check_bad(self, token: Token, name: str | None) -> None:
        if token.kind is not Kind.BAD or not all(self.conditions):
            return
        if token.text.startswith("/*"):
            code, message = 161, "unexpected end of program"
        elif token.text == '"':
            code, message = 112, "closing quote '\"' expected"
        elif token.text == "'":
            code, message = 114, "closing quote ''' expected"
        else:
            code, message = 110, f"'{token.text}' - unknown symbol"
        self.diagnostics.append(Diagnostic(token.line, token.column, "error", code, message, name))

    def _emit(self, tokens: list[Token], name: str | None) -> None:
        translated = translate(tokens)
        self.all_tokens += translated
        current: _Line | None = None
        for token in translated:
            if current is None or token.line != current.source_line:
                current = _Line(name, token.line)
                self.lines.append(current)
            current.add(token)

    def _include(self, raw_line: str, token: Token, path: Path | None, depth: int) -> None:
        name = str(path) if path else None
        match = _INCLUDE.match(raw_line)
        if match is None:
            message = "incorrect file name in #include"
            self.diagnostics.append(Diagnostic(token.line, token.column, "error", 105, message, name))
            return
        quoted = match.group(2) is not None
        spec = match.group(2) if quoted else match.group(1)
        found = self.resolver.find(spec, quoted=quoted, includer=path)
        if found is None:
            if not quoted and is_standard(spec):
                self.unknown_standard = True
                return
            message = f"file '{spec}' not found"
            self.diagnostics.append(Diagnostic(token.line, token.column, "error", 106, message, name))
        elif found.path not in self.seen:
            if depth >= MAX_DEPTH or len(self.seen) >= MAX_FILES:
                message = "too many include files"
                self.diagnostics.append(Diagnostic(token.line, token.column, "error", 134, message, name))
                return
            self.seen.add(found.path)
            self.add_file(found.text, found.path, depth + 1)


def build_unit(source: str, include_folders: Sequence[Path] = (), source_path: Path | None = None) -> Unit:
    """Puts together the unit of one program."""
    builder = _Builder(IncludeResolver(include_folders, source_path))
    builder.add_file(normalize_line_ends(source), None, 0)
    found = outline(builder.all_tokens)
    found.names.update(builder.resources)
    beyond_checker = builder.unknown_standard or builder.unsupported
    return Unit(found, builder.diagnostics, beyond_checker, builder.lines, len(found.forward) + 1)


def _library(quoted: str) -> str:
    """Returns the name by which `#import "x.dll"` is called: `x::function()`."""
    return re.split(r"[\\/]", quoted.strip('"'))[-1].partition(".")[0]
