"""Puts a program together out of its source and its include files, following the preprocessor's directives."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent_core.mql.includes import IncludeResolver, is_standard
from agent_core.mql.lexer import Kind, Token, tokenize
from agent_core.mql.model import Diagnostic
from agent_core.mql.outline import outline
from agent_core.mql.text import normalize_line_ends
from agent_core.mql.translate import translate
from agent_core.mql.unit import Line, Unit

MAX_FILES = 400
MAX_DEPTH = 60

#: Directives that the C++ front end takes as they are. No other ever reaches it.
_PASSED = {"define", "undef", "ifdef", "ifndef", "else", "endif"}
_INCLUDE = re.compile(r'#\s*include\s*(?:<([^>\n]*)>|"([^"\n]*)")')

#: Types whose members the checker does not know.
_UNSUPPORTED = {
    "matrix", "vector", "matrixf", "vectorf", "matrixc", "vectorc", "matrixcf", "vectorcf", "complex", "complexf",
    "OnnxTypeInfo", "DXVector", "DXMatrix", "DXVertexLayout",
}  # fmt: skip


def build_unit(source: str, include_folders: Sequence[Path] = (), source_path: Path | None = None) -> Unit:
    """Puts together the unit of one program.

    Args:
        source: The program.
        include_folders: MQL5 folders of terminals.
        source_path: Path of the program where it is a file.
    """
    program = _Program(IncludeResolver(include_folders, source_path))
    _SourceFile(program, None, normalize_line_ends(source), 0).add()
    found = outline(program.tokens)
    found.names.update(program.resources)
    unit = Unit(program.lines, found, program.diagnostics, program.beyond_checker)
    unit.drop(found.defaults)
    return unit


@dataclass(slots=True)
class _Program:
    """What is known after the files read so far."""

    resolver: IncludeResolver
    lines: list[Line] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: set[Path] = field(default_factory=set)
    conditions: list[bool] = field(default_factory=list)
    """One entry per open `#ifdef`: whether its branch is compiled."""
    defined: set[str] = field(default_factory=lambda: {"__MQL__", "__MQL5__", "__MQLBUILD__", "__MQL5BUILD__"})
    libraries: set[str] = field(default_factory=set)
    """Names by which functions of `#import "x.dll"` are called: `x::function()`."""
    resources: list[str] = field(default_factory=list)
    beyond_checker: bool = False


class _SourceFile:
    """One file on its way into the program."""

    def __init__(self, program: _Program, path: Path | None, source: str, depth: int) -> None:
        self._program = program
        self._path = path
        self._name = str(path) if path else None
        self._depth = depth
        self._raw_lines = source.split("\n")
        self._tokens = tokenize(source)
        self._pending: list[Token] = []

    def add(self) -> None:
        """Appends the file's tokens, its include files in their places."""
        tokens = self._tokens
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.kind is Kind.HASH:
                end = index + 1
                while end < len(tokens) and tokens[end].directive and tokens[end].kind is not Kind.HASH:
                    end += 1
                self._directive(tokens[index:end])
                index = end
                continue
            following = tokens[index + 1].text if index + 1 < len(tokens) else ""
            if token.text in self._program.libraries and following == "::":
                index += 2
                continue
            self._look_at(token)
            self._pending.append(token)
            index += 1
        self._emit()

    def _compiled(self) -> bool:
        return all(self._program.conditions)

    def _error(self, token: Token, code: int, message: str) -> None:
        self._program.diagnostics.append(Diagnostic(token.line, token.column, "error", code, message, self._name))

    def _look_at(self, token: Token) -> None:
        if token.text in _UNSUPPORTED:
            self._program.beyond_checker = True
        if token.kind is not Kind.BAD or not self._compiled():
            return
        if token.text.startswith("/*"):
            self._error(token, 161, "unexpected end of program")
        elif token.text == '"':
            self._error(token, 112, "closing quote '\"' expected")
        elif token.text == "'":
            self._error(token, 114, "closing quote ''' expected")
        else:
            self._error(token, 110, f"'{token.text}' - unknown symbol")

    def _directive(self, tokens: list[Token]) -> None:
        command = tokens[1].text if len(tokens) > 1 else ""
        arguments = tokens[2:]
        if command in _PASSED:
            self._follow(command, arguments[0].text if arguments else "")
            self._pending += tokens
        elif not self._compiled() or command == "property":
            return
        elif command == "include":
            self._emit()
            self._include(tokens[0])
        elif command == "resource":
            self._program.resources += [token.text for token in arguments if token.kind is Kind.NAME]
        elif command == "import":
            self._program.libraries.update(_library_name(token.text) for token in arguments)
        else:
            self._error(tokens[0], 109, f"'#{command}' - invalid preprocessor command")

    def _follow(self, command: str, name: str) -> None:
        """Follows `#define` and `#ifdef`, so that include files of unused branches need not exist."""
        conditions, defined = self._program.conditions, self._program.defined
        if command in {"ifdef", "ifndef"}:
            conditions.append((name in defined) == (command == "ifdef"))
        elif command == "else" and conditions:
            conditions[-1] = not conditions[-1]
        elif command == "endif" and conditions:
            conditions.pop()
        elif command == "define" and self._compiled():
            defined.add(name)
        elif command == "undef" and self._compiled():
            defined.discard(name)

    def _include(self, token: Token) -> None:
        match = _INCLUDE.match(self._raw_lines[token.line - 1][token.column - 1 :])
        if match is None:
            self._error(token, 105, "incorrect file name in #include")
            return
        quoted = match.group(2) is not None
        spec = match.group(2) if quoted else match.group(1)
        program = self._program
        found = program.resolver.find(spec, quoted=quoted, includer=self._path)
        if found is None and not quoted and is_standard(spec):
            program.beyond_checker = True
        elif found is None:
            self._error(token, 106, f"file '{spec}' not found")
        elif found.path not in program.files:
            if self._depth >= MAX_DEPTH or len(program.files) >= MAX_FILES:
                self._error(token, 134, "too many include files")
                return
            program.files.add(found.path)
            if found.text is None:
                self._error(token, 106, f"file '{spec}' is too long to be read")
                return
            _SourceFile(program, found.path, found.text, self._depth + 1).add()

    def _emit(self) -> None:
        translated = translate(self._pending)
        self._pending = []
        self._program.tokens += translated
        current: Line | None = None
        for token in translated:
            if current is None or token.line != current.source_line:
                if current and current.tokens[-1].text == "\\" and not token.directive:
                    self._program.lines.append(
                        Line(self._name, current.source_line)
                    )  # ends a macro that a comment ended
                current = Line(self._name, token.line)
                self._program.lines.append(current)
            current.add(token)
        self._program.lines.append(Line(self._name, current.source_line if current else 1))


def _library_name(quoted: str) -> str:
    return re.split(r"[\\/]", quoted.strip('"'))[-1].partition(".")[0]
