"""The wire under a WebSocket: finished frames go to it as they are, without a task or an encoding for each client."""

import socket
from asyncio import Transport

from fastapi import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request

EXTENSION = "forexelite.wire"
#: The kernel keeps no more than this for a client, so that one who can't follow doesn't get old prices for minutes.
KERNEL_BYTES = 32 * 1024


class Wire:
    """Sends whole frames to one client; to one that has just gone, nothing."""

    __slots__ = ("_transport",)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None and not transport.is_closing():
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)

    @property
    def full(self) -> bool:
        """Whether a frame, or a part of one, still waits for the client to take it."""
        return self._transport.get_write_buffer_size() > 0

    def write(self, frame: bytes) -> None:
        """Sends a frame made by `text_frame`."""
        if not self._transport.is_closing():  # uvloop raises, and everybody behind this client would miss the frame
            self._transport.write(frame)

    def cut(self) -> None:
        """Ends the connection at once; a client that takes nothing would take no farewell either."""
        self._transport.abort()


class WireProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol; it lets the application have the transport under an accepted socket."""

    def keepalive_timeout(self) -> None:
        """Ends a client that answered no ping at once: one that reads nothing would hold a polite farewell for ever."""
        super().keepalive_timeout()
        self.transport.abort()

    def handle_connect(self, event: Request) -> None:
        """Adds the extension to the scope."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][EXTENSION] = {"transport": self.transport}


def wire_of(connection: WebSocket) -> Wire:
    """The wire under an accepted socket of a server that runs with `WireProtocol`."""
    return Wire(connection.scope["extensions"][EXTENSION]["transport"])


def text_frame(text: str) -> bytes:
    """A whole unmasked WebSocket message."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
