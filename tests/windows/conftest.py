"""What the Windows tests share: programs started as children, and a simulated terminal on a computer of its own."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent_core.agent import Agent
from agent_core.programs import command_for
from agent_core.settings import AgentSettings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves this folder's tests out everywhere but on Windows."""
    if sys.platform != "win32":
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs Windows"))


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended, and everything it wrote."""

    code: int
    text: str


def run_program(program: str, *arguments: str, folder: Path, seconds: float = 60) -> Done:
    """Runs one of our programs to its end.

    It writes into a file: a pipe would stay open in what the system itself starts beside the first window.
    """
    output = folder / "output.txt"
    with output.open("wb") as stream:
        ended = subprocess.run(
            [*command_for(program), *arguments],
            stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, check=False, timeout=seconds,
        )  # fmt: skip
    return Done(ended.returncode, output.read_text(encoding="utf-8", errors="replace"))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Done]:
    """Runs one of our programs to its end."""
    return lambda program, *arguments, **options: run_program(program, *arguments, folder=tmp_path, **options)


class Computer:
    """A trader's computer with one simulated terminal, in folders with spaces and umlauts."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "Jörg Müller"
        facts = self.simulator("install", "--seed", "7", "--idle-exit", "60", "--with-bridge")
        self.data_folder = Path(facts["data_folder"])
        self.settings = AgentSettings(
            data_folder=folder / "Händler Daten",
            roaming_folder=Path(facts["roaming"]),
            whole_computer=False,
            mt5_module="agent_core.simulator.mt5",
            launcher=command_for("simulator"),
        )

    def simulator(self, verb: str, *arguments: str) -> Any:
        command = [*command_for("simulator"), verb, "--root", str(self.root), *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
        return json.loads(done.stdout.decode("utf-8"))

    def truth(self) -> dict[str, Any]:
        """The terminal's own state."""
        state: dict[str, Any] = self.simulator("state")
        return state


async def until(condition: Callable[[], Any], seconds: float = 40) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "The condition did not come true in time."
        await asyncio.sleep(0.05)


@pytest.fixture
def wait_until() -> Any:
    """Waits until a condition holds."""
    return until


@pytest.fixture
async def computer(tmp_path: Path) -> AsyncIterator[Computer]:
    """A computer with a terminal; the terminal is closed afterwards."""
    computer = await asyncio.to_thread(Computer, tmp_path)
    yield computer
    with contextlib.suppress(subprocess.CalledProcessError):
        await asyncio.to_thread(computer.simulator, "control", '{"quit": true}')


@pytest.fixture
async def agent(computer: Computer) -> AsyncIterator[Agent]:
    """The whole agent, connected to the computer's terminal and its bridge."""
    agent = Agent(computer.settings)
    await agent.start()
    (found,) = await agent.terminal.discover()
    await agent.terminal.connect(found)
    await until(lambda: agent.terminal.connected and agent.ea.bridge.state == "connected")
    yield agent
    await agent.stop()
