"""A terminal service on a simulated terminal of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent_core.events import Event, EventBus
from agent_core.settings import AgentSettings
from agent_core.simulator.install import install
from agent_core.simulator.ipc import IpcError, call_terminal
from agent_core.simulator.layout import Layout
from agent_core.simulator.options import SimulatorOptions
from agent_core.store import Store
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.service import TerminalService


@dataclass
class Desk:
    """A terminal and the agent's half that watches it."""

    layout: Layout
    settings: AgentSettings
    seen: list[Event] = field(default_factory=list)

    def start(self) -> None:
        self.store = Store(self.settings.data_folder / "agent.db")
        self.bus = EventBus()
        self.bus.subscribe(Event, self.notice)
        self.terminal = TerminalService(self.settings, self.store, self.bus)
        self.feed = MarketFeed(self.terminal, self.bus)

    async def connect(self) -> None:
        (found,) = await self.terminal.discover()
        await self.terminal.connect(found)

    async def stop(self) -> None:
        await self.feed.stop()
        await self.terminal.disconnect()
        self.store.close()

    def notice(self, event: Event) -> None:
        self.seen.append(event)

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    def control(self, **changes: Any) -> None:
        call_terminal(self.layout, "control", changes)

    def truth(self) -> dict[str, Any]:
        state: dict[str, Any] = call_terminal(self.layout, "state")
        return state

    async def until(self, condition: Callable[[], Any], seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition was not met in time"
            await asyncio.sleep(0.02)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    layout = install(tmp_path / "Händler Größe 1", SimulatorOptions(idle_exit=5))
    settings = AgentSettings(
        data_folder=tmp_path / "data",
        roaming_folder=layout.common.parent.parent.parent,
        whole_computer=False,
        mt5_module="agent_core.simulator.mt5",
    )
    desk = Desk(layout, settings)
    desk.start()
    yield desk
    await desk.stop()
    with suppress(IpcError):
        call_terminal(layout, "control", {"quit": True})
