"""The agent of `bench_cloud_orders`, in a process of its own, on a simulated terminal.

Run: python tests/bench/routing_agent.py FOLDER URL AGENT_ID; the pairing key comes on standard input. Prints the
account's number once it is connected. From then on it answers each line with the milliseconds that orders have spent
in the terminal's calls since the last one.
"""

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from keyring.backends.null import Keyring

from agent_core.agent import Agent
from agent_core.credentials import Credentials
from agent_core.programs import command_for
from agent_core.settings import AgentSettings


class TerminalTime:
    """Adds up the time that jobs spend in the calls of a terminal host."""

    def __init__(self, host: Any) -> None:
        self.milliseconds = 0.0
        for name in ("call", "read"):
            setattr(host, name, self._timed(getattr(host, name)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return await method(*args, **kwargs)
            finally:
                task = asyncio.current_task()
                if task is not None and task.get_name().startswith(("job-", "sending-")):
                    self.milliseconds += (time.perf_counter() - started) * 1000

        return timed


def _terminal(*words: str) -> bytes:
    return subprocess.run([*command_for("simulator"), *words], capture_output=True, check=True).stdout


async def main(folder: Path, url: str, agent_id: UUID, key: str) -> None:
    """Serves the cloud until standard input ends."""
    facts = json.loads(_terminal("install", "--root", str(folder), "--seed", "5", "--idle-exit", "30"))
    settings = AgentSettings(
        data_folder=folder / "data", roaming_folder=Path(facts["roaming"]), whole_computer=False,
        mt5_module="agent_core.simulator.mt5", launcher=command_for("simulator"),
    )  # fmt: skip
    agent = Agent(settings, credentials=Credentials(settings.data_folder, Keyring()))  # type: ignore[no-untyped-call]
    agent.cloud.pair(url, agent_id, key)
    await agent.start()
    gc.collect()
    gc.freeze()  # as the program without a window does
    await agent.terminal.connect((await agent.terminal.discover())[0])
    while agent.cloud.state.state != "connected":
        await asyncio.sleep(0.05)
    assert agent.terminal.account is not None
    print(agent.terminal.account.login, flush=True)
    spent = TerminalTime(agent.terminal._host())
    while await asyncio.to_thread(sys.stdin.readline):
        print(spent.milliseconds, flush=True)
        spent.milliseconds = 0.0
    await agent.stop()
    _terminal("control", "--root", str(folder), '{"quit": true}')


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], UUID(sys.argv[3]), sys.stdin.readline().strip()))
