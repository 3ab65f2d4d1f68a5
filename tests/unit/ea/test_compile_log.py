import codecs
import time
from pathlib import Path

import pytest

from agent_core.ea.compile_log import parse_compile_log
from agent_core.ea.compiler import MAX_LOG_CHARACTERS, shortened
from agent_core.terminal.text_files import decode, utf16

MAIN = "Größe (2).mq5"
GOOD = """\
C:\\Üser (x86)\\Größe (2).mq5 : information: compiling C:\\Üser (x86)\\Größe (2).mq5
C:\\Üser (x86)\\Größe (2).mq5 : information: including C:\\MQL5\\Include\\Trade\\Trade.mqh
 : information: generating code 50%
 : information: code generated
Result: 0 errors, 0 warnings, 724 ms elapsed, cpu='X64 Regular'
"""


def test_a_good_compile() -> None:
    log = parse_compile_log(GOOD, MAIN)
    assert (log.finished, log.errors, log.warnings, log.elapsed_ms, log.diagnostics) == (True, 0, 0, 724, ())


@pytest.mark.parametrize(("line", "elapsed"), [("1 warnings, 80 msec elapsed", 80), ("1 warning", None)])
def test_older_builds_and_missing_times(line: str, elapsed: int | None) -> None:
    log = parse_compile_log(f"Result: 0 errors, {line}", MAIN)
    assert (log.warnings, log.elapsed_ms) == (1, elapsed)


def test_errors_with_and_without_file_and_position() -> None:
    text = utf16(
        "C:\\Üser (x86)\\Größe (2).mq5(16,1) : error 154: 'input' - semicolon expected\n"
        "(1,1) : error 161: unexpected end of program\n"
        "C:\\MQL5\\Include\\My (1,2) helper.mqh(7,9) : warning 43: possible loss of data (1,2) due to type conversion\n"
        "C:\\Üser (x86)\\Größe (2).mq5 : error 106: file 'x.mqh' not found\n"
        "   info  built-in: bool OrderSend(const MqlTradeRequest&,MqlTradeResult&)\n"
        "Result: 3 errors, 1 warnings\n"
    )
    log = parse_compile_log(decode(text), MAIN)
    assert [(found.line, found.column, found.severity, found.code, found.file) for found in log.diagnostics] == [
        (16, 1, "error", 154, None),
        (1, 1, "error", 161, None),
        (7, 9, "warning", 43, "C:\\MQL5\\Include\\My (1,2) helper.mqh"),
        (1, 1, "error", 106, None),
    ]
    assert log.diagnostics[0].message == "'input' - semicolon expected"
    assert {found.origin for found in log.diagnostics} == {"metaeditor"}
    assert (log.errors, log.warnings, log.elapsed_ms) == (3, 1, None)


@pytest.mark.parametrize("text", ["", "garbage\n", "Result: 0 err", "C:\\x.mq5(1,2) : error 5: half\n"])
def test_without_a_verdict_nothing_is_finished(text: str) -> None:
    assert not parse_compile_log(text, "x.mq5").finished


def test_encodings_are_told_by_their_mark() -> None:
    assert decode(utf16("a\nü")) == "a\r\nü"
    assert decode(codecs.BOM_UTF16_BE + "ü".encode("utf-16-be")) == "ü"
    assert decode("ü".encode("utf-8-sig")) == "ü"
    assert decode("ü".encode()) == "ü"
    assert decode("ü".encode("cp1252")) == "ü"
    assert decode(utf16("abü")[:-1]) == "ab"


def test_a_log_of_megabytes_is_read_and_shortened_with_its_verdict(tmp_path: Path) -> None:
    line = "C:\\a b\\x.mq5(7,9) : error 256: undeclared identifier 'something that is long enough to be a line'\n"
    text = line * 40_000 + "Result: 40000 errors, 0 warnings\n"
    started = time.process_time()
    log = parse_compile_log(text, "x.mq5")
    assert time.process_time() - started < 3
    assert (len(text) > 3_000_000, log.errors, len(log.diagnostics)) == (True, 40_000, 40_000)
    short = shortened(text, tmp_path / "x.log")
    assert len(short) < MAX_LOG_CHARACTERS + 500
    assert str(tmp_path / "x.log") in short
    assert short.endswith("Result: 40000 errors, 0 warnings\n")
    assert parse_compile_log(short, "x.mq5").errors == 40_000
    assert shortened(GOOD, tmp_path) == GOOD
