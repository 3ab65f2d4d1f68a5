"""The terminal's API on a loopback socket."""

import asyncio
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, cast

from agent_core.simulator.layout import Layout
from agent_core.simulator.terminal.answers import Answer, ApiError, packed_error, value
from agent_core.simulator.terminal.faults import Fault, Faults, die
from agent_core.simulator.wire import HEADER_SIZE, sizes, unpack, write_address

log = logging.getLogger(__name__)


class Server:
    """Answers API calls one at a time, as they come.

    Args:
        functions: What can be called.
        before: Called before each function, to bring the terminal up to date.
        faults: Armed faults.
    """

    def __init__(self, functions: dict[str, Callable[..., Answer]], before: Callable[[], None], faults: Faults) -> None:
        self._functions = functions
        self._before = before
        self._faults = faults
        self.key = secrets.token_hex(16)
        self.connections: set[_Connection] = set()
        self.last_call = time.monotonic()
        self._server: asyncio.Server | None = None

    async def start(self, layout: Layout) -> None:
        """Listens on a free port and says where."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        write_address(layout, self._server.sockets[0].getsockname()[1], self.key)

    def close(self) -> None:
        """Stops listening and drops all connections."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.drop()

    def answer(self, head: list[Any]) -> bytes | None:
        """Carries out a call; None leaves the caller without an answer for ever.

        Raises:
            ConnectionAbortedError: the answer is to be lost.
        """
        self.last_call = time.monotonic()
        name, arguments = head
        fault = self._faults.take(name)
        if fault is None:
            return self._run(name, arguments)
        if fault.executed:
            self._run(name, arguments)
        return self._strike(fault)

    def _strike(self, fault: Fault) -> bytes | None:
        log.info("Fault %s", fault)
        if fault.kind == "hang":
            return None
        if fault.kind == "kill":
            die()
        if fault.kind == "lose_answer":
            raise ConnectionAbortedError
        if fault.kind == "fail":
            return packed_error(fault.failure)
        row: list[Any] = [fault.retcode, 0, 0, 0.0, 0.0, 0.0, 0.0, fault.text, 0, 0]
        return value(row).packed()

    def _run(self, name: str, arguments: list[Any]) -> bytes:
        function = self._functions.get(name)
        if function is None:
            return packed_error(ApiError(-7, "Terminal: Unsupported function"))
        self._before()
        try:
            return function(*arguments).packed()
        except ApiError as error:
            return packed_error(error)
        except Exception:
            log.exception("%s failed", name)
            return packed_error(ApiError(-1, "Terminal: Call failed"))


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._trusted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._server.last_call = time.monotonic()

    def drop(self) -> None:
        """Breaks the connection."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= HEADER_SIZE:
            total, head_size = sizes(bytes(self._buffer[:HEADER_SIZE]))
            if len(self._buffer) < HEADER_SIZE + total:
                return
            head, _ = unpack(bytes(self._buffer[HEADER_SIZE : HEADER_SIZE + total]), head_size)
            del self._buffer[: HEADER_SIZE + total]
            self._handle(head)

    def _handle(self, head: list[Any]) -> None:
        if self._transport is None:
            return
        if not self._trusted:
            self._trusted = head[0] == "hello" and hmac.compare_digest(str(head[1][0]), self._server.key)
            if not self._trusted:
                self.drop()
                return
            self._transport.write(value(True).packed())
            return
        try:
            answer = self._server.answer(head)
        except ConnectionAbortedError:
            self.drop()
            return
        if answer is not None:
            self._transport.write(answer)
