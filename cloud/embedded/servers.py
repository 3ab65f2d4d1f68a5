"""Several ASGI servers in one event loop, each on a loopback port of its own."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from cloud.serving import PROTOCOLS

_STOP_SECONDS = 3


class ServerStartError(RuntimeError):
    """A local server could not start."""


class _Server(uvicorn.Server):
    """Leaves signals to the program, which stops its servers in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def loopback_socket(preferred: int | None = None, *, required: bool = False) -> socket.socket:
    """A bound socket on loopback: at the preferred port if it is free, else at any.

    Raises:
        ServerStartError: the port is required and taken.
    """
    # The protocol is named because asyncio turns off Nagle's delay for such sockets alone.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", preferred or 0))
    except OSError:
        if required:
            bound.close()
            raise ServerStartError(f"Port {preferred} is taken. Choose another one with --port.") from None
        bound.bind(("127.0.0.1", 0))
    return bound


@asynccontextmanager
async def serving(
    app: ASGIApp, bound: socket.socket, *, lifespan: Literal["on", "off"], log_level: str = "warning"
) -> AsyncIterator[None]:
    """Serves an application; requests under way get a moment to end when it stops.

    Raises:
        ServerStartError: its start-up failed.
    """
    config = uvicorn.Config(
        app,
        lifespan=lifespan,
        log_config=None,
        log_level=log_level,
        access_log=False,
        **PROTOCOLS,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        while not server.started:
            if running.done():
                raise ServerStartError("A local server did not start; its log says why.")
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await asyncio.gather(running, return_exceptions=True)
        bound.close()
