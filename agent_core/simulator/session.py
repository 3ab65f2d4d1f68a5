"""The one connection and the last error of a process that uses mt5.py, both global as in the package."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from agent_core.programs import command_for
from agent_core.simulator.arguments import (
    MAX_CREDENTIAL,
    MAX_PATH,
    ArgumentsError,
    milliseconds,
    named,
    text,
    whole,
)
from agent_core.simulator.constants import (
    RES_E_AUTH_FAILED,
    RES_E_INTERNAL_FAIL_CONNECT,
    RES_E_INTERNAL_FAIL_INIT,
    RES_E_INTERNAL_FAIL_RECEIVE,
    RES_E_INTERNAL_FAIL_TIMEOUT,
    RES_E_INVALID_VERSION,
    RES_S_OK,
)
from agent_core.simulator.ipc import Connection, IpcError, Reply
from agent_core.simulator.layout import TERMINAL_EXE, Layout, layout_of_executable

_START_SECONDS = 100.0
_DEFAULT_TIMEOUT_MS = 60_000
_READY, _REFUSED = 2, 3
_INCOMPATIBLE = "Terminal: Incompatible versions, please install the latest version of Terminal and Python module"


class ApiFailure(Exception):  # noqa: N818 - the package calls it a failure
    """A call failed; the last error says why."""


class Session:
    """Connection and last error."""

    def __init__(self) -> None:
        self.error: tuple[int, str] = (RES_S_OK, "Success")
        self._connection: Connection | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    def fail(self, code: int, text: str) -> ApiFailure:
        """Sets the last error and returns the exception to raise."""
        self.error = (code, text)
        return ApiFailure(text)

    def call(self, function: str, *arguments: Any) -> Reply:
        """Calls the terminal.

        Raises:
            ApiFailure: not initialised, the connection broke, or the terminal answers with an error.
        """
        if self._connection is None:
            raise self.fail(RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
        try:
            reply = self._connection.call(function, *arguments)
        except IpcError:
            self.close()
            raise self.fail(RES_E_INTERNAL_FAIL_RECEIVE, "IPC recv failed") from None
        if reply.code != RES_S_OK:
            raise self.fail(reply.code, reply.text)
        return reply

    def require_version(self) -> None:
        """Refuses what the package grants to terminals of a known build alone.

        Raises:
            ApiFailure: there is no connection, so no build.
        """
        if self._connection is None:
            raise self.fail(RES_E_INVALID_VERSION, _INCOMPATIBLE)

    def close(self) -> None:
        """Closes the connection; the terminal keeps running."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def initialize(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
        """Connects to a terminal, starting it where needed; False with the last error set.

        Raises:
            ArgumentsError: wrong number or type.
        """
        self.close()
        options = initialize_options(arguments, keywords)
        try:
            layout = self._layout(options["path"], portable=options["portable"])
            self._connection = self._open(layout, portable=options["portable"])
            self._log_in(options)
        except ApiFailure:
            self.close()
            return False
        return True

    def log_in(self, login: int, timeout: int) -> None:
        """Logs in to the terminal's account, the only one its trade server knows, and waits until it is ready.

        Raises:
            ApiFailure: another account, refused, or not in time.
        """
        if login and login != self.call("account_info").value[0]:
            raise self.fail(RES_E_AUTH_FAILED, "Terminal: Authorization failed")
        deadline = time.monotonic() + (timeout or _DEFAULT_TIMEOUT_MS) / 1000
        while (state := self.call("ready").value) != _READY:
            if state == _REFUSED:
                raise self.fail(RES_E_AUTH_FAILED, "Terminal: Authorization failed")
            if time.monotonic() > deadline:
                raise self.fail(RES_E_INTERNAL_FAIL_TIMEOUT, "IPC timeout")
            time.sleep(0.1)

    def _log_in(self, options: dict[str, Any]) -> None:
        self.log_in(options["login"], options["timeout"])

    def _layout(self, path: str, *, portable: bool) -> Layout:
        executable = Path(path) if path else _newest_terminal()
        if executable is None or not executable.is_file():
            text = f"Process create failed '{path}'" if path else "MetaTrader 5 x64 not found"
            raise self.fail(RES_E_INTERNAL_FAIL_INIT, f"IPC initialize failed, {text}")
        return layout_of_executable(executable, portable=portable)

    def _open(self, layout: Layout, *, portable: bool) -> Connection:
        try:
            return Connection(layout)
        except IpcError:
            self._start(layout, portable=portable)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                return Connection(layout)
            except IpcError:
                time.sleep(0.02)
        raise self.fail(RES_E_INTERNAL_FAIL_INIT, "IPC initialize failed, Pipe server didn't answer in 60 sec")

    def _start(self, layout: Layout, *, portable: bool) -> None:
        command = [*command_for("simulator"), str(layout.executable), *(["/portable"] if portable else [])]
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, creationflags=flags,
        )  # fmt: skip
        # The terminal outlives this process, or is reaped when it ends first.
        threading.Thread(target=process.wait, name="terminal-reaper", daemon=True).start()


def initialize_options(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
    """Reads the arguments of `initialize`; unknown keywords are ignored.

    Raises:
        ArgumentsError: wrong number or type.
    """
    if len(arguments) > 1:
        raise ArgumentsError("Invalid number of arguments")
    path = text(arguments[0], MAX_PATH, "Invalid 1st unnamed argument") if arguments else ""
    return {
        "path": named(keywords, "path", path, MAX_PATH),
        "portable": bool(keywords.get("portable")),
        "login": whole(keywords.get("login", 0), 'Invalid "login" argument'),
        **_credentials(keywords),
    }


def login_options(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
    """Reads the arguments of `login`: number, password and server may come by position.

    Raises:
        ArgumentsError: wrong number or type.
    """
    if len(arguments) > 3:
        raise ArgumentsError("Invalid number of arguments")
    if not arguments and "login" not in keywords:
        raise ArgumentsError('Invalid "login" argument')
    given = dict(keywords)
    for place, (name, ordinal) in enumerate((("login", "1st"), ("password", "2nd"), ("server", "3rd"))):
        if place < len(arguments):
            refusal = f"Invalid {ordinal} unnamed argument"
            content = arguments[place]
            given[name] = text(content, MAX_CREDENTIAL, refusal) if place else whole(content, refusal)
    return {"login": whole(given["login"], 'Invalid "login" argument'), **_credentials(given)}


def _credentials(keywords: dict[str, Any]) -> dict[str, Any]:
    return {
        "password": named(keywords, "password", "", MAX_CREDENTIAL),
        "server": named(keywords, "server", "", MAX_CREDENTIAL),
        "timeout": milliseconds(keywords),
    }


def _newest_terminal() -> Path | None:
    """The terminal used last, of those under %APPDATA%."""
    roaming = Path(os.environ.get("APPDATA", "")) / "MetaQuotes" / "Terminal"
    found: list[tuple[float, Path]] = []
    for folder in roaming.glob("*") if roaming.is_dir() else ():
        origin = folder / "origin.txt"
        if folder.name.startswith(".") or not origin.is_file() or not (folder / "MQL5").is_dir():
            continue
        executable = Path(origin.read_bytes()[2:].decode("utf-16-le")) / TERMINAL_EXE
        times = [path.stat().st_mtime for path in folder.glob("config/[at][ce][cr]*") if path.is_file()]
        found.append((max(times, default=0.0), executable))
    return max(found)[1] if found else None
