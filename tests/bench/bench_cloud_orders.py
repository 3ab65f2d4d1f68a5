"""Orders through the cloud to the real agent and its terminal: what the whole way adds to the terminal's own time.

Run: python tests/bench/bench_cloud_orders.py. Cloud, agent, terminal and trader are processes of their own. Orders
and closings come as fast as the limit of one user's requests lets them. Prints one line a figure; exits 1 over the
target.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from cloud_stage import Stage, cpu_seconds, percentile, stage

AGENT = Path(__file__).with_name("routing_agent.py")
ORDERS, WARM = 160, 20
#: A hundred orders a minute, and as many closings.
PAUSE_SECONDS = 0.3
TARGET_MS = 25.0


async def main() -> int:
    """Measures; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        async with stage(1) as there:
            agent_id = next(iter(there.agents))
            agent = await asyncio.create_subprocess_exec(
                sys.executable, str(AGENT), folder, f"http://127.0.0.1:{there.port}", str(agent_id),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            try:
                return await measure(there, agent, there.agents[agent_id])
            finally:
                assert agent.stdin is not None
                agent.stdin.close()
                await agent.wait()


async def measure(there: Stage, agent: asyncio.subprocess.Process, key: str) -> int:
    """Places orders one after the other and closes each; prints what they took."""
    assert agent.stdin is not None
    assert agent.stdout is not None
    agent.stdin.write(f"{key}\n".encode())
    login = (await agent.stdout.readline()).decode().strip()
    admin = await asyncpg.connect(there.superuser_dsn)
    await admin.execute("update broker_connections set account_number = $1", login)
    await admin.close()
    trader, connection = there.user(), there.connection_id
    order = {"broker_connection_id": str(connection), "instrument": "EURUSD", "side": "BUY", "units": "1000"}
    machine = psutil.cpu_times()
    whole, terminal, cpu = list[float](), list[float](), {"cloud": 0.0, "agent": 0.0}
    processes = {"cloud": there.worker, "agent": psutil.Process(agent.pid)}
    for number in range(WARM + ORDERS):
        await asyncio.sleep(PAUSE_SECONDS)
        before = {name: cpu_seconds(process) for name, process in processes.items()}
        started = time.perf_counter()
        status, body = await trader.call("POST", "/api/v1/orders", order)
        took = (time.perf_counter() - started) * 1000
        assert status == 201, body
        agent.stdin.write(b"\n")
        spent = float(await agent.stdout.readline())
        if number >= WARM:  # before that, caches fill
            whole.append(took)
            terminal.append(spent)
            for name, process in processes.items():
                cpu[name] += (cpu_seconds(process) - before[name]) / ORDERS * 1000
        await asyncio.sleep(PAUSE_SECONDS)
        position = json.loads(body)["position_id"]
        status, body = await trader.call("DELETE", f"/api/v1/positions/{position}?broker_connection_id={connection}")
        assert status == 200, body
        agent.stdin.write(b"\n")
        await agent.stdout.readline()
    beyond = [took - spent for took, spent in zip(whole, terminal, strict=True)]
    for name, values in (("whole", whole), ("terminal's calls", terminal), ("beyond them", beyond)):
        print(f"order, {name:<18} p50 {percentile(values, 50):6.1f} ms   p99 {percentile(values, 99):6.1f} ms")
    print(f"CPU time an order: cloud {cpu['cloud']:.1f} ms, agent {cpu['agent']:.1f} ms   (target: p99 {TARGET_MS} ms)")
    print(f"of the processor time asked for, the host gave {stolen(machine):.1f} % to others")
    return 0 if percentile(beyond, 99) <= TARGET_MS else 1


def stolen(before: Any) -> float:
    """Share of the time this machine wanted to work in which its host had it wait, in percent; 0 on real hardware."""
    now = psutil.cpu_times()
    waited = getattr(now, "steal", 0.0) - getattr(before, "steal", 0.0)
    worked = now.user + now.system - before.user - before.system
    return 100 * waited / (waited + worked) if waited else 0.0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
