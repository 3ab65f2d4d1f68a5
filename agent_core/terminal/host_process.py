"""The terminal host seen from the agent: start, one exchange at a time, kill."""

import asyncio
import logging
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.framing import read_message, write_message
from agent_core.terminal.spare_host import spawn_host, take_spare
from agent_core.terminal.tether import HostTether

log = logging.getLogger(__name__)

START_SECONDS = 30.0


class HostGone(Exception):  # noqa: N818
    """The host ended or was killed before its answer arrived."""


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """What a call returned, `last_error()` after it, and the raw bytes of an array.

    Attributes:
        withheld: The call was not made: the terminal is not logged in to the account the caller named.
    """

    value: Any
    code: int
    text: str
    raised: str | None = None
    body: bytes = b""
    withheld: bool = False


class HostProcess:
    """One child process. Its pipes are read and written in one thread, so any event loop will do.

    Raises:
        ForexEliteError: (from `start`) the host or MetaTrader's module can't be loaded.
        HostGone: (from `exchange`) the answer will never come.
        TimeoutError: (from `exchange`) the answer is overdue; the host has been killed.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._tether = HostTether()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="terminal-host")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Process id, while it runs."""
        return self._process.pid if self._process is not None and self.alive else None

    async def start(self) -> None:
        """Starts the process and waits until it has loaded MetaTrader's module."""
        self.kill()
        try:
            self._process = take_spare(self._command) or spawn_host(self._command)
            self._tether.bind(self._process)
            hello, _ = await self._within(START_SECONDS, self._receive, self._process)
        except (OSError, HostGone, TimeoutError) as error:
            self.kill()
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE,
                "The program that talks to MetaTrader 5 could not be started. Start ForexElite Pro again.",
            ) from error
        except asyncio.CancelledError:
            self.kill()
            raise
        if not hello.get("ready"):
            self.kill()
            log.error("MetaTrader's module can't be loaded: %s", hello.get("reason"))
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE,
                "The MetaTrader5 package is not installed on this computer; it exists for Windows only. "
                "Install it, or run the agent where MetaTrader 5 runs.",
            )

    async def exchange(self, calls: Sequence[Mapping[str, Any]], limit: float) -> list[HostAnswer]:
        """Sends calls together and waits at most `limit` seconds for the answer of each."""
        process = self._process
        if process is None:
            raise HostGone("the host is not running")
        try:
            answers = [_answer(*await self._within(limit, self._exchange, process, {"calls": calls}))]
            while len(answers) < len(calls):
                answers.append(_answer(*await self._within(limit, self._receive, process)))
        except (TimeoutError, asyncio.CancelledError):
            self.kill()
            raise
        return answers

    def kill(self) -> None:
        """Ends the process at once; a waiting exchange ends with it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        self._thread.submit(_close_pipes, process)

    async def close(self) -> None:
        """Lets the host take its leave of the terminal, and kills it if it won't."""
        process, self._process = self._process, None
        if process is not None:
            self._thread.submit(_close_pipes, process)
            try:
                async with asyncio.timeout(3):
                    await asyncio.to_thread(process.wait)
            except TimeoutError:
                process.kill()
                await asyncio.to_thread(process.wait)
        self._thread.shutdown(wait=True)
        self._tether.close()

    async def _within(self, limit: float, function: Any, *args: Any) -> Any:
        # Not asyncio.wait_for: before Python 3.12 it loses a cancellation that arrives together with the answer.
        async with asyncio.timeout(limit):
            return await asyncio.get_running_loop().run_in_executor(self._thread, function, *args)

    @staticmethod
    def _receive(process: subprocess.Popen[bytes]) -> tuple[dict[str, Any], bytes]:
        try:
            return read_message(process.stdout)  # type: ignore[arg-type]
        except (EOFError, OSError, ValueError) as error:
            raise HostGone(str(error)) from error

    @classmethod
    def _exchange(cls, process: subprocess.Popen[bytes], request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        try:
            write_message(process.stdin, request)  # type: ignore[arg-type]
        except (OSError, ValueError) as error:
            raise HostGone(str(error)) from error
        return cls._receive(process)


def _answer(head: dict[str, Any], body: bytes) -> HostAnswer:
    code, text = head.get("error", (1, ""))
    return HostAnswer(
        head.get("value"), int(code), str(text), head.get("raised"), body, withheld=head.get("withheld", False)
    )


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
