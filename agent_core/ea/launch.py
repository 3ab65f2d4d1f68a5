"""How MetaEditor and the terminal are started: their switches need literal quotes after the colon."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def switch(name: str, value: Path) -> str:
    r"""Returns `/name:"value"`, the only form with spaces that MetaTrader's programs understand."""
    return f'/{name}:"{value}"'


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
