"""The price relay under a thousand and three thousand clients, beside a bare websockets broadcast in the same run.

Not in the gate. Client and server share the machine, each on its own core where there are two:

pytest -s tests/load/test_price_relay.py
"""

import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import jwt
import pytest

from cloud.embedded.ports import free_port

SECONDS = 8.0
SERVER = Path(__file__).with_name("relay_server.py")
ISSUER, SECRET = "http://load/auth/v1", "a secret of the load test, long enough"
PATH = "/ws/prices?instruments=" + ",".join(f"PAIR{index:02d}" for index in range(10))
STAMP = re.compile(rb'"timestamp":"([^"]+)"')
Figures = dict[str, float]


class Client(asyncio.Protocol):
    """Reads frames without decoding them: it counts updates, and looks at the times of one chunk in twenty."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.updates, self.chunks = 0, 0
        self.newest: list[float] = []
        self.all: list[float] = []
        self.open = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        lines = (
            f"GET {PATH} HTTP/1.1", "Host: load", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13",
            f"Authorization: Bearer {self._token}", "", "",
        )  # fmt: skip
        transport.write("\r\n".join(lines).encode())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self.open.done():
            self.open.set_result(data[:12])
        self.updates += data.count(b'"instrument"')
        self.chunks += 1
        if self.chunks % 20 == 0 and (stamps := STAMP.findall(data)):
            now = datetime.now(UTC)
            delays = [(now - datetime.fromisoformat(stamp.decode())).total_seconds() * 1000 for stamp in stamps]
            self.newest.append(min(delays))
            self.all += delays


def tokens(count: int) -> list[str]:
    """One user for every ten clients, since a user may have ten sockets."""
    made = []
    for _ in range((count + 9) // 10):
        claims = {
            "sub": str(uuid4()), "aud": "authenticated", "role": "authenticated", "iss": ISSUER,
            "exp": time.time() + 3600,
        }  # fmt: skip
        made += [jwt.encode(claims, SECRET, "HS256")] * 10
    return made[:count]


class Server:
    """The server's process, on the first core; this one takes the second."""

    def __init__(self, mode: str) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER), mode, str(self.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(self._process.pid, {0})
            os.sched_setaffinity(0, {1})

    async def until_it_listens(self) -> None:
        async with asyncio.timeout(60):
            while True:
                try:
                    return (await asyncio.open_connection("127.0.0.1", self.port))[1].close()
                except OSError:
                    assert self._process.poll() is None
                    await asyncio.sleep(0.1)

    async def account(self) -> Figures:
        """Processor seconds and memory, as the server counts them itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        answer: Figures = json.loads(await asyncio.to_thread(self._process.stdout.readline))
        return answer

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=10)


async def connect(port: int, token: str) -> Client:
    # The kernel's memory for a client is the same everywhere, so that what counts is the server's own.
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, ("127.0.0.1", port))
    _, client = await loop.create_connection(lambda: Client(token), sock=connection)
    assert b"101" in await asyncio.wait_for(client.open, 30)
    return client


async def measure(mode: str, count: int) -> Figures:
    server = Server(mode)
    clients: list[Client] = []
    try:
        await server.until_it_listens()
        before, waiting = await server.account(), tokens(count)
        while waiting:
            batch, waiting = waiting[:25], waiting[25:]
            clients += await asyncio.gather(*(connect(server.port, token) for token in batch))
        await asyncio.sleep(1)
        for client in clients:
            client.updates, client.newest, client.all = 0, [], []
        begun, spent = time.monotonic(), await server.account()
        await asyncio.sleep(SECONDS)
        after, wall = await server.account(), time.monotonic() - begun
        newest = sorted(delay for client in clients for delay in client.newest)
        everything = sorted(delay for client in clients for delay in client.all)
        delivered = [client.updates for client in clients]
        return {
            "updates/s": sum(delivered) / wall,
            "cores": (after["cpu"] - spent["cpu"]) / wall,
            "newest price p50 ms": statistics.median(newest),
            "newest price p99 ms": newest[int(len(newest) * 0.99)],
            "any price p99 ms": everything[int(len(everything) * 0.99)],
            "KB/client": (after["rss"] - before["rss"]) / 1024 / count,
            "least/most": min(delivered) / max(delivered),
        }
    finally:
        for client in clients:
            client.transport.abort()  # type: ignore[attr-defined]
        server.kill()


@pytest.mark.timeout(300)
async def test_a_thousand_and_three_thousand_clients() -> None:
    runs = [("bare", 1000), ("product", 1000), ("product", 3000)]
    bare, product, crowd = [await measure(mode, count) for mode, count in runs]
    for (mode, count), row in zip(runs, (bare, product, crowd), strict=True):
        print(f"\n{mode:8} {count} clients: " + ", ".join(f"{name} {value:,.2f}" for name, value in row.items()))
    cost = [row["cores"] / row["updates/s"] * 1e6 for row in (bare, product, crowd)]
    print(f"processor time an update: {cost[0]:.2f} µs bare, {cost[1]:.2f} µs and {cost[2]:.2f} µs product")
    assert product["updates/s"] > 90_000
    assert crowd["updates/s"] > 250_000
    for row in (product, crowd):
        assert row["least/most"] > 0.8
        assert row["KB/client"] < 60
    assert product["cores"] < 0.35
    assert product["newest price p99 ms"] < 100
    assert cost[1] < cost[0]
