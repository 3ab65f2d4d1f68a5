"""Checking in a process of its own, so that hostile source can neither stop nor exhaust the caller."""

import asyncio
import atexit
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from agent_core.mql.checker import MAX_CHARACTERS, TOO_COMPLEX, refused_length
from agent_core.mql.model import CheckReport, Diagnostic
from agent_core.mql.wire import REPORT, CheckRequest
from agent_core.programs import command_for

if sys.platform == "win32":
    _CREATION_FLAGS = subprocess.CREATE_NO_WINDOW
else:
    _CREATION_FLAGS = 0


class CheckerProcess:
    """The worker process, started at the first check and again after it was stopped; one check at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def check(self, request: CheckRequest, timeout: float) -> CheckReport:
        """Runs one check; blocks until its end or the time limit in seconds."""
        with self._lock:
            started = time.perf_counter()
            process = self._running()
            timer = threading.Timer(timeout, process.kill)
            timer.start()
            try:
                answer = self._ask(process, request)
            finally:
                timer.cancel()
            elapsed = time.perf_counter() - started
            if answer is None:
                self._stop()
                return _stopped(elapsed, timeout)
            if any(diagnostic.message == TOO_COMPLEX for diagnostic in answer.diagnostics):
                self._stop()  # gives back what the front end had taken up
            return answer

    def close(self) -> None:
        """Ends the worker process."""
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(
                command_for("mql-checker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=_CREATION_FLAGS,
            )
        return self._process

    @staticmethod
    def _ask(process: subprocess.Popen[bytes], request: CheckRequest) -> CheckReport | None:
        """Returns the worker's answer, None when it ended before it answered."""
        if process.stdin is None or process.stdout is None:
            return None
        try:
            process.stdin.write(request.model_dump_json().encode() + b"\n")
            process.stdin.flush()
            return REPORT.validate_json(process.stdout.readline())
        except (OSError, ValidationError):
            return None

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was not yet written has nowhere to go


def _stopped(elapsed: float, timeout: float) -> CheckReport:
    if elapsed >= timeout:
        message = f"the check was stopped after {timeout:g} seconds: {TOO_COMPLEX}"
    else:
        message = f"the check was stopped: {TOO_COMPLEX}"
    return CheckReport((Diagnostic(1, 1, "error", None, message),), "syntax", elapsed * 1000)


_checker = CheckerProcess()
atexit.register(_checker.close)


async def check(source: str, *, include_folders: Sequence[Path] = (), timeout: float = 10) -> CheckReport:
    """Checks one MQL5 program in the checker's own process.

    A program that exceeds the limits gets a report with one error that says so.

    Args:
        source: The program.
        include_folders: MQL5 folders of terminals, for `#include <...>`.
        timeout: Time limit in seconds.
    """
    if len(source) > MAX_CHARACTERS:
        return refused_length()
    # A surrogate can't be sent as UTF-8; as an unknown character it is reported like any other.
    clean = source.encode("utf-8", "replace").decode("utf-8")
    request = CheckRequest(source=clean, include_folders=tuple(include_folders))
    return await asyncio.to_thread(_checker.check, request, timeout)
