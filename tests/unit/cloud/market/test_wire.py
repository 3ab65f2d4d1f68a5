"""The wire under a socket whose client has gone before anybody told the relay."""

import asyncio
import socket

from cloud.market.wire import Wire


class Connection(asyncio.Protocol):
    """The server's end of one connection."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        assert exc is None
        self.lost.set()


async def test_frames_for_a_client_that_has_gone_trouble_nobody() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    transport, end = await asyncio.get_running_loop().connect_accepted_socket(Connection, ours)
    wire = Wire(transport)
    theirs.close()
    async with asyncio.timeout(5):
        await end.lost.wait()
    await asyncio.sleep(0)
    for one in (wire, Wire(transport)):
        one.write(b"frame")
        assert not one.full
        one.cut()
