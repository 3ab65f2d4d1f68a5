"""The one connection and the last error of a process that uses mt5.py, both global as in the package."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from agent_core.programs import command_for
from agent_core.simulator.arguments import ArgumentsError
from agent_core.simulator.constants import (
    RES_E_AUTH_FAILED,
    RES_E_INTERNAL_FAIL_CONNECT,
    RES_E_INTERNAL_FAIL_INIT,
    RES_E_INTERNAL_FAIL_RECEIVE,
    RES_E_INTERNAL_FAIL_TIMEOUT,
    RES_S_OK,
)
from agent_core.simulator.ipc import Connection, IpcError, Reply
from agent_core.simulator.layout import TERMINAL_EXE, Layout, layout_of_executable

_START_SECONDS = 100.0
_DEFAULT_TIMEOUT_MS = 60_000
_READY, _REFUSED = 2, 3


class ApiFailure(Exception):  # noqa: N818 - the package calls it a failure
    """A call failed; the last error says why."""


class Session:
    """Connection and last error."""

    def __init__(self) -> None:
        self.error: tuple[int, str] = (RES_S_OK, "Success")
        self._connection: Connection | None = None

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

    def close(self) -> None:
        """Closes the connection; the terminal keeps running."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def initialize(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
        """Connects to a terminal, starting it where needed; False with the last error set."""
        self.close()
        self.error = (RES_S_OK, "Success")
        try:
            options = initialize_options(arguments, keywords)
            layout = self._layout(options["path"], portable=options["portable"])
            self._connection = self._open(layout, portable=options["portable"])
            self._log_in(options)
        except ArgumentsError as error:
            self.error = (error.code, error.text)
        except ApiFailure:
            self.close()
        else:
            return True
        return False

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
    if arguments and not (isinstance(arguments[0], str) and len(arguments[0]) < 260):
        raise ArgumentsError("Invalid 1st unnamed argument")
    options: dict[str, Any] = {"path": arguments[0] if arguments else "", "portable": bool(keywords.get("portable"))}
    kinds = (("path", str, ""), ("login", int, 0), ("password", str, ""), ("server", str, ""), ("timeout", int, 0))
    for name, kind, default in kinds:
        content = keywords.get(name, options.get(name, default))
        if not isinstance(content, kind) or (isinstance(content, str) and len(content) > 259):
            raise ArgumentsError(f'Invalid "{name}" argument')
        options[name] = content
    return options


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
