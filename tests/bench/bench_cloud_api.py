"""What the cloud adds: to a read, sign-in, limits and row-level security; to an order, the way to the agent and back.

Run: python tests/bench/bench_cloud_api.py. Prints one line a figure; exits 1 over a target.
"""

import asyncio
import json
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from cloud_stage import Stage, Wire, cpu_seconds, percentile, program, stage

from cloud.embedded.ports import free_port

BARE = Path(__file__).with_name("bare_api.py")
CONNECTIONS, REQUESTS, ROUNDS = 10, 600, 5
ORDERS = 250
READ_TARGET, ROUTING_TARGET_MS = 0.60, 25.0


async def reads(wires: list[Wire], path: str) -> float:
    """Requests a second over all connections."""

    async def run(wire: Wire) -> None:
        for _ in range(REQUESTS // CONNECTIONS):
            status, body = await wire.call("GET", path)
            assert (status, body[:2]) == (200, b"[{"), body[:300]

    started = time.perf_counter()
    await asyncio.gather(*(run(wire) for wire in wires))
    return REQUESTS / (time.perf_counter() - started)


async def compare(there: Stage, bare_port: int, bare: psutil.Process, path: str) -> tuple[float, float]:
    """Prints a read's figures; returns its speed and the inverse of its CPU time, as shares of the bare route's."""
    sides = {
        "cloud": ([there.user() for _ in range(CONNECTIONS)], f"/api/v1{path}", there.worker),
        "bare": ([Wire(bare_port, {}) for _ in range(CONNECTIONS)], path, bare),
    }
    speed: dict[str, list[float]] = {name: [] for name in sides}
    cost: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(ROUNDS + 1):
        for name, (wires, address, process) in sides.items():
            before = cpu_seconds(process)
            figure = await reads(wires, address)
            if turn:  # the first warms up
                speed[name].append(figure)
                cost[name].append((cpu_seconds(process) - before) / REQUESTS * 1000)
    median = {name: (statistics.median(speed[name]), statistics.median(cost[name])) for name in sides}
    for name, (rate, milliseconds) in median.items():
        print(f"{path:14} {name:6} {rate:7.0f} requests/s  {milliseconds:5.2f} ms of CPU each")
    return median["cloud"][0] / median["bare"][0], median["bare"][1] / median["cloud"][1]


async def fill(there: Stage) -> None:
    """Gives the lists a full page to show."""
    admin = await asyncpg.connect(there.superuser_dsn)
    await admin.execute(
        """insert into jobs (user_id, agent_id, type, status, payload, result)
           select $1, $2, 'compile', 'completed', '{"n": 1}', '{"ok": true}' from generate_series(1, 200)""",
        there.user_id, next(iter(there.agents)),
    )  # fmt: skip
    await admin.execute(
        """insert into trade_events (user_id, event_type, instrument, side, units, price, raw)
           select $1, 'ORDER_PLACED', 'EURUSD', 'BUY', 1000, 1.1, '{"n": 1}' from generate_series(1, 200)""",
        there.user_id,
    )
    await admin.close()


async def serve_agent(wire: Wire, agent: str) -> None:
    """An agent whose terminal takes no time."""
    base = f"/api/v1/agents/{agent}/jobs"
    while True:
        _, body = await wire.call("GET", f"{base}/next?wait=20")
        job: dict[str, Any] = json.loads(body)
        if "job_id" not in job:
            continue
        await wire.call("POST", f"{base}/{job['job_id']}/ack", {"attempt": job["attempt"]})
        done = {
            "order_id": "1", "position_id": "2", "fill_price": "1.1", "lots": "0.01", "units": "1000",
            "timestamp": datetime.now(UTC).isoformat(), "message": "done",
        }  # fmt: skip
        report = {"status": "completed", "attempt": job["attempt"], "result": done}
        await wire.call("POST", f"{base}/{job['job_id']}/result", report)


async def routing(there: Stage) -> list[float]:
    """Milliseconds from an order's request to its answer."""
    agent = next(iter(there.agents))
    task = asyncio.create_task(serve_agent(there.agent(agent), str(agent)))
    trader, took = there.user(), list[float]()
    order = {"broker_connection_id": str(there.connection_id), "instrument": "EURUSD", "side": "BUY", "units": "1000"}
    await asyncio.sleep(0.5)
    for number in range(ORDERS):
        started = time.perf_counter()
        status, body = await trader.call("POST", "/api/v1/orders", order)
        if number >= 20:  # before that, caches fill
            took.append((time.perf_counter() - started) * 1000)
        assert status == 201, body
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return took


async def main() -> int:
    """Measures everything; returns the exit code."""
    async with stage(1) as there:
        await fill(there)
        port = free_port()
        arguments = [str(BARE), str(port), there.superuser_dsn, str(there.user_id)]
        async with program(arguments, port, {}) as bare:
            shares = {path: await compare(there, port, bare, path) for path in ("/jobs", "/trade-events")}
        before = cpu_seconds(there.worker)
        took = await routing(there)
        cpu = (cpu_seconds(there.worker) - before) / ORDERS * 1000
    for path, (speed, cost) in shares.items():
        print(
            f"{path:14} share  {speed:7.0%} of the bare route's speed, {cost:.0%} by CPU   (target {READ_TARGET:.0%})"
        )
    p50, p99 = percentile(took, 50), percentile(took, 99)
    print(
        f"order routing  p50 {p50:5.1f} ms  p99 {p99:5.1f} ms  {cpu:.1f} ms of CPU   (target p99 {ROUTING_TARGET_MS})"
    )
    return 0 if min(speed for speed, _ in shares.values()) >= READ_TARGET and p99 <= ROUTING_TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
