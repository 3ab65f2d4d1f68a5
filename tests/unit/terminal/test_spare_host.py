"""A terminal host started ahead of its use."""

import asyncio
import sys
from collections.abc import Iterator

import psutil
import pytest

from agent_core.terminal.host_process import HostProcess
from agent_core.terminal.spare_host import end_spare, host_command, spawn_host, start_spare, take_spare

_WAITS = [sys.executable, "-c", "import sys; sys.stdin.read()"]


@pytest.fixture(autouse=True)
def _none_left() -> Iterator[None]:
    yield
    end_spare()


def test_a_spare_host_is_the_next_one_that_starts() -> None:
    command = host_command("agent_core.simulator.mt5")
    start_spare(command)

    async def work() -> None:
        host = HostProcess(command)
        before = {child.pid for child in psutil.Process().children()}
        await host.start()
        assert host.pid in before
        await host.close()

    asyncio.run(work())
    assert take_spare(command) is None


def test_a_spare_host_of_another_terminal_is_ended() -> None:
    start_spare([*_WAITS, "one"])
    (spare,) = psutil.Process().children()
    assert take_spare([*_WAITS, "two"]) is None
    assert not spare.is_running()


def test_a_spare_host_that_has_ended_is_not_handed_over() -> None:
    command = [sys.executable, "-c", ""]
    ended = spawn_host(command)
    ended.communicate()
    start_spare(command)
    (spare,) = psutil.Process().children()
    psutil.wait_procs([spare], timeout=10)
    assert take_spare(command) is None
