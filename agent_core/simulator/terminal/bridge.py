"""The bridge EA's part, played by the simulated terminal: commands, answers and status as files."""

import json
import time
from pathlib import Path
from typing import IO, Any

from agent_core.ea.bridge_protocol import PROTOCOL_VERSION, BridgeCommand
from agent_core.simulator.build import BUILD
from agent_core.simulator.market.clock import server_now_msc
from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.terminal.charts import PERIODS, Chart, parse_chart_file
from agent_core.simulator.terminal.desk import ChartDesk
from agent_core.simulator.terminal.expert import replace_json
from agent_core.simulator.terminal.terminal import Terminal

_STATUS_SECONDS = 1.0


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

    def pulse(self) -> None:
        """Carries out waiting commands; writes the status each second."""
        if self._desk.bridge is None:
            self.close()
            return
        if self._lock is None:
            for name in ("cmd", "ack", "evt", "tpl"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
            self._lock = (self._folder / "bridge.lock").open("wb")
        for path in sorted((self._folder / "cmd").glob("*.json")):
            self._serve(path)
        if time.monotonic() >= self._next_status:
            self._next_status = time.monotonic() + _STATUS_SECONDS
            self._write_status()

    def close(self) -> None:
        """Lets go of the lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _serve(self, path: Path) -> None:
        ack = self._folder / "ack" / path.name
        if not ack.exists():
            answer: dict[str, Any] = {"v": PROTOCOL_VERSION, "id": path.stem, "ok": True}
            try:
                command = BridgeCommand.model_validate(json.loads(path.read_text(encoding="utf-8")))
                if int(command.expires) < time.time():
                    raise CommandError("The command has expired.")
                answer |= self._run(command)
            except CommandError as error:
                answer |= {"ok": False, "error": str(error)}
            except (ValueError, OSError) as error:
                answer |= {"ok": False, "error": f"The command cannot be read: {type(error).__name__}."}
            replace_json(ack, answer)
            self._write_status()
        path.unlink(missing_ok=True)

    def _run(self, command: BridgeCommand) -> dict[str, Any]:
        match command.kind:
            case "ping":
                return {}
            case "list_charts":
                return {"charts": self._charts()}
            case "start_ea":
                return {"chart_id": str(self._start(command).id), "charts": self._charts()}
            case "stop_ea":
                self._stop(command)
                return {"charts": self._charts()}
        raise CommandError(f"Unknown command '{command.kind}'.")

    def _start(self, command: BridgeCommand) -> Chart:
        if command.symbol not in SYMBOLS:
            raise CommandError(f"The symbol {command.symbol} does not exist.")
        if command.timeframe not in PERIODS:
            raise CommandError(f"The timeframe {command.timeframe} does not exist.")
        same = next((c for c in self._desk.charts if c.instance and c.instance == command.instance), None)
        if same is not None and same.expert is not None and same.expert.name == command.expert:
            return same
        if "/" in command.template or "\\" in command.template or ".." in command.template:
            raise CommandError("The template's name is not a plain file name.")
        try:
            _, expert, _ = parse_chart_file((self._folder / "tpl" / command.template).read_bytes())
        except OSError:
            raise CommandError(f"The template {command.template} cannot be read.") from None
        chart = same or self._desk.open(command.symbol, command.timeframe)
        if chart is None:
            raise CommandError("The terminal opens no more charts.")
        self._desk.tag(chart, command.instance)
        own = self._desk.bridge
        allowed = own is not None and own.expert is not None and own.expert.trading_allowed
        running = self._desk.apply(chart, expert, allowed=allowed)
        if not running or chart.expert is None or chart.expert.name != command.expert:
            self._desk.close(chart)
            raise CommandError(f"The expert {command.expert} did not start.")
        return chart

    def _stop(self, command: BridgeCommand) -> None:
        own = self._desk.bridge
        for chart in list(self._desk.charts):
            wanted = (command.instance and chart.instance == command.instance) or str(chart.id) == command.chart_id
            if wanted and chart is not own:
                self._desk.close(chart)

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
            "v": PROTOCOL_VERSION, "ts_utc": int(time.time()), "server_time": server_now_msc() // 1000, "build": BUILD,
            "account": self._terminal.login, "terminal_trade_allowed": switches.auto_trading,
            "mql_trade_allowed": bridge is not None and self._desk.trade_allowed(bridge),
            "account_trade_allowed": switches.trade_allowed, "account_trade_expert": switches.trade_expert,
            "connected": switches.connected, "charts": self._charts(),
        }  # fmt: skip
        replace_json(self._folder / "status.json", content)
