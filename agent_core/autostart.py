"""Starts the agent without a window when its user signs in: a user unit of systemd, on Windows a scheduled task.

MetaTrader answers programs of its own user and session alone, so a Windows service, which lives in another session,
could never reach it.
"""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from agent_core.programs import command_for
from agent_core.protocol.errors import ErrorCode, ForexEliteError

_TASK = "ForexElite Pro Agent"
_UNIT = "forexelite-agent.service"
_SECONDS = 30


def switch_on(arguments: Sequence[str]) -> str:
    """Has the agent started at sign-in with arguments of `run`; returns what was done, in one sentence.

    Raises:
        ForexEliteError: the system refused.
    """
    command = [*command_for("agent"), "run", *arguments]
    if sys.platform == "win32":
        _run(task_command(command))
        return f"The task '{_TASK}' starts the agent when you sign in to Windows; MetaTrader must run as the same user."
    else:  # noqa: RET505  # what follows is no dead code to a type checker for Windows
        path = unit_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unit_text(command), encoding="utf-8")
        _run(["systemctl", "--user", "daemon-reload"])
        _run(["systemctl", "--user", "enable", _UNIT])
        return f"{path} starts the agent when you sign in; `systemctl --user start {_UNIT}` starts it now."


def switch_off() -> str:
    """Undoes it; an agent that runs goes on.

    Raises:
        ForexEliteError: the system refused.
    """
    if sys.platform == "win32":
        _run(["schtasks", "/Delete", "/TN", _TASK, "/F"])
    elif unit_file().exists():
        _run(["systemctl", "--user", "disable", _UNIT])
        unit_file().unlink()
    return "The agent is no longer started when you sign in."


def unit_file() -> Path:
    """Returns where systemd looks for a user's units."""
    return Path.home() / ".config" / "systemd" / "user" / _UNIT


def unit_text(command: Sequence[str]) -> str:
    """Returns the unit: started again after a crash, ended like Ctrl+C."""
    # systemd expands % and $ in a command line.
    line = shlex.join(command).replace("%", "%%").replace("$", "$$")
    return (
        "[Unit]\nDescription=ForexElite Pro Agent\nAfter=network-online.target\n\n"
        f"[Service]\nExecStart={line}\nRestart=on-failure\nRestartSec=10\nKillSignal=SIGINT\nTimeoutStopSec=60\n\n"
        "[Install]\nWantedBy=default.target\n"
    )


def task_command(command: Sequence[str]) -> list[str]:
    """Returns the command that makes Windows start a program when this user signs in, in the user's own session."""
    line = subprocess.list2cmdline(command)
    return ["schtasks", "/Create", "/TN", _TASK, "/TR", line, "/SC", "ONLOGON", "/RL", "LIMITED", "/F"]


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False,
                              timeout=_SECONDS)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    else:
        reason = (done.stderr or done.stdout).strip() if done.returncode else ""
    if reason:
        raise ForexEliteError(
            ErrorCode.INTERNAL_ERROR, f"{command[0]} could not set this up ({reason}). Start the agent by hand instead."
        )
