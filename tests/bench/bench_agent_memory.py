"""Memory of the agent and of its terminal host over an hour's work, done without the pauses: it must stay flat.

Run: python tests/bench/bench_agent_memory.py [minutes]. An hour of polling 30 symbols, the charted one 20 times a
second, with account, positions and link as in life, and one order opened and closed each minute, takes two minutes.
Prints the memory every five minutes of work and the slope over the last two thirds; exits 1 where it grows.
"""

import asyncio
import sys
import time

import numpy as np
import psutil
from agent_rig import Rig, rig, ticket

from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.trading.models import OutcomeStatus

#: Polls a second in life, see `agent_core.terminal.feed`.
FOCUS, OTHERS, ACCOUNT, LINK = 20, 4, 4, 1
#: Growth an hour that counts as flat: the store's page cache and the allocator settle within it.
TARGET_MB_AN_HOUR = 3.0
_WARM_UP = 1 / 3


async def minute(agent: Rig) -> None:
    """A minute's work without its pauses."""
    outcome = await agent.desk.place(ticket())
    assert outcome.status is OutcomeStatus.FILLED, outcome
    for second in range(60):
        for _ in range(FOCUS):
            await agent.feed._poll_focus()
        for _ in range(OTHERS):
            await agent.feed._poll_others()
        for _ in range(ACCOUNT):
            await agent.feed.poll_account()
        for _ in range(LINK):
            await agent.feed._poll_link()
        if second == 30 and outcome.position is not None:
            await agent.desk.close_position(outcome.position)


def _memory(agent: Rig) -> tuple[float, float]:
    pid = agent.terminal.host_pid
    processes = (psutil.Process(), psutil.Process(pid))
    agent_mb, host_mb = (process.memory_info().rss / 1e6 for process in processes)
    return agent_mb, host_mb


async def main(minutes: int) -> int:
    """Works, measures, prints; returns the exit code."""
    samples: list[tuple[float, float]] = []
    started = time.perf_counter()
    async with rig() as agent:
        agent.feed.watch(list(SYMBOLS)[:30])
        agent.feed.focus("EURUSD")
        for done in range(1, minutes + 1):
            await minute(agent)
            samples.append(_memory(agent))
            if done % 5 == 0 or done == minutes:
                sys.stdout.write(
                    f"after {done:3} min of work ({time.perf_counter() - started:4.0f} s): agent "
                    f"{samples[-1][0]:6.1f} MB, host {samples[-1][1]:6.1f} MB\n"
                )
    rest = np.array(samples[int(len(samples) * _WARM_UP) :])
    agent_slope, host_slope = np.polyfit(np.arange(len(rest)), rest, 1)[0] * 60
    sys.stdout.write(
        f"slope: agent {agent_slope:+.2f} MB an hour, host {host_slope:+.2f} MB an hour "
        f"(flat: within {TARGET_MB_AN_HOUR} MB)\n"
    )
    return 0 if max(agent_slope, host_slope) <= TARGET_MB_AN_HOUR else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)))
