"""How MetaEditor and the terminal are started: their switches need literal quotes after the colon."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import TerminalInstall


def switch(name: str, value: Path) -> str:
    r"""Returns `/name:"value"`, the only form with spaces that MetaTrader's programs understand."""
    return f'/{name}:"{value}"'


def file_switches(install: TerminalInstall, files: Mapping[str, Path]) -> list[str]:
    """Returns switches that name files, as the programs of a terminal understand them.

    Raises:
        ForexEliteError: the terminal runs under Wine and a path has a space.
    """
    if install.wine_prefix is None:
        return [switch(name, path) for name, path in files.items()]
    return wine_switches({name: install.spelled(path) for name, path in files.items()})


def wine_switches(spelled: Mapping[str, str]) -> list[str]:
    """Returns switches for a program under Wine, which quotes whole ones: a path with spaces can't be given there.

    Raises:
        ForexEliteError: a path has a space.
    """
    for path in spelled.values():
        if " " in path:
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED,
                f"Under Wine MetaTrader takes no path with a space, and {path} has one. Move it to a folder without.",
            )
    return [f"/{name}:{path}" for name, path in spelled.items()]


def start_program(executable: Path, switches: Sequence[str], launcher: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
    """Starts a program of MetaTrader without a console window.

    On Windows the command line is one string: a list would have whole switches quoted, which they silently ignore.

    Raises:
        OSError: it can't be started.
    """
    flags = 0
    command: str | list[str]
    if sys.platform == "win32":
        command = " ".join([subprocess.list2cmdline(launcher), f'"{executable}"', *switches]).strip()
        flags = subprocess.CREATE_NO_WINDOW
    else:
        command = [*launcher, str(executable), *switches]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, creationflags=flags)


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
