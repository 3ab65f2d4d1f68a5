"""The bridge EA's part, played by the simulated terminal: commands, answers and status as files."""

import re
import time
from dataclasses import dataclass
from typing import IO, Any

from agent_core.ea.bridge_protocol import PROTOCOL_VERSION, BridgeCommand
from agent_core.simulator.market.clock import server_now_msc
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.terminal.charts import PERIODS, Chart, parse_chart_file
from agent_core.simulator.terminal.desk import BRIDGE_NAME, ChartDesk
from agent_core.simulator.terminal.expert import replace_json
from agent_core.simulator.terminal.terminal import Terminal

_STATUS_SECONDS = 1.0
_WAIT_SECONDS = 10.0
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class _Start:
    """A start that waits for its EA to be loaded."""

    command: BridgeCommand
    chart: Chart
    deadline: float


class CommandError(Exception):
    """A command cannot be carried out; the sentence goes into its answer."""


class Bridge:
    """Serves the bridge's folder while the bridge EA is on a chart."""

    def __init__(self, terminal: Terminal, desk: ChartDesk) -> None:
        self._terminal = terminal
        self._desk = desk
        self._folder = terminal.layout.mql5 / "Files" / "FEP"
        self._lock: IO[bytes] | None = None
        self._next_status = 0.0
        self._starts: list[_Start] = []

    def pulse(self) -> None:
        """Carries out waiting commands; writes the status each second."""
        if self._desk.bridge is None:
            self.close()
            return
        if self._lock is None:
            for name in ("cmd", "ack", "evt", "tpl"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
            self._lock = (self._folder / "bridge.lock").open("wb")
        self._take_command()
        self._starts = [start for start in self._starts if not self._advance(start)]
        if time.monotonic() >= self._next_status:
            self._next_status = time.monotonic() + _STATUS_SECONDS
            self._write_status()

    def close(self) -> None:
        """Lets go of the lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_command(self) -> None:
        """Takes the oldest command. It is deleted before it is run: a crash in between never runs it twice."""
        path = min((self._folder / "cmd").glob("*.json"), default=None)
        if path is None:
            return
        known = (self._folder / "ack" / path.name).exists()
        try:
            content = path.read_bytes()
            path.unlink()
        except OSError:  # taken back by its sender, or still held open by it
            return
        if known:
            return
        try:
            command = BridgeCommand.model_validate_json(content)
            if command.id != path.stem:
                raise CommandError("The command's id is not its file's name.")
            if command.v != str(PROTOCOL_VERSION):
                raise CommandError("The bridge in MetaTrader is of another version. Install the bridge again.")
            if time.time() > int(command.expires) + 1:
                raise CommandError("The command came too late and was not carried out.")
            self._run(command)
        except CommandError as error:
            self._answer(path.stem, error=str(error))
        except ValueError:
            self._answer(path.stem, error="The command is not a flat JSON object of strings.")

    def _run(self, command: BridgeCommand) -> None:
        match command.kind:
            case "ping":
                self._answer(command.id)
            case "list_charts":
                self._answer(command.id, charts=self._charts())
            case "start_ea":
                self._start(command)
            case "stop_ea":
                self._stop(command)
            case _:
                raise CommandError(f"The bridge does not know the command {command.kind}.")

    def _start(self, command: BridgeCommand) -> None:
        if not _PLAIN_NAME.fullmatch(command.instance) or not command.expert:
            raise CommandError("The command names no instance or no expert.")
        template = self._folder / "tpl" / command.template
        if not re.fullmatch(r"[A-Za-z0-9_-]+\.tpl", command.template) or not template.is_file():
            raise CommandError("The chart template is not in the bridge's folder.")
        if command.timeframe not in PERIODS:
            raise CommandError(f"MetaTrader has no timeframe {command.timeframe}.")
        if any(start.command.instance == command.instance for start in self._starts):
            raise CommandError("This Expert Advisor is being started or stopped already.")
        running = self._chart_of(command.instance)
        if running is not None:
            if running.expert is not None and running.expert.name == command.expert:
                self._answer(command.id, chart=running)
                return
            self._desk.close(running)
        if command.symbol not in SYMBOLS:
            raise CommandError(f"MetaTrader does not know the symbol {command.symbol}.")
        chart = self._desk.open(command.symbol, command.timeframe)
        if chart is None:
            raise CommandError("MetaTrader opened no chart (error 4103). Close some charts.")
        self._desk.tag(chart, command.instance)
        _, expert, _ = parse_chart_file(template.read_bytes())
        own = self._desk.bridge
        allowed = own is not None and own.expert is not None and own.expert.trading_allowed
        self._desk.apply(chart, expert, allowed=allowed)
        self._starts.append(_Start(command, chart, time.monotonic() + _WAIT_SECONDS))

    def _advance(self, start: _Start) -> bool:
        """Looks after a start; true when it is answered."""
        chart = start.chart
        if chart not in self._desk.charts:
            self._answer(start.command.id, error="The chart was closed before the Expert Advisor was loaded.")
        elif chart.expert is not None and chart.expert.name == start.command.expert:
            self._answer(start.command.id, chart=chart)
        elif time.monotonic() < start.deadline:
            return False
        else:
            if chart.expert is None:
                self._desk.close(chart)
            error = "The Expert Advisor did not load within 10 seconds. See MetaTrader's Experts tab."
            self._answer(start.command.id, error=error)
        return True

    def _stop(self, command: BridgeCommand) -> None:
        own = self._desk.bridge
        if command.instance:
            chart = self._chart_of(command.instance)
        else:
            chart = next((chart for chart in self._desk.charts if str(chart.id) == command.chart_id), None)
        if chart is not None and chart is own:
            raise CommandError("The bridge does not close its own chart.")
        if chart is not None:
            self._desk.close(chart)
        self._answer(command.id, chart=chart)

    def _chart_of(self, instance: str) -> Chart | None:
        own = self._desk.bridge
        return next((c for c in self._desk.charts if c is not own and c.instance == instance), None)

    def _answer(
        self, id_: str, *, error: str = "", chart: Chart | None = None, charts: list[dict[str, str]] | None = None
    ) -> None:
        content: dict[str, Any] = {
            "v": PROTOCOL_VERSION, "id": id_, "ok": not error, "error": error,
            "chart_id": str(chart.id) if chart else "", "charts": charts or [],
        }  # fmt: skip
        replace_json(self._folder / "ack" / f"{id_}.json", content)
        self._next_status = 0.0
        if error and self._desk.bridge is not None:
            bridge = self._desk.bridge
            self._terminal.experts_journal.write(f"{BRIDGE_NAME} ({bridge.symbol},{bridge.timeframe})", error)

    def _charts(self) -> list[dict[str, str]]:
        return [
            {
                "id": str(chart.id), "symbol": chart.symbol, "timeframe": chart.timeframe,
                "expert": chart.expert.name if chart.expert else "", "instance": chart.instance,
            }
            for chart in self._desk.charts
        ]  # fmt: skip

    def _write_status(self) -> None:
        switches, bridge = self._terminal.switches, self._desk.bridge
        content = {
            "v": PROTOCOL_VERSION, "ts_utc": int(time.time()), "server_time": server_now_msc() // 1000,
            "build": self._terminal.build,
            "account": self._terminal.login, "terminal_trade_allowed": switches.auto_trading,
            "mql_trade_allowed": bridge is not None and self._desk.trade_allowed(bridge),
            "account_trade_allowed": switches.trade_allowed, "account_trade_expert": switches.trade_expert,
            "connected": switches.connected, "charts": self._charts(),
        }  # fmt: skip
        replace_json(self._folder / "status.json", content)
