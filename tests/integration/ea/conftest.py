"""A simulated terminal in a folder with spaces and umlauts, and the EA service on top of it."""

import asyncio
import contextlib
import json
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.ea.service import EaService
from agent_core.events import EventBus
from agent_core.programs import command_for
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.terminal.models import TerminalInstall
from agent_core.terminal.service import TerminalService


class World:
    """One computer with one terminal."""

    def __init__(self, root: Path, *, bridge: bool) -> None:
        self.root = root
        options = ["--with-bridge"] if bridge else []
        facts = json.loads(self.simulator("install", "--seed", "7", "--idle-exit", "30", *options))
        self.data_folder = Path(facts["data_folder"])
        self.settings = AgentSettings(
            data_folder=root / "dätä folder",
            roaming_folder=Path(facts["roaming"]),
            whole_computer=False,
            mt5_module="agent_core.simulator.mt5",
            launcher=command_for("simulator"),
        )
        self.open()

    def open(self) -> None:
        """Makes the parts on the store as it is, as a new process would."""
        self.store = Store(self.settings.data_folder / "agent.db")
        self.bus = EventBus()
        self.events = EventLog(self.store)
        self.terminal = TerminalService(self.settings, self.store, self.bus)
        self.ea = EaService(self.settings, self.store, self.bus, self.events, self.terminal)

    async def close(self) -> None:
        """Ends the parts as the end of a process would."""
        await self.ea.close()
        await self.terminal.disconnect()
        self.store.close()

    async def install(self) -> TerminalInstall:
        return (await self.terminal.discover())[0]

    async def connect(self) -> None:
        """Connects the terminal, which starts it, and waits for its bridge."""
        await self.terminal.connect(await self.install())
        await self.ea.attach(await self.install())
        await self.until(lambda: self.ea.bridge.state == "connected")

    async def until(self, condition: Callable[[], Any], seconds: float = 15) -> None:
        """Waits for a condition; fails when it does not come true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "The condition did not come true in time."
            await asyncio.sleep(0.02)

    async def shut_down(self) -> None:
        """Ends everything, the terminal too."""
        await self.close()
        with contextlib.suppress(subprocess.CalledProcessError):
            await asyncio.to_thread(self.control, quit=True)

    def simulator(self, verb: str, *arguments: str) -> str:
        command = [*command_for("simulator"), verb, "--root", str(self.root), *arguments]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60).stdout

    def truth(self) -> dict[str, Any]:
        """The terminal's own state."""
        state: dict[str, Any] = json.loads(self.simulator("state"))
        return state

    def control(self, **changes: Any) -> None:
        self.simulator("control", json.dumps(changes))

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events.pending()]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A terminal with the bridge; closed afterwards."""
    world = World(tmp_path / "Größe x", bridge=True)
    yield world
    await world.shut_down()


@pytest.fixture
async def bare_world(tmp_path: Path) -> AsyncIterator[World]:
    """A terminal without the bridge; closed afterwards."""
    world = World(tmp_path / "Größe x", bridge=False)
    yield world
    await world.shut_down()
