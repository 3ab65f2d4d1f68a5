"""A client's connection to a running terminal process."""

import socket
from dataclasses import dataclass
from typing import Any, Self

from agent_core.simulator.layout import Layout
from agent_core.simulator.wire import HEADER_SIZE, pack, read_address, sizes, unpack


class IpcError(Exception):
    """The terminal cannot be reached, or the connection broke."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer of a call: last error's code and text, and the value; `body` holds an array's bytes."""

    code: int
    text: str
    kind: str
    value: Any
    body: bytes


class Connection:
    """A connection, one call at a time, without a time limit: as the real package's pipe.

    Raises:
        IpcError: no terminal answers.
    """

    def __init__(self, layout: Layout) -> None:
        address = read_address(layout)
        if address is None:
            raise IpcError(f"No terminal runs on {layout.data}.")
        port, key = address
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError as error:
            raise IpcError(f"No terminal runs on {layout.data}.") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.call("hello", key)
        except IpcError:
            self.close()
            raise
        self._socket.settimeout(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; the terminal keeps running."""
        self._socket.close()

    def call(self, function: str, *arguments: Any) -> Reply:
        """Calls a function and waits for its answer.

        Raises:
            IpcError: the connection broke.
        """
        try:
            self._socket.sendall(pack([function, arguments]))
            total, head_size = sizes(self._receive(HEADER_SIZE))
            head, body = unpack(self._receive(total), head_size)
        except (OSError, ValueError) as error:
            raise IpcError("The connection to the terminal broke.") from error
        code, text, kind, value = head
        return Reply(code, text, kind, value, body)

    def _receive(self, count: int) -> bytes:
        parts = b""
        while len(parts) < count:
            chunk = self._socket.recv(count - len(parts))
            if not chunk:
                raise ConnectionResetError
            parts = parts + chunk if parts else chunk
        return parts


def call_terminal(layout: Layout, function: str, *arguments: Any) -> Any:
    """Calls "state" or "control" of the running terminal.

    Raises:
        IpcError: no terminal runs there, or it refuses.
    """
    with Connection(layout) as connection:
        answer = connection.call(function, *arguments)
    if answer.code != 1:
        raise IpcError(answer.text)
    return answer.value
