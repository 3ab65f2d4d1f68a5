"""What the cloud adds to the model's own time: first byte, each token, the whole, beside the model's server itself.

Run: python tests/bench/bench_cloud_generation.py. The model's stand-in and the cloud are processes of their own; the
same answer is read once straight from the stand-in and once through the cloud, in turns. Prints one line a figure.
"""

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import uvicorn
from pydantic import SecretStr

from cloud.app import create_app
from cloud.embedded.glm import create_glm_app
from cloud.embedded.local import local_cloud
from cloud.embedded.ports import free_port
from cloud.logs import configure_logging
from cloud.settings import CloudSettings

KEY = "bench-key"
DESCRIPTION = "Breakout of the London range on EURUSD M15, stop at the other side, target 2R, risk 1 %."
#: About one token a frame, without pauses; and at the pace of a model that writes 100 tokens a second.
UNPACED, PACED = {"piece_chars": 4, "pause_seconds": 0.0}, {"piece_chars": 4, "pause_seconds": 0.01}
LIMITS = {"generations_a_day": 1000, "generation_tokens_a_day": 10**9, "user_requests_a_minute": 10_000}
UNPACED_ROUNDS, PACED_ROUNDS = 7, 2
#: The cloud has other work, prices above all; its share is taken off the processor time.
IDLE_SECONDS = 4.0


@dataclass(slots=True)
class Reading:
    """One answer: seconds to the first byte, to the first piece of the model, to the end; frames; characters."""

    first_byte: float = 0.0
    first_piece: float = 0.0
    total: float = 0.0
    frames: int = 0


def serve_model(port: int, options: dict[str, Any]) -> None:
    """The stand-in's process."""
    uvicorn.run(create_glm_app(KEY, **options), host="127.0.0.1", port=port, log_config=None)


def serve_cloud(port: int, settings: CloudSettings) -> None:
    """The cloud's process."""
    configure_logging("error")
    uvicorn.run(create_app(settings), host="127.0.0.1", port=port, log_config=None)


@asynccontextmanager
async def process(target: Any, *arguments: Any) -> AsyncIterator[tuple[str, psutil.Process]]:
    """A server in a process of its own: its address, and what accounts for it."""
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=target, args=(port, *arguments), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient() as http:
        while True:
            try:
                await http.get(f"{url}/healthz")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    try:
        yield url, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.join()


async def read(http: httpx.AsyncClient, url: str, body: dict[str, Any], piece: bytes, **headers: str) -> Reading:
    """Reads a stream to its end."""
    found, started = Reading(), time.perf_counter()
    async with http.stream("POST", url, json=body, headers=headers) as answer:
        assert answer.is_success, await answer.aread()
        async for chunk in answer.aiter_raw():
            now = time.perf_counter() - started
            found.first_byte = found.first_byte or now
            found.first_piece = found.first_piece or (now if piece in chunk else 0.0)
            found.frames += chunk.count(b"data: ")
            last = chunk
    assert b"[DONE]" in last or b"event: version" in last or b'"version_id"' in last, last[-300:]
    found.total = time.perf_counter() - started
    return found


async def trader(http: httpx.AsyncClient, url: str) -> tuple[dict[str, str], str]:
    """Headers of a user who may generate, and a project of theirs."""
    api = f"{url}/api/v1"
    account = {"email": f"{uuid4().hex}@example.com", "password": "correct horse 8", "name": "Bench"}
    session = (await http.post(f"{api}/auth/signup", json=account)).json()
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    agent = (await http.post(f"{api}/agents/pair", json={"agent_name": "Desk"}, headers=headers)).json()["agent_id"]
    credentials = {"agent_id": agent, "account_number": "1", "server": "Demo", "broker_name": "Broker"}
    broker = {"type": "MT5", "credentials": credentials, "label": "Demo"}
    (await http.put(f"{api}/onboarding/brokers", json=broker, headers=headers)).raise_for_status()
    accepted = {"disclaimer_accepted": True}
    (await http.put(f"{api}/onboarding/preferences", json=accepted, headers=headers)).raise_for_status()
    project = await http.post(f"{api}/ea/projects", json={"name": "Bench"}, headers=headers)
    return headers, project.json()["project_id"]


