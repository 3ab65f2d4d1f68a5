"""A trading desk on a simulated terminal of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from agent_core.events import Event, EventBus
from agent_core.settings import AgentSettings
from agent_core.simulator.install import install
from agent_core.simulator.ipc import call_terminal
from agent_core.simulator.layout import Layout
from agent_core.simulator.options import SimulatorOptions
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.models import OrderKind, Side
from agent_core.terminal.service import TerminalService
from agent_core.trading.desk import TradingDesk
from agent_core.trading.models import OrderTicket, SizeMode


@dataclass
class Bench:
    """The agent's trading half, which can be stopped and started again like the program."""

    layout: Layout
    settings: AgentSettings
    seen: list[Event] = field(default_factory=list)

    async def start(self) -> None:
        self.store = Store(self.settings.data_folder / "agent.db")
        self.bus = EventBus()
        self.bus.subscribe(Event, self.notice)
        self.events = EventLog(self.store)
        self.terminal = TerminalService(self.settings, self.store, self.bus)
        self.feed = MarketFeed(self.terminal, self.bus)
        self.desk = TradingDesk(
            self.terminal, self.feed, self.store, self.bus, self.events, settle_after=timedelta(seconds=2)
        )
        (found,) = await self.terminal.discover()
        await self.terminal.connect(found)

    async def stop(self) -> None:
        await self.feed.stop()
        await self.desk.close()
        await self.terminal.disconnect()
        self.store.close()

    def notice(self, event: Event) -> None:
        self.seen.append(event)

    def control(self, **changes: Any) -> None:
        call_terminal(self.layout, "control", changes)

    def truth(self) -> dict[str, Any]:
        state: dict[str, Any] = call_terminal(self.layout, "state")
        return state

    def ticket(self, **changes: Any) -> OrderTicket:
        values: dict[str, Any] = {
            "client_id": uuid4(), "symbol": "EURUSD", "side": Side.BUY, "kind": OrderKind.MARKET,
            "size_mode": SizeMode.LOTS, "size": Decimal("0.1"), **changes,
        }  # fmt: skip
        return OrderTicket(**values)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events.pending()]


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        await asyncio.sleep(0.02)


@pytest.fixture
def wait_until() -> Any:
    return until


@pytest.fixture
def terminal_options() -> SimulatorOptions:
    return SimulatorOptions(idle_exit=5)


@pytest.fixture
async def bench(tmp_path: Path, terminal_options: SimulatorOptions) -> AsyncIterator[Bench]:
    root = tmp_path / "Händler Größe 1"
    layout = install(root, terminal_options)
    settings = AgentSettings(
        data_folder=tmp_path / "data",
        roaming_folder=layout.common.parent.parent.parent,
        whole_computer=False,
        mt5_module="agent_core.simulator.mt5",
    )
    bench = Bench(layout, settings)
    await bench.start()
    yield bench
    await bench.stop()
    call_terminal(layout, "control", {"quit": True})
