"""The C++ front end (libclang), fed from memory: it parses and judges, it never compiles or runs anything."""

import atexit
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

from agent_core.mql.includes import shipped_folder

#: Fixed, so that all machines see the same type sizes (a `long` has 64 bits as in MQL5).
_TARGET = "x86_64-unknown-linux-gnu"
_ARGUMENTS = [
    "-x", "c++", "-std=c++17", "-target", _TARGET, "-fsyntax-only", "-nostdinc", "-nostdinc++", "-fno-builtin",
    "-fno-operator-names", "-ferror-limit=0", "-ftemplate-depth=128", "-fbracket-depth=256", "-Wno-everything",
    "-Wfloat-conversion", "-Wshorten-64-to-32", "-Wunused-variable", "-Wunused-value", "-Wunused-comparison",
    "-Wreturn-type", "-Wshadow", "-Wno-error",
]  # fmt: skip
#: Of files that exist in memory alone. libclang finds them only under the system's own kind of absolute path.
_FOLDER = "C:\\mql\\" if sys.platform == "win32" else "/mql/"
_MAIN = f"{_FOLDER}program.cpp"
_PREAMBLE = '#include "core.h"\n'

_ERROR = 3


class FrontEndMissingError(Exception):
    """libclang can't be loaded on this machine."""


class FrontEndFailedError(Exception):
    """libclang gave up on a unit: too deeply nested, or too large for the memory it may use."""


@dataclass(frozen=True, slots=True)
class RawDiagnostic:
    """One message of the front end. `line` counts from the unit's first line; `notes` are its explanations."""

    error: bool
    line: int
    column: int
    text: str
    notes: tuple[str, ...]
    in_unit: bool


@cache
def _headers() -> tuple[tuple[str, str], ...]:
    folder = shipped_folder() / "checker"
    return tuple((f"{_FOLDER}{name}", (folder / name).read_text(encoding="utf-8")) for name in ("core.h", "builtins.h"))


@cache
def _index() -> tuple[Any, Any]:
    try:
        from clang import cindex  # noqa: PLC0415 - loaded on first use: 30 MB that most processes never need

        atexit.register(_index.cache_clear)  # freed while libclang is still there
        return cindex, cindex.Index.create()
    except Exception as error:
        raise FrontEndMissingError(str(error)) from error


def parse(text: str) -> list[RawDiagnostic]:
    """Parses one translation unit and returns what the front end says about it.

    Raises:
        FrontEndMissingError: libclang can't be loaded.
        FrontEndFailedError: it gave up on the unit.
    """
    cindex, index = _index()
    files = [(_MAIN, _PREAMBLE + text), *_headers()]
    try:
        unit = index.parse(_MAIN, args=_ARGUMENTS, unsaved_files=files)
    except cindex.TranslationUnitLoadError as error:
        raise FrontEndFailedError(str(error)) from error
    result = []
    for diagnostic in unit.diagnostics:
        location = diagnostic.location
        in_unit = location.file is not None and location.file.name == _MAIN
        notes = tuple(child.spelling for child in diagnostic.children)
        result.append(
            RawDiagnostic(
                diagnostic.severity >= _ERROR, location.line - 1, location.column, diagnostic.spelling, notes, in_unit
            )
        )
    return result
