"""Checks MQL5 source in this process. For source one does not trust, use `agent_core.mql.check` (own process)."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

from agent_core.mql.assembly import build_unit
from agent_core.mql.enums import GivenValue, given_value
from agent_core.mql.front_end import FrontEndFailedError, FrontEndMissingError, RawDiagnostic, parse
from agent_core.mql.messages import HIDES_GLOBAL, Rule, display_name, interpret
from agent_core.mql.model import CheckReport, Diagnostic
from agent_core.mql.syntax import check_syntax
from agent_core.mql.text import normalize_line_ends
from agent_core.mql.unit import Place, Unit

MAX_CHARACTERS = 2_000_000
MAX_DIAGNOSTICS = 100
TOO_COMPLEX = "the program is too complex to check"
#: That many errors inside include files mean that the checker does not understand them, not that they are wrong.
MAX_ERRORS_IN_INCLUDES = 20
MAX_PASSES = 3


def check_in_process(
    source: str, *, include_folders: Sequence[Path] = (), source_path: Path | None = None
) -> CheckReport:
    """Checks one MQL5 program.

    Args:
        source: The program.
        include_folders: MQL5 folders of terminals, for `#include <...>`.
        source_path: Path of the program where it is a file; `#include "..."` is relative to it.
    """
    started = time.perf_counter()
    if len(source) > MAX_CHARACTERS:
        return refused_length()
    source = normalize_line_ends(source)
    unit = build_unit(source, include_folders, source_path)
    full = not unit.beyond_checker
    if full:
        try:
            found = _judge(unit)
        except FrontEndMissingError:
            full = False
        except FrontEndFailedError:
            elapsed = (time.perf_counter() - started) * 1000
            return CheckReport((Diagnostic(1, 1, "error", None, TOO_COMPLEX),), "syntax", elapsed)
        else:
            in_includes = sum(item.severity == "error" and item.file is not None for item in found)
            full = in_includes <= MAX_ERRORS_IN_INCLUDES
    if not full:
        found = check_syntax(unit)
    diagnostics = _ordered([*unit.diagnostics, *found])
    elapsed = (time.perf_counter() - started) * 1000
    return CheckReport(diagnostics, "full" if full else "syntax", elapsed)


def refused_length() -> CheckReport:
    """The report on a source that is too long to be looked at."""
    message = f"the source is longer than {MAX_CHARACTERS:,} characters and is not checked; split it into include files"
    return CheckReport((Diagnostic(1, 1, "error", None, message),), "syntax", 0.0)


def _judge(unit: Unit) -> list[Diagnostic]:
    """Judges the unit; again where the value of one argument kept the front end from judging its call."""
    about_arguments: list[Diagnostic] = []
    for _ in range(MAX_PASSES):
        found, arguments = _pass(unit)
        about_arguments += [value.diagnostic for value in arguments if value.diagnostic]
        if not arguments:
            break
        for value in arguments:
            if value.argument:
                unit.cast(*value.argument, value.target)
    return found + about_arguments


def _pass(unit: Unit) -> tuple[list[Diagnostic], list[GivenValue]]:
    found: list[Diagnostic] = []
    arguments: list[GivenValue] = []
    for raw in parse(unit.text):
        if not raw.in_unit:
            continue
        value = given_value(raw, unit)
        if value is not None and value.argument:
            arguments.append(value)
        elif value is not None:
            found += [value.diagnostic] if value.diagnostic else []
        else:
            rule = interpret(raw, unit.outline)
            place = unit.place(raw.line, raw.column)
            if rule is not None and place is not None and not _hides_builtin(unit, raw, rule):
                found.append(_diagnostic(unit, raw, rule, place))
    return found, arguments


def _hides_builtin(unit: Unit, raw: RawDiagnostic, rule: Rule) -> bool:
    """Whether a declaration hides nothing but one of the checker's own."""
    token = unit.token_at(raw.line, raw.column)
    return rule.code == HIDES_GLOBAL and token is not None and token.shown not in unit.outline.names


def _diagnostic(unit: Unit, raw: RawDiagnostic, rule: Rule, place: Place) -> Diagnostic:
    token = unit.token_at(raw.line, raw.column)
    if rule.anchor == "next":
        following = unit.next_token(raw.line, raw.column)
        if following is None:
            return Diagnostic(place.line, place.column, "error", 161, "unexpected end of program", place.file)
        place, token = following
    elif rule.anchor == "callee":
        place = unit.callee(raw.line, raw.column) or place
    match = rule.pattern.search(raw.text)
    groups = match.groups() if match else ()
    message = rule.message.format(
        *(display_name(group or "") for group in groups),
        token=token.shown if token else "",
        text=re.sub(r"Mql(?:Array|Ref)<([^<>]*)>", r"\1[]", raw.text),
    )
    return Diagnostic(place.line, place.column, rule.severity, rule.code, message, place.file)


def _ordered(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    unique = dict.fromkeys(diagnostics)
    ordered = sorted(unique, key=lambda item: (item.file is not None, item.file or "", item.line, item.column))
    return tuple(ordered[:MAX_DIAGNOSTICS])
