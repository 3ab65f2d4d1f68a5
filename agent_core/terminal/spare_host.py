"""Starts terminal hosts; one ahead of its use, so that it loads MetaTrader's module while a window loads its own.

Light to import: a window does so before it has anything else.
"""

import subprocess
import sys
from collections.abc import Sequence

from agent_core.programs import MT5_MODULE, command_for

#: Windows: no console window flashes up.
_CREATE_NO_WINDOW = 0x08000000

_spare: list[tuple[list[str], "subprocess.Popen[bytes]"]] = []


def host_command(module: str = MT5_MODULE) -> list[str]:
    """Returns the command of a terminal host on this computer's own system."""
    return [*command_for("terminal-host"), "--module", module]


def spawn_host(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Starts a terminal host.

    Raises:
        OSError: there is no such program.
    """
    # A windowed program has no standard error to inherit.
    errors = subprocess.DEVNULL if sys.stderr is None else None
    flags = _CREATE_NO_WINDOW if sys.platform == "win32" else 0
    return subprocess.Popen(
        list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, creationflags=flags
    )


def start_spare(command: Sequence[str]) -> None:
    """Starts a terminal host for whoever asks next for one with this command."""
    end_spare()
    _spare.append((list(command), spawn_host(command)))


def take_spare(command: Sequence[str]) -> "subprocess.Popen[bytes] | None":
    """Hands the spare host over, if it runs and has this command; one with another command is ended."""
    if _spare and _spare[0][0] == list(command) and _spare[0][1].poll() is None:
        return _spare.pop()[1]
    end_spare()
    return None


def end_spare() -> None:
    """Ends the spare host, if there is one."""
    while _spare:
        _, process = _spare.pop()
        process.kill()
        process.communicate()
