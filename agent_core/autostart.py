"""Starts the agent without a window when its user signs in: a user unit of systemd, on Windows a scheduled task.

MetaTrader answers programs of its own user and session alone, so a Windows service, which lives in another session,
could never reach it.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath
from xml.sax.saxutils import escape

from agent_core.programs import command_for
from agent_core.protocol.errors import ErrorCode, ForexEliteError

if sys.platform == "win32":
    _FLAGS = subprocess.CREATE_NO_WINDOW
else:
    _FLAGS = 0

_TASK = "ForexElite Pro Agent"
_UNIT = "forexelite-agent.service"
_SECONDS = 30
#: Programs that open a console, and the same programs without one.
_WITHOUT_CONSOLE = {"forexeliteagent.exe": "ForexElite.exe", "python.exe": "pythonw.exe"}
#: A user may have a task started at the own sign-in alone. Without these settings Windows ends a task after three days,
#: and starts none, or ends it, on battery.
_TASK_XML = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers><LogonTrigger><UserId>{user}</UserId></LogonTrigger></Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
    <RestartOnFailure><Interval>PT1M</Interval><Count>255</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author"><Exec><Command>{program}</Command><Arguments>{arguments}</Arguments></Exec></Actions>
</Task>
"""


def switch_on(arguments: Sequence[str]) -> str:
    """Has the agent started at sign-in with arguments of `run`; returns what was done, in one sentence.

    Raises:
        ForexEliteError: the system refused.
    """
    command = [*command_for("agent"), "run", *arguments]
    if sys.platform == "win32":
        user = f"{os.environ['USERDOMAIN']}\\{os.environ['USERNAME']}"
        with tempfile.TemporaryDirectory() as folder:
            task = Path(folder, "task.xml")
            task.write_text(task_xml(command, user), encoding="utf-16")
            _run(["schtasks", "/Create", "/TN", _TASK, "/XML", str(task), "/F"])
        return f"The task '{_TASK}' starts the agent when you sign in to Windows; MetaTrader must run as the same user."
    else:  # noqa: RET505  # what follows is no dead code to a type checker for Windows
        path = unit_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        settings = {name: value for name, value in os.environ.items() if name.startswith("FOREXELITE_")}
        path.write_text(unit_text(command, settings), encoding="utf-8")
        try:
            _run(["systemctl", "--user", "daemon-reload"])
            _run(["systemctl", "--user", "enable", _UNIT])
        except ForexEliteError:
            path.unlink()
            raise
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


def is_on() -> bool:
    """Whether the agent is started at sign-in."""
    if sys.platform == "win32":
        query = ["schtasks", "/Query", "/TN", _TASK]
        quiet = subprocess.DEVNULL
        done = subprocess.run(
            query, stdin=quiet, stdout=quiet, stderr=quiet, check=False, timeout=_SECONDS, creationflags=_FLAGS
        )
        return done.returncode == 0
    else:  # noqa: RET505  # as above
        return unit_file().exists()


def unit_file() -> Path:
    """Returns where systemd looks for a user's units."""
    return Path.home() / ".config" / "systemd" / "user" / _UNIT


def unit_text(command: Sequence[str], settings: Mapping[str, str]) -> str:
    """Returns the unit: with this program's settings, started again after a crash, ended like Ctrl+C."""
    # systemd expands % everywhere, and $ in a command line.
    line = shlex.join(command).replace("%", "%%").replace("$", "$$")
    variables = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in settings.items())
    return (
        "[Unit]\nDescription=ForexElite Pro Agent\nAfter=network-online.target\n\n"
        f"[Service]\n{variables}ExecStart={line}\n"
        "Restart=on-failure\nRestartSec=10\nKillSignal=SIGINT\nTimeoutStopSec=60\n\n"
        "[Install]\nWantedBy=default.target\n"
    )


def task_xml(command: Sequence[str], user: str) -> str:
    """Returns the task that starts a program, without a console, when a user signs in, in the user's own session.

    Args:
        command: Program and arguments.
        user: Name with its domain or computer.
    """
    path = PureWindowsPath(command[0])
    program = path.with_name(_WITHOUT_CONSOLE.get(path.name.lower(), path.name))
    line = subprocess.list2cmdline(command[1:])
    return _TASK_XML.format(user=escape(user), program=escape(str(program)), arguments=escape(line))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False,
                              timeout=_SECONDS, creationflags=_FLAGS)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    else:
        reason = (done.stderr or done.stdout).strip() if done.returncode else ""
    if reason:
        raise ForexEliteError(
            ErrorCode.INTERNAL_ERROR, f"{command[0]} could not set this up ({reason}). Start the agent by hand instead."
        )
