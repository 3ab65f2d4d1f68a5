"""`--demo`: the whole product on this computer, every outside service replaced by a local one.

It only starts programs and reads what they print; which service is a stand-in, no other code can tell.
"""

import asyncio
import json
import logging
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_core.programs import command_for
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.settings import AgentSettings

log = logging.getLogger(__name__)

READY_SECONDS = 120
STOP_SECONDS = 15
IDLE_EXIT_SECONDS = 120
#: Before the cloud is started again, and the most when it dies again and again.
RESTART_SECONDS, MOST_RESTART_SECONDS = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the demo is to run on.

    Attributes:
        folder: Everything the demo keeps lies here; a second start finds it again.
        quotes: File of real quotes to replay (absolute), instead of a seeded market.
    """

    folder: Path
    quotes: Path | None = None


class DemoTerminal:
    """The simulated terminal of a demo, seen from outside the product."""

    def __init__(self, demo_folder: Path) -> None:
        self.root = demo_folder / "terminal"

    async def install(self, quotes: Path | None) -> Path:
        """Puts it on the disk, or finds it there; returns the roaming folder to discover it in."""
        arguments = ["--idle-exit", str(IDLE_EXIT_SECONDS)]
        if quotes is not None:
            arguments += ["--quotes", str(quotes)]
        return Path((await _json_of("simulator", "install", "--root", str(self.root), *arguments))["roaming"])

    async def state(self) -> dict[str, Any]:
        """Its own truth: account, positions, orders, charts; only `running: false` while it is closed."""
        try:
            return {"running": True, **await _json_of("simulator", "state", "--root", str(self.root))}
        except ForexEliteError:
            return {"running": False}

    async def control(self, **changes: Any) -> None:
        """Turns its switches, as a user would in MetaTrader's own window."""
        await _json_of("simulator", "control", "--root", str(self.root), json.dumps(changes))


class LocalCloud:
    """The demo's cloud: a program of its own, started again at the same address when it dies.

    Attributes:
        api: Address of its API.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.api = ""
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts it and waits until it answers.

        Raises:
            ForexEliteError: it did not come up.
        """
        self._process, self.api = await _start_cloud(self._folder)
        self._keeper = asyncio.create_task(self._keep(), name="demo-cloud")

    async def stop(self) -> None:
        """Ends it."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _keep(self) -> None:
        pause = RESTART_SECONDS
        while self._process is not None:
            code = await self._process.wait()
            log.warning("The local cloud ended with code %s; it is started again", code)
            await asyncio.sleep(pause)
            try:
                self._process, api = await _start_cloud(self._folder)
            except ForexEliteError as error:
                log.warning("%s", error.detail)
                pause = min(2 * pause, MOST_RESTART_SECONDS)
                continue
            pause = RESTART_SECONDS
            if api != self.api:
                log.error("The local cloud came back at %s instead of %s: start the demo again", api, self.api)


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    """The running demo services, and the settings with which an agent finds them."""

    settings: AgentSettings
    terminal: DemoTerminal
    cloud: LocalCloud

    async def stop(self) -> None:
        """Stops the local cloud and closes the simulated terminal."""
        await self.cloud.stop()
        with suppress(ForexEliteError):
            await self.terminal.control(quit=True)


async def start_demo(options: DemoOptions) -> DemoEnvironment:
    """Starts the local cloud and puts a simulated terminal where MetaTrader would be.

    Raises:
        ForexEliteError: one of them did not come up; its last words are in the sentence.
    """
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    terminal = DemoTerminal(folder)
    cloud = LocalCloud(folder)
    roaming, _ = await asyncio.gather(terminal.install(options.quotes), cloud.start())
    settings = AgentSettings(
        data_folder=folder / "agent",
        cloud_url=cloud.api,
        roaming_folder=roaming,
        whole_computer=False,
        mt5_module="agent_core.simulator.mt5",
        launcher=command_for("simulator"),
    )
    return DemoEnvironment(settings, terminal, cloud)


async def _start_cloud(folder: Path) -> tuple[Process, str]:
    log_path = folder / "cloud.log"
    with log_path.open("ab") as log_file:
        process = await asyncio.create_subprocess_exec(
            *command_for("cloud"), "local", "--data", str(folder / "cloud"), "--exit-with-parent",
            stdin=PIPE, stdout=PIPE, stderr=log_file,
        )  # fmt: skip
    assert process.stdout is not None  # noqa: S101  # asked for above
    try:
        async with asyncio.timeout(READY_SECONDS):
            while line := await process.stdout.readline():
                with suppress(ValueError):
                    message = json.loads(line)
                    if message.get("event") == "ready":
                        return process, str(message["api"])
    except TimeoutError:
        process.kill()
    await process.wait()
    raise ForexEliteError(
        ErrorCode.SERVICE_UNAVAILABLE, f"The local cloud did not start: {_last_line(log_path)} (log: {log_path})"
    )


async def _json_of(program: str, *arguments: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(*command_for(program), *arguments, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    if process.returncode != 0:
        words = err.decode(errors="replace").strip().splitlines()
        raise ForexEliteError(
            ErrorCode.SERVICE_UNAVAILABLE, f"The simulated terminal failed: {words[-1] if words else 'no reason given'}"
        )
    answer: dict[str, Any] = json.loads(out)
    return answer


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
