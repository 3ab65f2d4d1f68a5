"""Faults put into the shipped programs must be the first message, on the exact line."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent_core.mql import Diagnostic, check_in_process
from agent_core.mql.includes import shipped_folder
from agent_core.mql.lexer import Kind, Token, tokenize
from agent_core.mql.text import read_source

PROGRAMS = sorted(path for folder in ("templates", "Experts") for path in (shipped_folder() / folder).glob("*.mq5"))
PER_PROGRAM = 3
_CALLS = {"iMA", "iATR", "iRSI", "CopyBuffer", "StringSubstr", "FileOpen", "ChartOpen", "MayEnter", "NewBar", "Select"}
_OBJECTS = {"trader", "command", "now", "job"}


@dataclass(frozen=True)
class Fault:
    kind: str
    source: str
    line: int
    column: int
    codes: frozenset[int]


def _replaced(source: str, token: Token, new: str) -> str:
    lines = source.split("\n")
    line = lines[token.line - 1]
    lines[token.line - 1] = line[: token.column - 1] + new + line[token.column - 1 + len(token.text) :]
    return "\n".join(lines)


def _faults(source: str) -> Iterator[Fault]:
    tokens = [token for token in tokenize(source) if not token.directive]
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        place = (token.line, token.column)
        if token.text == ";" and before.text not in {"return", "}", ")"}:
            column = after.column - (after.line == token.line)
            yield Fault("semicolon", _replaced(source, token, ""), after.line, column, frozenset({154}))
        value = token.kind is Kind.NAME and before.text in {"=", "("} and after.text in {";", ",", ")"}
        if value and token.text not in {"void", "NULL", "true", "false"} and before.line == token.line:
            yield Fault("undeclared", _replaced(source, token, "zzUnknown"), *place, frozenset({256}))
        if token.text == "(" and before.text in _CALLS:
            extra = "(1, 2, 3, 4, 5, 6, 7, 8, 9" + (", " if after.text != ")" else "")
            yield Fault("arguments", _replaced(source, token, extra), before.line, before.column, frozenset({199}))
        if token.kind is Kind.NAME and before.text == ".":
            yield Fault("member", _replaced(source, token, "zzMember"), *place, frozenset({256}))


def _first_error(source: str) -> Diagnostic | None:
    errors = [item for item in check_in_process(source).diagnostics if item.severity == "error"]
    return errors[0] if errors else None


@pytest.mark.parametrize("kind", ["semicolon", "undeclared", "arguments", "member"])
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_fault_is_reported_first_and_on_its_line(path: Path, kind: str) -> None:
    faults = [fault for fault in _faults(read_source(path)) if fault.kind == kind]
    for fault in random.Random(path.stem).sample(faults, min(PER_PROGRAM, len(faults))):
        error = _first_error(fault.source)
        assert error is not None, fault.source.split("\n")[fault.line - 1]
        assert (error.line, error.column) == (fault.line, fault.column), (
            error,
            fault.source.split("\n")[fault.line - 1],
        )
        assert error.code in fault.codes


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_missing_brace_is_an_error_at_or_after_its_place(path: Path) -> None:
    source = read_source(path)
    closing = [token for token in tokenize(source) if token.text == "}" and token.column == 3]
    token = closing[len(closing) // 2]
    error = _first_error(_replaced(source, token, ""))
    assert error is not None
    assert error.line >= token.line
