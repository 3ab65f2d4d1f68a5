"""How long a job takes to reach a waiting agent, and whether all arrive when half of the agents vanish and return.

Run: python tests/bench/bench_cloud_jobs.py. Prints one line a figure; exits 1 over a target.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from math import inf
from typing import Any
from uuid import UUID

from cloud_stage import Stage, Wire, cpu_seconds, percentile, stage

from agent_core.protocol.jobs import JobType, ProbePayload
from cloud.db.pool import Database
from cloud.jobs.models import JobTimes
from cloud.jobs.queue import open_queue

AGENTS, JOBS, JOBS_A_SECOND = 300, 600, 30
P50_TARGET_MS, P99_TARGET_MS = 10.0, 50.0


class Agent:
    """Polls, confirms and reports, and may vanish in the middle of its poll."""

    def __init__(self, there: Stage, agent_id: UUID, received: dict[str, float]) -> None:
        self.id = agent_id
        self._wire: Wire = there.agent(agent_id)
        self._base = f"/api/v1/agents/{agent_id}/jobs"
        self._received = received
        self._task: asyncio.Task[None] | None = None
        self._busy = False

    def come(self) -> None:
        """Begins to poll."""
        self._task = asyncio.create_task(self._run())

    async def vanish(self) -> None:
        """Is gone without a word, in the middle of its poll. What it has confirmed it would report later."""
        while self._busy:
            await asyncio.sleep(0.005)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._wire.abort()

    async def _run(self) -> None:
        while True:
            try:
                await self._turn()
            except (OSError, asyncio.IncompleteReadError):
                self._wire.abort()
                self._busy = False

    async def _turn(self) -> None:
        _, body = await self._wire.call("GET", f"{self._base}/next?wait=25")
        now = time.perf_counter()
        job: dict[str, Any] = json.loads(body)
        if "job_id" not in job:
            return
        self._busy = True
        self._received.setdefault(job["job_id"], now)
        token = {"attempt": job["attempt"]}
        await self._wire.call("POST", f"{self._base}/{job['job_id']}/ack", token)
        await self._wire.call("POST", f"{self._base}/{job['job_id']}/result", token | {"status": "completed"})
        self._busy = False


async def send(there: Stage, jobs: Any, agents: list[Agent], disturb: Any = None) -> dict[str, float]:
    """Puts the jobs in at an even pace; returns when each began to be put in."""
    begun = time.perf_counter()
    sent: dict[str, float] = {}
    for number in range(JOBS):
        await asyncio.sleep(max(0.0, begun + number / JOBS_A_SECOND - time.perf_counter()))
        agent, now = agents[number * 7 % len(agents)], time.perf_counter()
        job_id = await jobs.enqueue(there.user_id, agent.id, JobType.PROBE, ProbePayload(what="account"))
        sent[str(job_id)] = now
        if disturb is not None:
            await disturb(number)
    return sent


async def statuses(database: Database, expected: int, seconds: float) -> Counter[str]:
    """How the jobs ended, once all have, or after that time."""
    end = time.monotonic() + seconds
    while True:
        async with database.as_service() as tx:
            rows = await tx.fetch("select status, count(*) as count from jobs group by status")
        found = Counter({row["status"]: row["count"] for row in rows})
        if found["completed"] == expected or time.monotonic() > end:
            return found
        await asyncio.sleep(0.5)


async def main() -> int:
    """Measures everything; returns the exit code."""
    async with stage(AGENTS) as there:
        database = await Database.connect(there.app_dsn, min_size=2, max_size=4)
        jobs = (await open_queue(database, JobTimes())).jobs
        received: dict[str, float] = {}
        agents = [Agent(there, agent_id, received) for agent_id in there.agents]
        for agent in agents:
            agent.come()
        await asyncio.sleep(6)  # all have polled once
        before = cpu_seconds(there.worker)
        sent = await send(there, jobs, agents)
        await statuses(database, JOBS, 10)
        cpu = (cpu_seconds(there.worker) - before) / JOBS * 1000
        took = [(received.get(job_id, inf) - at) * 1000 for job_id, at in sent.items()]

        async def disturb(number: int) -> None:
            """Every other agent vanishes once and comes back a little later."""
            if number % 2 == 0 and number // 2 < AGENTS:
                if number >= 40 and (number // 2) % 2 == 0:
                    agents[number // 2 - 20].come()
                if (number // 2) % 2 == 0:
                    await agents[number // 2].vanish()

        received.clear()
        await send(there, jobs, agents, disturb)
        for agent in agents[AGENTS - 20 :]:
            await agent.vanish()
            agent.come()
        ended = await statuses(database, 2 * JOBS, 60)
        arrived = len(received)
        for agent in agents:
            await agent.vanish()
        await database.close()
    p50, p99 = percentile(took, 50), percentile(took, 99)
    print(
        f"{AGENTS} waiting agents, {JOBS_A_SECOND} jobs/s: p50 {p50:.1f} ms  p99 {p99:.1f} ms  {cpu:.1f} ms of CPU each"
        f"   (targets {P50_TARGET_MS} and {P99_TARGET_MS} ms)"
    )
    print(f"half of the agents vanish and return: {arrived} of {JOBS} jobs arrived, in all ended {dict(ended)}")
    good = p50 <= P50_TARGET_MS and p99 <= P99_TARGET_MS and arrived == JOBS and ended == Counter(completed=2 * JOBS)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
