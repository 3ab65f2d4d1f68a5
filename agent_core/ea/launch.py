"""How MetaEditor and the terminal are started: their switches need literal quotes after the colon."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent_core.protocol.errors import ErrorCode, ForexEliteError


def switch(name: str, value: Path) -> str:
    r"""Returns `/name:"value"`, the only form with spaces that MetaTrader's programs understand."""
    return f'/{name}:"{value}"'


def wine_switches(spelled: Mapping[str, str]) -> list[str]:
    """Returns switches for a program under Wine, which quotes whole ones: a path with spaces can't be given there.

    Raises:
        ForexEliteError: a path has a space.
    """
    for path in spelled.values():
        if " " in path:
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED,
                f"Under Wine MetaEditor takes no path with a space, and {path} has one. "
                "Move MetaTrader's data to a folder without.",
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
