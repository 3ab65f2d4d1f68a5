"""MetaEditor's compile log as data."""

import re
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Literal, cast

from agent_core.protocol.ea import DiagnosticModel

_AT_POSITION = re.compile(
    r"^(?P<file>.*)\((?P<line>\d+),(?P<column>\d+)\) : (?P<kind>error|warning) (?P<code>\d+): (?P<message>.*)$"
)
_IN_FILE = re.compile(r"^(?P<file>.*?) : (?P<kind>error|warning) (?P<code>\d+): (?P<message>.*)$")
_RESULT = re.compile(r"^Result: (?P<errors>\d+) errors?, (?P<warnings>\d+) warnings?(?:, (?P<elapsed>\d+) ms(?:ec)? )?")


@dataclass(frozen=True, slots=True)
class CompileLog:
    """What a log says.

    Attributes:
        finished: Whether MetaEditor wrote its verdict. Without one the compile counts as failed.
        errors: Number of errors by the verdict.
        warnings: Number of warnings by the verdict.
        elapsed_ms: MetaEditor's own time; it gives none after errors.
        diagnostics: In MetaEditor's order. `file` is None for the main file.
    """

    finished: bool
    errors: int
    warnings: int
    elapsed_ms: int | None
    diagnostics: tuple[DiagnosticModel, ...]


def parse_compile_log(text: str, main_file: str) -> CompileLog:
    """Reads a log. `main_file` is the name of the compiled file, without its folder."""
    diagnostics: list[DiagnosticModel] = []
    verdict: re.Match[str] | None = None
    for line in text.splitlines():
        if found := _AT_POSITION.match(line) or _IN_FILE.match(line):
            diagnostics.append(_diagnostic(found, main_file))
        elif result := _RESULT.match(line):
            verdict = result
    if verdict is None:
        return CompileLog(finished=False, errors=0, warnings=0, elapsed_ms=None, diagnostics=tuple(diagnostics))
    elapsed = verdict["elapsed"]
    return CompileLog(
        finished=True,
        errors=int(verdict["errors"]),
        warnings=int(verdict["warnings"]),
        elapsed_ms=int(elapsed) if elapsed else None,
        diagnostics=tuple(diagnostics),
    )


def _diagnostic(found: re.Match[str], main_file: str) -> DiagnosticModel:
    position = found.groupdict()
    path = position["file"]
    is_main = not path or PureWindowsPath(path).name.lower() == main_file.lower()
    return DiagnosticModel(
        line=int(position.get("line") or 1),
        column=int(position.get("column") or 1),
        severity=cast("Literal['error', 'warning']", position["kind"]),
        code=int(position["code"]),
        message=position["message"],
        origin="metaeditor",
        file=None if is_main else path,
    )
