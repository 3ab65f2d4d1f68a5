"""A server under load. `product` is the cloud's own price socket, `bare` is websockets' broadcast of each update.

It answers each line on standard input with a line of JSON: its processor time so far and its memory.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
import psutil
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.server import broadcast, serve

from agent_core.protocol.market import PriceFrame
from cloud.auth.socket_places import SocketPlaces
from cloud.auth.tokens import TokenVerifier
from cloud.market.endpoints import sockets
from cloud.market.service import MarketService
from cloud.market.wire import WireProtocol
from cloud.middleware import BodyLimit, RequestContext
from cloud.providers.oanda.transport import OandaTransport
from cloud.rate_limits import RateLimits
from cloud.settings import CloudSettings

NAMES = [f"PAIR{index:02d}" for index in range(10)]
UPDATES_A_SECOND = 10
ISSUER, SECRET = "http://load/auth/v1", "a secret of the load test, long enough"


async def feed(take: Callable[[PriceFrame], None]) -> None:
    """Ten prices, each ten times a second, evenly spread."""
    loop, turn = asyncio.get_running_loop(), 0
    begun = loop.time()
    while True:
        take(PriceFrame(instrument=NAMES[turn % 10], bid=1.1 + turn % 97 / 1e4, ask=1.2, timestamp=datetime.now(UTC)))
        turn += 1
        await asyncio.sleep(max(0.0, begun + turn / (UPDATES_A_SECOND * 10) - loop.time()))


def account_for_itself() -> None:
    sys.stdin.readline()
    print(json.dumps({"cpu": time.process_time(), "rss": psutil.Process().memory_info().rss}), flush=True)


async def product(port: int) -> None:
    async with httpx.AsyncClient() as http, OandaTransport.opened() as transport:
        market = MarketService(transport, CloudSettings(mode="local"))
        app = FastAPI()
        app.add_middleware(BodyLimit)
        app.add_middleware(RequestContext)
        app.include_router(sockets)
        app.state.services = SimpleNamespace(
            market=market,
            sockets=SocketPlaces(),
            limits=RateLimits(CloudSettings(mode="local")),
            tokens=TokenVerifier(http, issuer=ISSUER, legacy_secret=SECRET),
        )
        config = uvicorn.Config(
            app, port=port, log_config=None, ws=WireProtocol, ws_per_message_deflate=False, ws_ping_interval=None,
            lifespan="off",
        )  # fmt: skip
        await asyncio.gather(uvicorn.Server(config).serve(), feed(market.hub.update))


async def bare(port: int) -> None:
    async def hold(connection: object) -> None:
        await connection.wait_closed()  # type: ignore[attr-defined]

    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    async with serve(hold, "127.0.0.1", port, compression=None, ping_interval=None) as server:
        await feed(lambda frame: broadcast(server.connections, frame.model_dump_json()))


async def main(run: Callable[[int], Awaitable[None]], port: int) -> None:
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), account_for_itself)
    await run(port)


if __name__ == "__main__":
    modes: dict[str, Callable[[int], Awaitable[None]]] = {"product": product, "bare": bare}
    # The loop on which `forexelite-cloud serve` runs.
    with asyncio.Runner(loop_factory=uvicorn.Config("", log_config=None).get_loop_factory()) as runner:
        runner.run(main(modes[sys.argv[1]], int(sys.argv[2])))
