"""A client that reads nothing, on a real socket, beside one that reads."""

import asyncio
import socket
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import httpx
import jwt
import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import connect

from agent_core.protocol.market import PriceFrame
from cloud.auth.socket_places import SocketPlaces
from cloud.auth.tokens import TokenVerifier
from cloud.market import hub as hub_module
from cloud.market.endpoints import sockets
from cloud.market.service import MarketService
from cloud.market.wire import WireProtocol
from cloud.providers.oanda.transport import OandaTransport
from cloud.rate_limits import RateLimits
from cloud.settings import CloudSettings

ISSUER, SECRET = "http://relay/auth/v1", "a secret of this test, long enough"
NAMES = [f"PAIR{index:02d}" for index in range(50)]


def token() -> str:
    claims = {"sub": str(uuid4()), "aud": "authenticated", "role": "authenticated", "iss": ISSUER}
    return jwt.encode({**claims, "exp": datetime.now(UTC).timestamp() + 600}, SECRET, "HS256")


async def feed(market: MarketService) -> None:
    while True:
        for name in NAMES:
            market.hub.update(PriceFrame(instrument=name, bid=1.1, ask=1.2, timestamp=datetime.now(UTC)))
        await asyncio.sleep(0.05)


async def test_it_is_let_go_and_the_other_one_notices_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SLOW_SECONDS", 0.3)
    async with httpx.AsyncClient() as http, OandaTransport.opened() as transport:
        market = MarketService(transport, CloudSettings(mode="local"))
        app = FastAPI()
        app.include_router(sockets)
        tokens = TokenVerifier(http, issuer=ISSUER, legacy_secret=SECRET)
        app.state.services = SimpleNamespace(
            market=market, sockets=SocketPlaces(), limits=RateLimits(CloudSettings(mode="local")), tokens=tokens
        )
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws=WireProtocol, lifespan="off"))
        serving, feeding = asyncio.create_task(server.serve()), asyncio.create_task(feed(market))
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"ws://127.0.0.1:{port}/ws/prices?instruments={','.join(NAMES)}"
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        await asyncio.get_running_loop().sock_connect(deaf, ("127.0.0.1", port))
        lines = (
            f"GET {url.removeprefix(f'ws://127.0.0.1:{port}')} HTTP/1.1", "Host: relay", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13",
            f"Authorization: Bearer {token()}", "", "",
        )  # fmt: skip
        deaf.send("\r\n".join(lines).encode())
        async with (
            asyncio.timeout(20),
            connect(url, additional_headers={"Authorization": f"Bearer {token()}"}) as reader,
        ):
            while market.hub.clients < 2:
                await reader.recv()
            frames = 0
            while market.hub.clients > 1:
                await asyncio.wait_for(reader.recv(), 1)
                frames += 1
            assert frames > 3
            assert market.hub.clients == 1
        feeding.cancel()
        deaf.close()
        server.should_exit = True
        await serving
