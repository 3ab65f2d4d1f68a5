"""Hostile source is stopped by the checker's own process; honest source is checked right after."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from agent_core.mql import check, check_in_process
from agent_core.mql.process import CheckerProcess
from agent_core.mql.wire import CheckRequest

HONEST = "void OnStart() { Print(a); }"


def endless_macros() -> str:
    names = [f"M{number}" for number in range(20)]
    lines = [f"#define {name} {' '.join([after] * 12)}" for name, after in pairwise(names)]
    return "\n".join([*lines, "int a = M0;"])


@pytest.fixture
def checker() -> Iterator[CheckerProcess]:
    process = CheckerProcess()
    yield process
    process.close()


async def test_the_process_answers_as_the_library_does() -> None:
    report = await check(HONEST)
    assert report.diagnostics == check_in_process(HONEST).diagnostics
    assert report.mode == "full"


async def test_checks_at_the_same_time_get_their_own_answers() -> None:
    reports = await asyncio.gather(*(check(f"int a = unknown{number};") for number in range(5)))
    assert [report.diagnostics[0].message for report in reports] == [
        f"undeclared identifier 'unknown{number}'" for number in range(5)
    ]


def test_one_process_serves_many_checks(checker: CheckerProcess) -> None:
    checker.check(CheckRequest(source=HONEST), 10)
    first = checker._process
    checker.check(CheckRequest(source=HONEST), 10)
    assert checker._process is first


def test_endless_macros_are_stopped_in_time_and_the_next_check_works(checker: CheckerProcess) -> None:
    started = time.monotonic()
    report = checker.check(CheckRequest(source=endless_macros()), 1.0)
    assert time.monotonic() - started < 5
    assert not report.ok
    assert "stopped" in report.diagnostics[0].message
    assert checker.check(CheckRequest(source=HONEST), 10).diagnostics[0].code == 256


@pytest.mark.parametrize(
    "source",
    [
        "int x = " + "(" * 20_000,
        "{" * 20_000,
        "void f() { " + "if(1) { " * 5_000,
        "int a" + "[]" * 5_000 + ";",
        "template<typename T> struct R { R<R<T> > r; };\nR<int> r;",
        "input(" * 5_000,
        '"' * 30_000,
        "/*" * 30_000,
        "#include <" + "../" * 1_000 + "etc/passwd.mqh>",
        "\x00\x01\ud800\uffff" * 1_000,
        "",
    ],
    ids=["parentheses", "braces", "blocks", "arrays", "templates", "inputs", "quotes", "comments", "climb", "binary",
         "empty"],
)  # fmt: skip
async def test_hostile_source_gets_an_answer_within_the_limits(source: str) -> None:
    started = time.monotonic()
    report = await check(source, timeout=5)
    assert time.monotonic() - started < 8
    assert report.ok == (source == "")


async def test_a_source_of_fifty_megabytes_is_refused_at_once_and_include_files_too(tmp_path: Path) -> None:
    started = time.monotonic()
    report = await check("int a;\n" * 7_500_000)
    assert time.monotonic() - started < 2
    assert "longer than 2,000,000 characters" in report.diagnostics[0].message
    (tmp_path / "Include").mkdir()
    (tmp_path / "Include" / "long.mqh").write_bytes(b"//\n" * 16_000_000)
    report = await check("#include <long.mqh>\n" + HONEST, include_folders=[tmp_path])
    assert report.diagnostics[0].message == "file 'long.mqh' is too long to be read"


@pytest.mark.skipif(sys.platform == "win32", reason="address space can't be limited there")
def test_the_worker_limits_its_memory() -> None:
    program = "from agent_core.mql.limits import limit_memory\nlimit_memory()\nbytearray(2 << 30)"
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "MemoryError" in outcome.stderr


def test_a_program_that_needs_too_much_memory_is_refused_and_the_next_one_checked(checker: CheckerProcess) -> None:
    nested = "\n".join(f"#define N{n} " + f"N{n + 1}, " * 10 for n in range(8)) + "\n#define N8 1\n"
    report = checker.check(CheckRequest(source=nested + "int a[] = {N0};"), 3)
    assert not report.ok
    assert checker.check(CheckRequest(source=HONEST), 10).mode == "full"
