"""The program terminal64.exe: runs one terminal until it is closed."""

import asyncio
import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

from agent_core.exclusive import try_lock
from agent_core.programs import command_for
from agent_core.simulator.layout import TERMINAL_EXE, Layout, layout_of_executable
from agent_core.simulator.terminal.bridge import Bridge
from agent_core.simulator.terminal.control import Control
from agent_core.simulator.terminal.desk import ChartDesk
from agent_core.simulator.terminal.faults import Faults
from agent_core.simulator.terminal.read_api import ReadApi
from agent_core.simulator.terminal.server import Server
from agent_core.simulator.terminal.start_config import StartConfig, read_start_config
from agent_core.simulator.terminal.terminal import COMPANY, Terminal
from agent_core.simulator.terminal.trade_api import TradeApi
from agent_core.simulator.tester.run import run_tester

log = logging.getLogger(__name__)

_PULSE_SECONDS = 0.05


def run_terminal(executable: Path, arguments: list[str]) -> int:
    """Runs the terminal. A second one on a running data folder hands over and returns at once, as the real one.

    One that is just closing is waited for: nobody could take over.
    """
    layout = layout_of_executable(executable, portable=any(a.lower() == "/portable" for a in arguments))
    layout.create()
    while (lock := try_lock(layout.lock_file)) is None:
        if layout.ipc_file.exists():
            return 0
        time.sleep(_PULSE_SECONDS)
    with lock:
        logging.basicConfig(filename=layout.data / "logs" / "simulator.txt", level=logging.INFO)
        config = read_start_config(arguments)
        if config.section("Tester").get("expert"):
            return run_tester(layout, config)
        process = _Process(layout, config)
        update = process.terminal.take_update()
        if not update:
            asyncio.run(process.run())
            update = process.terminal.take_update()
        process.terminal.close()
    if update:
        _start_updater(layout, arguments, update)
    return 0


def _start_updater(layout: Layout, arguments: list[str], seconds: float) -> None:
    """Leaves the work to a program that exchanges this one and starts it again, as LiveUpdate does."""
    command = [*command_for("simulator"), "update", str(seconds), str(layout.executable.parent), *arguments]
    quiet = subprocess.DEVNULL
    subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)


def run_updater(arguments: list[str]) -> int:
    """LiveUpdate's own program: SECONDS, the folder of the terminal, the arguments it was started with."""
    time.sleep(float(arguments[0]))
    command = [*command_for("simulator"), str(Path(arguments[1]) / TERMINAL_EXE), *arguments[2:]]
    quiet = subprocess.DEVNULL
    subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    return 0


class _Process:
    """The terminal's loop."""

    def __init__(self, layout: Layout, config: StartConfig) -> None:
        self._layout = layout
        self._config = config
        self.terminal = self._terminal = Terminal(layout)
        self._closing = asyncio.Event()
        faults = Faults()
        self._desk = ChartDesk(self._terminal)
        self._bridge = Bridge(self._terminal, self._desk)
        control = Control(self._terminal, faults, self._desk, self._closing.set)
        functions = ReadApi(self._terminal).functions | TradeApi(self._terminal).functions | control.functions
        self._server = Server(functions, self._terminal.advance, faults)

    async def run(self) -> None:
        """Serves until told to quit, or nobody has called for the idle time."""
        terminal = self._terminal
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            loop.add_signal_handler(signal.SIGTERM, self._closing.set)
        terminal.journal.write("Terminal", f"{COMPANY} MetaTrader 5 x64 build {terminal.build} started for {COMPANY}")
        terminal.journal.write("Network", f"'{terminal.login}': authorized on {terminal.server} through Access Server")
        terminal.journal.write("Network", f"'{terminal.login}': trading has been enabled - hedging mode")
        terminal.advance()
        if self._config.section("Experts").get("enabled") == "1":
            terminal.switches.auto_trading = True
        self._desk.restore()
        if (chart := self._config.startup_chart()) is not None:
            self._desk.start_up(chart)
        await self._server.start(self._layout)
        while not self._closing.is_set() and not self._idle():
            try:
                terminal.advance()
                self._desk.pulse()
                self._bridge.pulse()
            except Exception:
                log.exception("A pulse failed; the next one goes on")
            await asyncio.sleep(_PULSE_SECONDS)
        self._layout.ipc_file.unlink(missing_ok=True)
        self._server.close()
        self._desk.shut_down()
        self._bridge.close()
        terminal.journal.write("Terminal", "exit with code 0")
        terminal.journal.write("Terminal", "shutdown with 0")

    def _idle(self) -> bool:
        limit = self._terminal.options.idle_exit
        return limit is not None and not self._server.connections and time.monotonic() - self._server.last_call > limit
