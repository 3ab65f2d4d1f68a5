"""How uvicorn serves the cloud: its protocols tell the application when it is to stop, before they wait for it."""

import asyncio
import gc
from typing import Any, TypedDict

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cloud.market.wire import WireProtocol

DRAINING = "draining"
_COLLECT_AFTER = 10_000


def settle_heap() -> None:
    """Takes what start-up made out of the garbage collector's sight, for it stays until the end.

    Else each full collection walks through all modules again and holds every request up for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


class ServerState(TypedDict):
    """What the application hands to its server.

    Attributes:
        draining: Set when the server begins to stop: who waits for work is told that there is none.
    """

    draining: asyncio.Event


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1; long polls end when the server begins to stop."""

    def shutdown(self) -> None:
        """Called once for each open connection."""
        _begin_to_drain(self.app_state)
        super().shutdown()


class SocketProtocol(WireProtocol):
    """WebSockets; sockets are closed with 1012 (service restart), so that clients connect again at once."""

    def shutdown(self) -> None:
        """Called once for each open socket."""
        _begin_to_drain(self.app_state)
        super().shutdown()


class Protocols(TypedDict):
    """Options of `uvicorn.Config`."""

    http: type[HttpProtocol]
    ws: type[SocketProtocol]
    ws_per_message_deflate: bool
    ws_max_size: int
    ws_ping_interval: float
    ws_ping_timeout: float
    timeout_keep_alive: int


#: Clients of our sockets have nothing to say; what they send is dropped, and nobody keeps megabytes of it.
_MOST_SAID_BYTES = 16_384
#: Deflate costs more than half as much again for frames of this size. A ping every 20 s keeps proxies from cutting
#: quiet sockets, and finds dead clients. Idle connections outlive the clients' own limit, so that it is the client who
#: closes them and no request meets a connection that is just being closed.
PROTOCOLS = Protocols(
    http=HttpProtocol, ws=SocketProtocol, ws_per_message_deflate=False, ws_max_size=_MOST_SAID_BYTES,
    ws_ping_interval=20.0, ws_ping_timeout=20.0, timeout_keep_alive=75,
)  # fmt: skip


def _begin_to_drain(state: dict[str, Any]) -> None:
    draining = state.get(DRAINING)
    if draining is not None:
        draining.set()
