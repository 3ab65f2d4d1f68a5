"""What the agent adds to MetaTrader's own time: the terminal host, the order journal with the guard, the feed.

Run: python tests/bench/bench_agent.py [seconds]. Prints one line a figure; exits 1 over a target.
"""

import asyncio
import importlib
import statistics
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from agent_core.events import EventBus
from agent_core.settings import AgentSettings
from agent_core.simulator.install import call_terminal, install
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.options import SimulatorOptions
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.terminal import feed as feed_module
from agent_core.terminal.client import Priority
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.models import OrderKind, Side, TerminalInstall
from agent_core.terminal.service import TerminalService
from agent_core.trading.desk import TradingDesk
from agent_core.trading.models import OrderTicket, OutcomeStatus, RiskLimits, SizeMode

MODULE = "agent_core.simulator.mt5"
QUOTES, ORDERS = 2000, 200
ORDER_TARGET_MS, FEED_TARGET_PERCENT = 5.0, 15.0
SYMBOLS_POLLED, HERTZ = 30, 20


def p(values: list[float], percent: int) -> float:
    """Returns a percentile."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def direct(install_: TerminalInstall) -> list[float]:
    """Milliseconds of quotes asked of the module itself, in this process."""
    module: Any = importlib.import_module(MODULE)
    assert module.initialize(str(install_.executable))
    took = []
    for _ in range(QUOTES):
        started = time.perf_counter()
        module.symbol_info_tick("EURUSD")
        took.append((time.perf_counter() - started) * 1000)
    module.shutdown()
    return took


async def through_host(terminal: TerminalService) -> list[float]:
    """Milliseconds of quotes through the host."""
    took = []
    for _ in range(QUOTES):
        started = time.perf_counter()
        await terminal._host().call("symbol_info_tick", "EURUSD", priority=Priority.POLL)
        took.append((time.perf_counter() - started) * 1000)
    return took


async def orders(terminal: TerminalService, desk: TradingDesk) -> list[float]:
    """Milliseconds that an order takes beyond all the terminal's own calls: journal, guard, events, fsync."""
    client: Any = terminal._host()
    inside, plain = 0.0, client.call

    async def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal inside
        started = time.perf_counter()
        try:
            return await plain(*args, **kwargs)
        finally:
            inside += time.perf_counter() - started

    client.call = timed
    desk.set_limits(RiskLimits(max_lots=Decimal(1), daily_loss=Decimal(1_000_000), max_open_lots=Decimal(1000)))
    took = []
    for _ in range(ORDERS):
        ticket = OrderTicket(uuid4(), "EURUSD", Side.BUY, OrderKind.MARKET, SizeMode.LOTS, Decimal("0.01"))
        inside, started = 0.0, time.perf_counter()
        outcome = await desk.place(ticket)
        took.append((time.perf_counter() - started - inside) * 1000)
        assert outcome.status is OutcomeStatus.FILLED, outcome
    client.call = plain
    return took


async def polling(terminal: TerminalService, bus: EventBus, seconds: float) -> tuple[float, int]:
    """Percent of a core of this process while symbols are polled, and how many of them."""
    feed_module.OTHERS_SECONDS = 1 / HERTZ
    feed = MarketFeed(terminal, bus)
    names = list(SYMBOLS)[:SYMBOLS_POLLED]
    feed.watch(names)
    await feed.start()
    await asyncio.sleep(1.0)
    started, worked = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    share = (time.process_time() - worked) / (time.perf_counter() - started) * 100
    await feed.stop()
    return share, len(names)


async def main(seconds: float) -> int:
    """Measures everything; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        layout = install(Path(folder) / "terminal", SimulatorOptions(idle_exit=30, balance=1_000_000))
        roaming = layout.common.parent.parent.parent
        settings = AgentSettings(data_folder=Path(folder) / "data", roaming_folder=roaming, mt5_module=MODULE)
        store, bus = Store(settings.data_folder / "agent.db"), EventBus()
        terminal = TerminalService(settings, store, bus)
        desk = TradingDesk(terminal, MarketFeed(terminal, bus), store, bus, EventLog(store))
        (found,) = await terminal.discover()
        alone = direct(found)
        await terminal.connect(found)
        host = await through_host(terminal)
        extra = await orders(terminal, desk)
        share, symbols = await polling(terminal, bus, seconds)
        await desk.close()
        await terminal.disconnect()
        store.close()
        call_terminal(layout, "control", {"quit": True})
    lines = [
        f"quote, module itself     p50 {p(alone, 50):6.2f} ms   p99 {p(alone, 99):6.2f} ms",
        f"quote, through the host  p50 {p(host, 50):6.2f} ms   p99 {p(host, 99):6.2f} ms",
        f"order, journal and guard p50 {p(extra, 50):6.2f} ms   p99 {p(extra, 99):6.2f} ms   (target p99 "
        f"{ORDER_TARGET_MS} ms)",
        f"{symbols} symbols at {HERTZ} Hz    {share:5.1f} % of a core   (target {FEED_TARGET_PERCENT} %)",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if p(extra, 99) <= ORDER_TARGET_MS and share <= FEED_TARGET_PERCENT else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 8.0)))
