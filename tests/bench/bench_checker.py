"""The MQL5 checker's fidelity and speed.

Run: python tests/bench/bench_checker.py [faults a program and kind]. Puts single faults into the shipped programs and
the ordinary programs of the tests, and counts those whose first error is on the fault's own line (where MetaEditor puts
it: a missing semicolon belongs to the next token). Then times a 1,000-line EA. Exits 1 over a target.
"""

import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent_core.mql import check_in_process
from agent_core.mql.assembly import build_unit
from agent_core.mql.includes import shipped_folder
from agent_core.mql.lexer import Kind, Token, tokenize
from agent_core.mql.model import Diagnostic
from agent_core.mql.text import read_source

FOUND_TARGET_PERCENT, EA_TARGET_MS, EA_LINES, RUNS = 99.0, 300.0, 1000, 9
ACCEPTED = Path(__file__).parents[1] / "unit" / "mql" / "accepted"
#: Functions that need more than one argument and take less than twelve.
CALLS = {
    "iMA", "iATR", "iRSI", "CopyBuffer", "CopyRates", "StringSubstr", "ChartOpen", "ObjectFind", "ObjectSetInteger",
    "ObjectSetDouble", "SymbolInfoDouble", "NormalizeDouble", "ArrayResize", "StringFind", "TimeToStruct", "Normalized",
}  # fmt: skip
#: Constant → one of another enumeration that can't stand for it.
MIXED = {
    "MODE_SMA": "PRICE_WEIGHTED", "PRICE_CLOSE": "MODE_SMA", "SYMBOL_ASK": "SYMBOL_DIGITS",
    "SYMBOL_BID": "SYMBOL_SPREAD", "SYMBOL_DIGITS": "SYMBOL_BID", "ACCOUNT_EQUITY": "ACCOUNT_LOGIN",
    "SYMBOL_POINT": "SYMBOL_SELECT", "POSITION_TYPE": "POSITION_SL", "POSITION_SL": "POSITION_MAGIC",
    "PERIOD_M15": "60", "PERIOD_D1": "1440",
}  # fmt: skip
KEYWORDS = {"void", "NULL", "true", "false", "this", "const", "int", "double", "string", "return"}


@dataclass(frozen=True)
class Fault:
    """A program with one fault, and the line MetaEditor would name."""

    kind: str
    source: str
    line: int


def replaced(source: str, token: Token, new: str) -> str:
    """Returns the source with one token written otherwise."""
    lines = source.split("\n")
    line = lines[token.line - 1]
    lines[token.line - 1] = line[: token.column - 1] + new + line[token.column - 1 + len(token.text) :]
    return "\n".join(lines)


@dataclass(frozen=True)
class Place:
    """A token between its neighbours."""

    previous: Token
    before: Token
    token: Token
    after: Token
    inputs: list[str]

    @property
    def name(self) -> bool:
        """Whether the token is a name."""
        return self.token.kind is Kind.NAME


Change = tuple[Token, str, int]
"""The token to change, what it becomes, the line of the error."""


def semicolon(at: Place) -> Change | None:
    """A semicolon is missing; MetaEditor names the next token."""
    fits = at.token.text == ";" and at.before.text not in {"return", "}", ")", "{", ";"}
    return (at.token, "", at.after.line) if fits else None


def undeclared(at: Place) -> Change | None:
    """A value is spelt wrong."""
    value = at.before.text in {"=", "("} and at.after.text in {";", ",", ")"} and at.token.text not in KEYWORDS
    fits = at.name and value and at.before.line == at.token.line and at.previous.kind is Kind.NAME
    return (at.token, "zzUnknown", at.token.line) if fits and at.previous.text != "sizeof" else None


def arguments(at: Place) -> Change | None:
    """A call has too many arguments."""
    fits = at.token.text == "(" and at.before.text in CALLS
    return (at.token, "(" + "1, " * 12, at.before.line) if fits else None


def member(at: Place) -> Change | None:
    """An object has no such member."""
    return (at.token, "zzMember", at.token.line) if at.name and at.before.text == "." else None


def mixed(at: Place) -> Change | None:
    """A constant of another enumeration, given to a builtin function."""
    wanted = at.token.text in MIXED and at.before.line == at.token.line and at.before.text in {",", "("}
    fits = wanted and at.previous.text not in {"MODE_EMA", "14"}  # `CiMA.Create` takes any number there
    return (at.token, MIXED[at.token.text], at.token.line) if fits else None


def unknown_type(at: Place) -> Change | None:
    """A declaration's type is spelt wrong."""
    fits = at.token.text in {"double", "int", "bool", "string"} and at.after.kind is Kind.NAME and at.before.text == ";"
    return (at.token, "zzType", at.token.line) if fits else None


