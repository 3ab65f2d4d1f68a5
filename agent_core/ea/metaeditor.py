"""Runs MetaEditor's command line: one compile at a time, its verdict from a fresh log and a fresh .ex5."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent_core.ea.compile_log import CompileLog, parse_compile_log
from agent_core.ea.launch import end_installed, file_switches, start_installed
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.discovery import running_copies
from agent_core.terminal.models import TerminalInstall
from agent_core.terminal.text_files import read_text

COMPILE_SECONDS = 300.0
LOG_SECONDS = 10.0
_STEP_SECONDS = 0.05
_CLOCK_SLACK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class CompileRun:
    """What one run of MetaEditor left behind. `ex5` is None unless the compile succeeded."""

    log: CompileLog
    log_text: str
    ex5: Path | None


class MetaEditor:
    """The compiler of one terminal.

    Args:
        install: The terminal it belongs to; `<...>` includes resolve in its MQL5 folder.
        launcher: Put before the .exe where Windows does not run it itself.
    """

    def __init__(self, install: TerminalInstall, launcher: Sequence[str] = ()) -> None:
        self._install = install
        self._launcher = tuple(launcher)
        self._one_at_a_time = asyncio.Lock()

    @property
    def identity(self) -> str:
        """Changes when MetaEditor is updated: its size and time stamp.

        Raises:
            ForexEliteError: there is no MetaEditor.
        """
        try:
            stat = self._install.metaeditor.stat()
        except OSError as error:
            raise _missing(self._install.metaeditor) from error
        return f"{stat.st_size}-{stat.st_mtime_ns}"

    async def compile(self, source: Path) -> CompileRun:
        """Compiles a source file; the .ex5 and a .log appear beside it. Cancelling ends MetaEditor.

        Raises:
            ForexEliteError: MetaEditor can't be started, is open in its own window, gives no verdict or takes too
                long. Errors in the source are not exceptions.
        """
        log_path = source.with_suffix(".log")
        ex5 = source.with_suffix(".ex5")
        async with self._one_at_a_time:
            if not self._install.metaeditor.exists():
                raise _missing(self._install.metaeditor)
            await asyncio.to_thread(self._refuse_open_window)
            log_path.unlink(missing_ok=True)
            ex5.unlink(missing_ok=True)
            started = time.time() - _CLOCK_SLACK_SECONDS
            await self._run(source, log_path)
            text, log = await _await_verdict(log_path, source.name)
        fresh = ex5.exists() and ex5.stat().st_size > 0 and ex5.stat().st_mtime >= started
        succeeded = log.errors == 0 and fresh
        if log.errors == 0 and not fresh:
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED,
                "MetaEditor reported success but wrote no .ex5 file. See whether an antivirus took it, then try again.",
            )
        return CompileRun(log=log, log_text=text, ex5=ex5 if succeeded else None)

    async def _run(self, source: Path, log_path: Path) -> None:
        install = self._install
        switches = ["/portable"] if install.portable else []
        files = {"compile": source, "include": install.data_folder / "MQL5", "log": log_path}
        switches += file_switches(install, files)
        try:
            process = await asyncio.to_thread(start_installed, install, install.metaeditor, switches, self._launcher)
        except OSError as error:
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED, f"MetaEditor can't be started ({error}). Reinstall MetaTrader 5."
            ) from error
        deadline = time.monotonic() + COMPILE_SECONDS
        try:
            while process.poll() is None:
                if time.monotonic() > deadline:
                    raise ForexEliteError(
                        ErrorCode.COMPILE_FAILED,
                        f"MetaEditor did not finish within {COMPILE_SECONDS:.0f} seconds and was ended. Try again.",
                    )
                await asyncio.sleep(_STEP_SECONDS)
        finally:
            end_installed(process, install, install.metaeditor)

    def _refuse_open_window(self) -> None:
        """An open MetaEditor of the same installation swallows the command line without a word."""
        if running_copies(self._install, self._install.metaeditor):
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED, "MetaEditor is open and blocks the compiler. Close it, then compile again."
            )


async def _await_verdict(log_path: Path, main_file: str) -> tuple[str, CompileLog]:
    """MetaEditor's log may appear seconds after the process has ended."""
    deadline = time.monotonic() + LOG_SECONDS
    while True:
        try:
            text = read_text(log_path)
        except OSError:
            text = ""
        log = parse_compile_log(text, main_file)
        if log.finished:
            return text, log
        if time.monotonic() > deadline:
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED,
                "MetaEditor gave no verdict. Check that the terminal's folder can be written, then compile again.",
            )
        await asyncio.sleep(_STEP_SECONDS)


def _missing(path: Path) -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.COMPILE_FAILED, f"MetaEditor was not found at {path}. Reinstall MetaTrader 5, then compile again."
    )
