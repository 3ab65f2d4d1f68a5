"""How MetaEditor and the terminal are started: their switches need literal quotes after the colon."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from agent_core.terminal.discovery import running_copies
from agent_core.terminal.models import TerminalInstall

#: Under Wine this variable carries a program's command line.
_COMMAND = "FOREXELITE_COMMAND"
_NULL = subprocess.DEVNULL
#: SW_SHOWMINNOACTIVE
_MINIMIZED = 7


def switch(name: str, value: Path | str) -> str:
    r"""Returns `/name:"value"`, the only form with spaces that MetaTrader's programs understand."""
    return f'/{name}:"{value}"'


def file_switches(install: TerminalInstall, files: Mapping[str, Path]) -> list[str]:
    """Returns switches that name files, as the programs of a terminal spell them."""
    return [switch(name, install.spelled(path)) for name, path in files.items()]


def start_installed(
    install: TerminalInstall, executable: Path, switches: Sequence[str], launcher: Sequence[str] = (),
    *, minimized: bool = False,
) -> "subprocess.Popen[bytes]":  # fmt: skip
    """Starts a program of a terminal's installation.

    Wine quotes arguments with spaces as a whole and escapes the quotes inside. Its command interpreter passes on what a
    variable holds as it is.

    Args:
        install: The terminal.
        executable: One of its programs, or of a copy of it.
        switches: What it is told.
        launcher: Put before an .exe where Windows does not run it itself; Wine's own where it is empty.
        minimized: Whether Windows shows its window in the taskbar alone and leaves the focus where it is.

    Raises:
        OSError: it can't be started.
    """
    if install.wine_prefix is None:
        return start_program(executable, switches, launcher, minimized=minimized)
    line = " ".join([f'"{install.spelled(executable)}"', *switches])
    command = [*(launcher or install.launcher), "cmd", "/c", f"%{_COMMAND}%"]
    return subprocess.Popen(command, stdin=_NULL, stdout=_NULL, stderr=_NULL, env={**os.environ, _COMMAND: line})


def start_program(
    executable: Path, switches: Sequence[str], launcher: Sequence[str] = (), *, minimized: bool = False
) -> "subprocess.Popen[bytes]":
    """Starts a program of MetaTrader without a console window.

    On Windows the command line is one string: a list would have whole switches quoted, which they silently ignore.

    Raises:
        OSError: it can't be started.
    """
    if sys.platform == "win32":
        line = " ".join([subprocess.list2cmdline(launcher), f'"{executable}"', *switches]).strip()
        show = subprocess.STARTUPINFO()
        if minimized:
            show.dwFlags |= subprocess.STARTF_USESHOWWINDOW
            show.wShowWindow = _MINIMIZED
        flags = subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(line, stdin=_NULL, stdout=_NULL, stderr=_NULL, creationflags=flags, startupinfo=show)
    else:  # noqa: RET505  # what follows is no dead code to a type checker for Windows
        command = [*launcher, str(executable), *switches]
        return subprocess.Popen(command, stdin=_NULL, stdout=_NULL, stderr=_NULL)


def end_installed(process: "subprocess.Popen[bytes]", install: TerminalInstall, executable: Path) -> None:
    """Ends a program that `start_installed` has started. Under Wine it is no child of what started it."""
    end_program(process)
    for running in running_copies(install, executable) if install.wine_prefix is not None else ():
        with suppress(psutil.NoSuchProcess):
            running.kill()


def end_program(process: "subprocess.Popen[bytes]") -> None:
    """Ends a program and what it has started, and collects it."""
    if process.poll() is not None:
        return
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    process.kill()
    process.wait()
