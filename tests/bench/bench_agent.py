"""What the agent adds to MetaTrader's own time: the terminal host, the order journal with the guard, the feed.

Run: python tests/bench/bench_agent.py [seconds]. Prints one line a figure; exits 1 over a target. An order's time
is split: the terminal's own calls, the journal's one wait for the disk, and the rest, which is the agent's own work.
"""

import asyncio
import importlib
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from agent_rig import MODULE, Rig, rig, ticket

from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.terminal import feed as feed_module
from agent_core.terminal.client import Priority
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.models import TerminalInstall
from agent_core.trading.models import OutcomeStatus

QUOTES, ORDERS = 2000, 200
ORDER_TARGET_MS, FEED_TARGET_PERCENT = 5.0, 15.0
SYMBOLS_POLLED, HERTZ = 30, 20


def p(values: list[float], percent: int) -> float:
    """Returns a percentile."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def direct(install: TerminalInstall) -> list[float]:
    """Milliseconds of quotes asked of the module itself, in this process."""
    module: Any = importlib.import_module(MODULE)
    assert module.initialize(str(install.executable))
    took = []
    for _ in range(QUOTES):
        started = time.perf_counter()
        module.symbol_info_tick("EURUSD")
        took.append(_since(started))
    module.shutdown()
    return took


async def through_host(agent: Rig) -> list[float]:
    """Milliseconds of quotes through the host."""
    took = []
    for _ in range(QUOTES):
        started = time.perf_counter()
        await agent.terminal._host().call("symbol_info_tick", "EURUSD", priority=Priority.POLL)
        took.append(_since(started))
    return took


@dataclass
class OrderTimes:
    """Milliseconds of each order.

    Attributes:
        whole: From the desk's `place` to its outcome.
        outside: Without the terminal's calls: planning, journal, guard, facts.
        added: By journal and guard beyond the terminal's own time; the wait for the disk is included.
        secured: Waiting for the journal's mark to reach the disk; part of `added`.
        disk: One write and fsync of a file beside the store, made just before: what the disk itself can do.
        worked: CPU time of this process.
        exchanges: Round trips to the terminal host.
    """

    whole: list[float] = field(default_factory=list)
    outside: list[float] = field(default_factory=list)
    added: list[float] = field(default_factory=list)
    secured: list[float] = field(default_factory=list)
    disk: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    exchanges: list[float] = field(default_factory=list)


class Stopwatch:
    """Adds up the time spent in some methods of an object, which it replaces; not what `other` counts meanwhile."""

    def __init__(self, owner: Any, *names: str, other: "Stopwatch | None" = None) -> None:
        self.milliseconds, self.calls = 0.0, 0
        self._other = other
        for name in names:
            setattr(owner, name, self._timed(getattr(owner, name)))

    def reset(self) -> None:
        """Begins anew."""
        self.milliseconds, self.calls = 0.0, 0

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def waited(*args: Any, **kwargs: Any) -> Any:
            with self._counting():
                return await method(*args, **kwargs)

        def called(*args: Any, **kwargs: Any) -> Any:
            with self._counting():
                return method(*args, **kwargs)

        return waited if asyncio.iscoroutinefunction(method) else called

    @contextmanager
    def _counting(self) -> Iterator[None]:
        started, before = time.perf_counter(), self._other.milliseconds if self._other else 0.0
        try:
            yield
        finally:
            elsewhere = self._other.milliseconds - before if self._other else 0.0
            self.milliseconds += _since(started) - elsewhere
            self.calls += 1


async def orders(agent: Rig) -> OrderTimes:
    """Places orders one after the other, with every limit set; the first one after that is not counted.

    It reads a month of the account's deals, which the guard otherwise does by itself once the terminal is connected.
    """
    desk: Any = agent.desk
    await agent.desk.place(ticket())
    terminal = Stopwatch(agent.terminal._host(), "call", "read")
    guard = Stopwatch(desk._guard, "judge", other=terminal)
    journal = Stopwatch(desk._journal, "get", "begin", "mark_sent", "settle", "is_open")
    disk = Stopwatch(agent.store, "secured")
    times = OrderTimes()
    with (agent.folder / "disk").open("wb") as file:
        for _ in range(ORDERS):
            times.disk.append(_disk(file))
            for watch in (terminal, guard, journal, disk):
                watch.reset()
            worked, started = time.process_time(), time.perf_counter()
            outcome = await agent.desk.place(ticket())
            times.whole.append(_since(started))
            times.worked.append((time.process_time() - worked) * 1000)
            times.outside.append(times.whole[-1] - terminal.milliseconds)
            times.added.append(guard.milliseconds + journal.milliseconds)
            times.secured.append(disk.milliseconds)
            times.exchanges.append(terminal.calls)
            assert outcome.status is OutcomeStatus.FILLED, outcome
            assert outcome.position is not None
            await agent.desk.close_position(outcome.position)
    return times


async def polling(agent: Rig, seconds: float) -> float:
    """Percent of a core of this process while symbols are polled."""
    feed_module.OTHERS_SECONDS = 1 / HERTZ
    feed = MarketFeed(agent.terminal, agent.bus)
    feed.watch(list(SYMBOLS)[:SYMBOLS_POLLED])
    await feed.start()
    await asyncio.sleep(1.0)
    started, worked = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    share = (time.process_time() - worked) / (time.perf_counter() - started) * 100
    await feed.stop()
    return share


def _disk(file: Any) -> float:
    started = time.perf_counter()
    file.write(b"x" * 16_384)
    file.flush()
    os.fsync(file.fileno())
    return _since(started)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _line(name: str, values: list[float], note: str = "") -> str:
    return f"{name:<36}p50 {p(values, 50):6.2f} ms   p99 {p(values, 99):6.2f} ms   {note}".rstrip()


async def main(seconds: float) -> int:
    """Measures everything; returns the exit code."""
    async with rig() as agent:
        alone = direct(agent.install)
        host = await through_host(agent)
        times = await orders(agent)
        share = await polling(agent, seconds)
    lines = [
        _line("quote, module itself", alone),
        _line("quote, through the host", host),
        _line("order, whole", times.whole, f"{statistics.median(times.exchanges):.0f} exchanges with the terminal"),
        _line("  outside the terminal's calls", times.outside),
        _line("  CPU time of the agent", times.worked),
        _line("order, added by journal and guard", times.added, f"target p99 {ORDER_TARGET_MS} ms"),
        _line("  of it, the one wait for the disk", times.secured),
        _line("  of it, work", [whole - disk for whole, disk in zip(times.added, times.secured, strict=True)]),
        _line("this disk, one write and fsync", times.disk),
        f"{SYMBOLS_POLLED} symbols at {HERTZ} Hz: {share:.1f} % of a core in the app process "
        f"(target {FEED_TARGET_PERCENT} %)",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if p(times.added, 99) <= ORDER_TARGET_MS and share <= FEED_TARGET_PERCENT else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 8.0)))
