"""A simulated terminal as a real process, in a folder with spaces and umlauts."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_core.exclusive import try_lock
from agent_core.simulator import mt5
from agent_core.simulator.install import install, install_bridge
from agent_core.simulator.ipc import IpcError, call_terminal
from agent_core.simulator.layout import Layout
from agent_core.simulator.options import SimulatorOptions


def wait_until(condition: Callable[[], Any], seconds: float = 15.0) -> Any:
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "condition did not come true"
        time.sleep(0.02)
    return result


class TerminalUnderTest:
    """An installed terminal; `start` connects the module to it and starts its process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout: Layout = install(root, SimulatorOptions(seed=5, idle_exit=60))

    @property
    def path(self) -> str:
        return str(self.layout.executable)

    def install_bridge(self) -> None:
        install_bridge(self.layout)

    def start(self) -> None:
        assert mt5.initialize(self.path), mt5.last_error()

    def state(self) -> dict[str, Any]:
        return dict(call_terminal(self.layout, "state"))

    def control(self, **command: Any) -> None:
        call_terminal(self.layout, "control", command)

    def gone(self) -> bool:
        """Whether no process holds the data folder."""
        lock = try_lock(self.layout.lock_file)
        if lock is None:
            return False
        lock.close()
        return True

    def wait(self, condition: Callable[[], Any]) -> Any:
        return wait_until(condition)

    def wait_gone(self) -> None:
        wait_until(self.gone)

    def stop(self) -> None:
        mt5.shutdown()
        with contextlib.suppress(IpcError):
            self.control(quit=True)
        wait_until(self.gone)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[TerminalUnderTest]:
    """A terminal of the test's own, not yet started."""
    made = TerminalUnderTest(tmp_path / "Jörg Müller")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def shared_terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TerminalUnderTest]:
    """A running terminal that the tests of a module share; each leaves it as it was, but for its history."""
    made = TerminalUnderTest(tmp_path_factory.mktemp("terminal") / "Jörg Müller")
    made.start()
    yield made
    made.stop()