async def compare(settings: CloudSettings, pace: dict[str, Any], rounds: int, title: str) -> None:
    """Reads the same answer straight and through the cloud, and prints what the cloud adds."""
    async with (
        process(serve_model, pace) as (model_url, _),
        httpx.AsyncClient(timeout=120) as http,
    ):
        changed = {"glm_base_url": f"{model_url}/api/paas/v4", "glm_api_key": SecretStr(KEY)}
        async with process(serve_cloud, settings.model_copy(update=changed)) as (cloud_url, server):
            headers, project = await trader(http, cloud_url)
            body = {"project_id": project, "strategy_description": DESCRIPTION}
            ask, stream = f"{cloud_url}/api/v1/ea/generate", {**headers, "Accept": "text/event-stream"}
            await read(http, ask, body, b"thinking", **stream)  # the checker's process starts with it
            state = (await http.get(f"{model_url}/_control")).json()
            direct_body = {"model": settings.glm_model, "messages": state["last"], "stream": True}
            straight, through, cpu = [], [], []
            for _ in range(rounds):
                url = f"{model_url}/api/paas/v4/chat/completions"
                straight.append(await read(http, url, direct_body, b"reasoning_content", Authorization=f"Bearer {KEY}"))
                before = _cpu(server)
                through.append(await read(http, ask, body, b"thinking", **stream))
                cpu.append(_cpu(server) - before)
            before, began = _cpu(server), time.perf_counter()
            await asyncio.sleep(IDLE_SECONDS)
            idle = (_cpu(server) - before) / (time.perf_counter() - began)
            own = [spent - idle * reading.total for spent, reading in zip(cpu, through, strict=True)]
            report(title, straight, through, own)


def report(title: str, straight: list[Reading], through: list[Reading], cpu: list[float]) -> None:
    """Prints the medians."""

    def median(readings: list[Reading], name: str) -> float:
        return float(statistics.median(getattr(reading, name) for reading in readings)) * 1000

    tokens = round(statistics.median(reading.frames for reading in straight))
    added = median(through, "total") - median(straight, "total")
    print(f"{title}: {tokens} tokens, median of {len(through)}")
    print(f"  first byte          {median(through, 'first_byte'):8.1f} ms (the model's own {_ms(straight)} ms)")
    print(f"  first word of model {median(through, 'first_piece'):8.1f} ms")
    print(f"  whole answer        {median(through, 'total'):8.1f} ms, model alone {median(straight, 'total'):.1f} ms")
    print(
        f"  added in all        {added:8.1f} ms = {added / median(straight, 'total') * 100:.1f} % of the model's time"
    )
    print(f"  added a token       {added / tokens * 1000:8.1f} us (check, save and storage within it)")
    spent = statistics.median(cpu)
    print(f"  processor           {spent * 1000:8.1f} ms = {spent / tokens * 1e6:.0f} us a token, check and all")


def _ms(readings: list[Reading]) -> str:
    return f"{statistics.median(reading.first_byte for reading in readings) * 1000:.1f}"


def _cpu(server: psutil.Process) -> float:
    """Processor time of a process and its children, the checker among them."""
    parts = [server, *server.children(recursive=True)]
    times = [part.cpu_times() for part in parts]
    spent: float = sum(each.user + each.system for each in times)
    return spent


async def main() -> None:
    """Starts everything and compares twice."""
    configure_logging("error")
    with tempfile.TemporaryDirectory() as folder:
        async with local_cloud(Path(folder) / "site") as site:
            settings = site.settings.model_copy(update=LIMITS)
            await compare(settings, UNPACED, UNPACED_ROUNDS, "As fast as it goes")
            await compare(settings, PACED, PACED_ROUNDS, "At 100 tokens a second")


if __name__ == "__main__":
    asyncio.run(main())
