"""The price relay under a thousand clients, beside a bare websockets broadcast in the same run. Not in the gate.

pytest -s tests/load/test_price_relay.py          (LOAD_CLIENTS=3000 for more)
"""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import jwt
import psutil
import pytest

from cloud.embedded.ports import free_port

CLIENTS = int(os.environ.get("LOAD_CLIENTS", "1000"))
SECONDS = 8.0
SERVER = Path(__file__).with_name("relay_server.py")
ISSUER, SECRET = "http://load/auth/v1", "a secret of the load test, long enough"
PATH = "/ws/prices?instruments=" + ",".join(f"PAIR{index:02d}" for index in range(10))
STAMP = re.compile(rb'"timestamp":"([^"]+)"')


class Client(asyncio.Protocol):
    """Reads frames without decoding them: it counts updates, and looks at the time of one chunk in twenty."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.updates, self.chunks = 0, 0
        self.delays: list[float] = []
        self.open = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
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
            newest = datetime.fromisoformat(stamps[-1].decode())
            self.delays.append((datetime.now(UTC) - newest).total_seconds())


def tokens(count: int) -> list[str]:
    """One user for every ten clients, since a user may have ten sockets."""
    made = []
    for _ in range((count + 9) // 10):
        claims = {
            "sub": str(uuid4()),
            "aud": "authenticated",
            "role": "authenticated",
            "iss": ISSUER,
            "exp": time.time() + 3600,
        }
        made += [jwt.encode(claims, SECRET, "HS256")] * 10
    return made[:count]


async def measure(mode: str) -> dict[str, float]:
    port = free_port()
    server = subprocess.Popen([sys.executable, str(SERVER), mode, str(port)])  # noqa: ASYNC220
    try:
        process = psutil.Process(server.pid)
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(server.pid, {0})
            os.sched_setaffinity(0, {1 % (os.cpu_count() or 1)})
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(30):
            while True:
                try:
                    (await asyncio.open_connection("127.0.0.1", port))[1].close()
                    break
                except OSError:
                    await asyncio.sleep(0.1)
        empty = process.memory_info().rss
        clients: list[Client] = []
        for token in tokens(CLIENTS):
            _, client = await loop.create_connection(lambda token=token: Client(token), "127.0.0.1", port)  # type: ignore[misc]
            assert b"101" in await asyncio.wait_for(client.open, 10)
            clients.append(client)
        await asyncio.sleep(1)
        for client in clients:
            client.updates, client.delays = 0, []
        spent, begun = sum(process.cpu_times()[:2]), time.monotonic()
        await asyncio.sleep(SECONDS)
        wall = time.monotonic() - begun
        delays = sorted(delay for client in clients for delay in client.delays)
        delivered = [client.updates for client in clients]
        return {
            "updates/s": sum(delivered) / wall,
            "cores": (sum(process.cpu_times()[:2]) - spent) / wall,
            "p50 ms": statistics.median(delays) * 1000,
            "p99 ms": delays[int(len(delays) * 0.99)] * 1000,
            "KB/client": (process.memory_info().rss - empty) / 1024 / CLIENTS,
            "least/most": min(delivered) / max(delivered),
        }
    finally:
        server.kill()
        server.wait(10)


@pytest.mark.timeout(300)
async def test_a_thousand_clients() -> None:
    figures = {mode: await measure(mode) for mode in ("bare", "product")}
    for mode, row in figures.items():
        print(f"\n{mode:8} {CLIENTS} clients: " + ", ".join(f"{name} {value:,.2f}" for name, value in row.items()))
    bare, product = figures["bare"], figures["product"]
    cost = {mode: row["cores"] / row["updates/s"] for mode, row in figures.items()}
    print(f"CPU an update: {cost['product'] / cost['bare']:.2f} of the bare broadcast's")
    assert product["updates/s"] > 0.9 * CLIENTS * 100
    assert product["least/most"] > 0.8
    assert product["KB/client"] < 60
    assert cost["product"] < cost["bare"], bare
