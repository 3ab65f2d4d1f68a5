"""MetaEditor's command line, log, exit codes and files, as a program."""

import asyncio
import struct
import subprocess
import time
from pathlib import Path

import pytest

from agent_core.ea.compile_log import parse_compile_log
from agent_core.ea.launch import end_program, start_program, switch
from agent_core.ea.metaeditor import MetaEditor
from agent_core.programs import command_for
from agent_core.protocol.errors import ForexEliteError
from agent_core.simulator.install import install
from agent_core.simulator.layout import METAEDITOR_EXE
from agent_core.simulator.metaeditor.program import load_program
from agent_core.simulator.options import SimulatorOptions
from agent_core.terminal.models import TerminalInstall

GOOD = (
    "#include <ForexElite\\Heartbeat.mqh>\n"
    "int OnInit() { HeartbeatInit(5); return(INIT_SUCCEEDED); }\n"
    "void OnTick() { }\n"
)
BAD = "void OnTick()\n  {\n   unknown_thing = 1;\n  }\n"


class Editor:
    def __init__(self, root: Path) -> None:
        self.layout = install(root, SimulatorOptions())
        self.source = self.layout.mql5 / "Experts" / "my ea.mq5"
        self.log = self.layout.data / "compile log.txt"

    def run(self, *switches: str) -> int:
        process = start_program(self.layout.executable.with_name(METAEDITOR_EXE), switches, command_for("simulator"))
        return process.wait(30)

    def compile(self, source: str, *switches: str) -> int:
        self.source.write_text(source, encoding="utf-8")
        return self.run(switch("compile", self.source), *switches)


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    return Editor(tmp_path / "Jörg Müller")


def test_success_is_exit_code_1_with_a_log_and_a_program(editor: Editor) -> None:
    assert editor.compile(GOOD, switch("log", editor.log)) == 1
    raw = editor.log.read_bytes()
    assert raw.startswith(b"\xff\xfe")
    text = raw.decode("utf-16")
    assert text.count("\r\n") == text.count("\n") > 3
    log = parse_compile_log(text, editor.source.name)
    assert (log.finished, log.errors) == (True, 0)
    assert log.elapsed_ms
    ex5 = editor.source.with_suffix(".ex5")
    assert struct.unpack_from("<4sHH", ex5.read_bytes()) == (b"EX5\x02", 0x71, 5100)
    program = load_program(ex5)
    assert program is not None
    assert program.source == GOOD
    assert program.has_heartbeat


def test_errors_are_exit_code_0_and_take_the_old_program_away(editor: Editor) -> None:
    ex5 = editor.source.with_suffix(".ex5")
    ex5.write_bytes(b"old")
    assert editor.compile(BAD, switch("log", editor.log)) == 0
    assert not ex5.exists()
    log = parse_compile_log(editor.log.read_text(encoding="utf-16"), editor.source.name)
    assert (log.finished, log.errors) == (True, 1)
    first = log.diagnostics[0]
    assert (first.line, first.code, first.file) == (3, 256, None)


def test_syntax_only_writes_no_program_and_a_bare_log_lies_beside_the_source(editor: Editor) -> None:
    assert editor.compile(GOOD, "/s", "/log") == 1
    assert not editor.source.with_suffix(".ex5").exists()
    assert "Result: 0 errors" in editor.source.with_suffix(".log").read_text(encoding="utf-16")


@pytest.mark.parametrize("form", ["/compile:{}", '"/compile:{}"', "/kompile:{}", "{}"])
def test_a_command_line_that_is_not_understood_does_nothing(editor: Editor, form: str) -> None:
    editor.source.write_text(GOOD, encoding="utf-8")
    assert editor.run(form.format(editor.source), switch("log", editor.log)) == 0
    assert not editor.log.exists()
    assert not editor.source.with_suffix(".ex5").exists()


def test_while_its_window_is_open_command_lines_are_ignored(editor: Editor) -> None:
    executable = editor.layout.executable.with_name(METAEDITOR_EXE)
    window = start_program(executable, [], command_for("simulator"))
    try:
        deadline = time.monotonic() + 20
        while editor.compile(GOOD) == 1:
            assert time.monotonic() < deadline
            if window.poll() is not None:  # it met one of the compilations, and left
                window = start_program(executable, [], command_for("simulator"))
        assert editor.compile(GOOD, switch("log", editor.log)) == 0
        assert not editor.log.exists()
        assert window.poll() is None
        found = TerminalInstall(editor.layout.executable, editor.layout.data, portable=False, running=False, name="MT5")
        with pytest.raises(ForexEliteError, match="MetaEditor is open"):
            asyncio.run(MetaEditor(found, command_for("simulator")).compile(editor.source))
    finally:
        end_program(window)
    assert editor.compile(GOOD, switch("log", editor.log)) == 1


def test_a_missing_file_does_nothing(editor: Editor) -> None:
    assert editor.run(switch("compile", editor.source), switch("log", editor.log)) == 0
    assert not editor.log.exists()


def test_include_replaces_the_folder_of_includes(editor: Editor, tmp_path: Path) -> None:
    other = tmp_path / "other MQL5"
    (other / "Include").mkdir(parents=True)
    (other / "Include" / "mine.mqh").write_text("int answer() { return(42); }\n", encoding="utf-8")
    source = "#include <mine.mqh>\nvoid OnTick() { Print(answer()); }\n"
    assert editor.compile(source, switch("log", editor.log)) == 0
    assert "error 106" in editor.log.read_text(encoding="utf-16")
    assert editor.compile(source, switch("include", other)) == 1


def test_the_installation_is_described_as_json(tmp_path: Path) -> None:
    command = [*command_for("simulator"), "install", "--root", str(tmp_path / "a b"), "--quotes", "nowhere.zip"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "nowhere.zip" in done.stderr
    assert "Traceback" not in done.stderr
