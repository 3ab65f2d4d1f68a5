"""Compiles MQL5 programs: the checker's verdict in MetaEditor's log and files."""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent_core.exclusive import try_lock
from agent_core.mql import Diagnostic, check_in_process
from agent_core.mql.includes import IncludeResolver
from agent_core.simulator.layout import Layout, layout_of_executable, utf16
from agent_core.simulator.metaeditor.command_line import CompileCommand, parse_switches, raw_switches
from agent_core.simulator.metaeditor.program import Program

SUCCESS, FAILURE = 1, 0
"""MetaEditor's exit codes: the other way round than most programs'."""

_INCLUDE = re.compile(r'^[ \t]*#\s*include\s*(?:<(?P<angle>[^>\n]*)>|"(?P<quoted>[^"\n]*)")', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_MISSING_INCLUDE = 106
_WINDOW_LOCK = "metaeditor.lock"


@dataclass(frozen=True, slots=True)
class Compilation:
    """Outcome of one compile; `program` is None after errors."""

    log: str
    errors: int
    warnings: int
    elapsed_ms: int
    program: Program | None


def run_metaeditor(executable: Path, arguments: list[str]) -> int:
    """Runs the program metaeditor64.exe and returns its exit code.

    Without switches it opens its window, here a process that stays; while it is open, command lines are ignored.
    """
    switches = raw_switches(arguments)
    window = try_lock(executable.with_name(_WINDOW_LOCK))
    if window is None:
        return FAILURE
    with window:
        if not switches:
            return _stay_open()
    command = parse_switches(switches)
    if command is None or not command.target.exists():
        return FAILURE
    layout = layout_of_executable(executable, portable=command.portable)
    sources = sorted(command.target.glob("*.mq5")) if command.target.is_dir() else [command.target]
    logs, succeeded = [], True
    for source in sources:
        compilation = compile_file(source, command.include or layout.mql5)
        ex5 = source.with_suffix(".ex5")
        if not command.syntax_only:
            ex5.unlink(missing_ok=True)
            if compilation.program is not None:
                ex5.write_bytes(compilation.program.to_bytes())
        _write_journal(layout, source, compilation)
        logs.append(compilation.log)
        succeeded = succeeded and compilation.errors == 0
    _write_log(command, "".join(logs))
    return SUCCESS if succeeded else FAILURE


def _stay_open() -> int:
    while True:
        time.sleep(1)


def compile_file(source: Path, mql5_folder: Path) -> Compilation:
    """Compiles one file with the include files of an MQL5 folder."""
    started = time.perf_counter()
    text = _decode(source.read_bytes())
    report = check_in_process(text, include_folders=[mql5_folder], source_path=source)
    names, paths = _includes(text, IncludeResolver([mql5_folder], source))
    errors = [found for found in report.diagnostics if found.severity == "error"]
    warnings = [found for found in report.diagnostics if found.severity == "warning"]
    elapsed = max(1, round((time.perf_counter() - started) * 1000))
    lines = [f"{source} : information: compiling {source}"]
    lines += [f"{source} : information: including {path}" for path in paths]
    lines += [_line(source, found) for found in (*errors, *warnings)]
    verdict = f"Result: {len(errors)} errors, {len(warnings)} warnings"
    program = None
    if not errors:
        lines += [" : information: generating code", " : information: generating code 100%"]
        lines += [" : information: code generated"]
        verdict += f", {elapsed} ms elapsed, cpu='X64 Regular'"
        program = Program(text, tuple(names))
    log = "\r\n".join([*lines, verdict]) + "\r\n"
    return Compilation(log, len(errors), len(warnings), elapsed, program)


def _line(source: Path, found: Diagnostic) -> str:
    words = f"{found.severity} {found.code if found.code is not None else 100}: {found.message}"
    file = found.file or str(source)
    if found.code == _MISSING_INCLUDE:
        return f"{file} : {words}"
    return f"{file}({found.line},{found.column}) : {words}"


def _includes(text: str, resolver: IncludeResolver) -> tuple[list[str], list[Path]]:
    """Names and paths of all include files, each once, in the order they are met."""
    names: list[str] = []
    paths: list[Path] = []
    waiting: list[tuple[str, Path | None]] = [(text, None)]
    while waiting:
        content, includer = waiting.pop(0)
        for match in _INCLUDE.finditer(_COMMENT.sub("", content)):
            spec = match["angle"] or match["quoted"] or ""
            found = resolver.find(spec, quoted=match["quoted"] is not None, includer=includer)
            if found is not None and found.text is not None and found.path not in paths:
                names.append(spec)
                paths.append(found.path)
                waiting.append((found.text, found.path))
    return names, paths


def _decode(data: bytes) -> str:
    if data.startswith(b"\xff\xfe"):
        return data[2:].decode("utf-16-le", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _write_log(command: CompileCommand, text: str) -> None:
    if command.log is not None:
        path = Path(command.log) if command.log else command.target.with_suffix(".log")
        path.write_bytes(utf16(text))


def _write_journal(layout: Layout, source: Path, compilation: Compilation) -> None:
    now = datetime.now().astimezone()
    time_text = f"{now:%Y.%m.%d %H:%M:%S}.{now.microsecond // 1000:03d}"
    outcome = f"{compilation.errors} errors, {compilation.warnings} warnings, {compilation.elapsed_ms} msec elapsed"
    line = f"0\t{time_text}\tCompile\t{source} - {outcome}, cpu='X64 Regular'\r\n"
    path = layout.data / "logs" / "metaeditor.log"
    if path.parent.is_dir():
        with path.open("ab") as file:
            file.write(line.encode("utf-16-le") if file.tell() else utf16(line))


def compile_into(source: str, name: str, folder: Path, mql5_folder: Path) -> None:
    """Compiles source text to `<folder>/<name>.ex5`, as `install` does with the bridge.

    Raises:
        ValueError: the source has errors.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.mq5"
    path.write_text(source, encoding="utf-8-sig")
    compilation = compile_file(path, mql5_folder)
    if compilation.program is None:
        raise ValueError(compilation.log)
    path.with_suffix(".ex5").write_bytes(compilation.program.to_bytes())