def assigned_input(at: Place) -> Change | None:
    """An input is assigned to."""
    fits = at.token.text == "=" and at.before.kind is Kind.NAME and at.previous.text == ";" and at.inputs
    return (at.before, min(at.inputs), at.before.line) if fits else None


def quote(at: Place) -> Change | None:
    """A text is not closed."""
    fits = at.token.kind is Kind.STRING and at.token.text != '""' and at.after.text in {")", ","}
    return (at.token, at.token.text[:-1], at.token.line) if fits else None


def parenthesis(at: Place) -> Change | None:
    """A parenthesis is not closed."""
    value = at.before.kind in {Kind.NAME, Kind.NUMBER, Kind.STRING}
    fits = at.token.text == ")" and at.after.text == ";" and value
    return (at.token, "", at.token.line) if fits else None


def keyword(at: Place) -> Change | None:
    """A keyword is spelt wrong."""
    return (at.token, "esle", at.token.line) if at.token.text == "else" else None


KINDS = (
    semicolon, undeclared, arguments, member, mixed, unknown_type, assigned_input, quote, parenthesis, keyword,
)  # fmt: skip


def faults(source: str) -> Iterator[Fault]:
    """Yields every fault of every kind that the source has room for."""
    tokens = [token for token in tokenize(source) if not token.directive]
    pairs = zip(tokens, tokens[2:], strict=False)
    inputs = [name.text for word, name in pairs if word.text == "input" and name.kind is Kind.NAME]
    for window in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        for kind in KINDS:
            change = kind(Place(*window, inputs))
            if change is not None:
                victim, text, line = change
                yield Fault(kind.__name__, replaced(source, victim, text), line)


def first_error(source: str, path: Path) -> Diagnostic | None:
    """Returns the first error of a check."""
    report = check_in_process(source, source_path=path)
    return next((found for found in report.diagnostics if found.severity == "error"), None)


def fidelity(programs: list[Path], each: int) -> bool:
    """Prints how many faults were found in their place, by kind."""
    injected: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for path in programs:
        by_kind: dict[str, list[Fault]] = {}
        for fault in faults(read_source(path)):
            by_kind.setdefault(fault.kind, []).append(fault)
        for kind, candidates in by_kind.items():
            for fault in random.Random(f"{path.stem} {kind}").sample(candidates, min(each, len(candidates))):
                injected[kind] += 1
                error = first_error(fault.source, path)
                if error is not None and error.file is None and error.line == fault.line:
                    found[kind] += 1
                elif "-v" in sys.argv:
                    print(f"  {path.name}:{fault.line} {kind}: {error}")
    for kind in sorted(injected):
        print(f"  {kind:22} {found[kind]:4} of {injected[kind]:4}")
    percent = 100 * found.total() / injected.total()
    print(f"faults found on their line: {found.total()} of {injected.total()} = {percent:.2f} %")
    return percent >= FOUND_TARGET_PERCENT


def false_errors(programs: list[Path]) -> bool:
    """Prints how many findings the programs have as they are."""
    findings = {path.name: check_in_process(read_source(path), source_path=path) for path in programs}
    wrong = {name: report for name, report in findings.items() if report.diagnostics or report.mode != "full"}
    lines = sum(len(read_source(path).split("\n")) for path in programs)
    print(f"ordinary programs: {len(programs)} with {lines} lines, with false findings: {len(wrong)} {sorted(wrong)}")
    return not wrong


def large_program(path: Path) -> str:
    """Returns an EA of at least `EA_LINES` lines: a program whose functions are repeated under other names."""
    source = read_source(path)
    functions = source[source.index("\nbool ParseSessions") :]
    names = re.compile(rf"\b(?:{'|'.join(build_unit(source).outline.functions)})\b(?=\()")
    copies = [source]
    while sum(text.count("\n") for text in copies) < EA_LINES:
        number = len(copies)
        copies.append(names.sub(rf"\g<0>_{number}", functions))
    return "\n".join(copies)


def speed(source: str) -> bool:
    """Prints how long a check of a large program takes."""
    report = check_in_process(source)
    errors = sum(found.severity == "error" for found in report.diagnostics)
    walls, cpus = [], []
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        check_in_process(source)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    wall, cpu = statistics.median(walls), statistics.median(cpus)
    lines = len(source.split("\n"))
    print(f"EA of {lines} lines, {errors} errors: {wall:.0f} ms, {cpu:.0f} ms of processor (medians of {RUNS})")
    return errors == 0 and report.mode == "full" and cpu <= EA_TARGET_MS


def main() -> int:
    """Runs all parts."""
    each = next((int(word) for word in sys.argv[1:] if word.isdigit()), 6)
    programs = sorted(ACCEPTED.glob("*.mq5"))
    programs += sorted(
        path for folder in ("templates", "Experts") for path in (shipped_folder() / folder).glob("*.mq5")
    )
    good = [false_errors(programs), fidelity(programs, each), speed(large_program(ACCEPTED / "grid.mq5"))]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
