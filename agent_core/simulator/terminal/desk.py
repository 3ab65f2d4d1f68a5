"""The terminal's charts and the Expert Advisors on them."""

import itertools
import time
from pathlib import Path, PureWindowsPath

from agent_core.simulator.market.symbols import SYMBOLS
from agent_core.simulator.metaeditor.program import Program, load_program
from agent_core.simulator.terminal.charts import Chart, ExpertOnChart, Profile
from agent_core.simulator.terminal.expert import RunningExpert
from agent_core.simulator.terminal.journal import ERROR
from agent_core.simulator.terminal.terminal import Terminal

MAX_CHARTS = 100
BRIDGE_NAME = "FEPBridge"


class ChartDesk:
    """Opens and closes charts and runs their EAs. Charts are kept in the profile and come back with the terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._profile = Profile(terminal.layout)
        self._ids = itertools.count(time.time_ns() // 1000)
        self.charts: list[Chart] = []
        self.failing_inits: set[str] = set()
        self._unsaved: set[int] = set()
        self._running: dict[int, RunningExpert] = {}

    @property
    def bridge(self) -> Chart | None:
        """The chart with the bridge EA running on it."""
        running = (chart for chart in self.charts if chart.id in self._running)
        return next((chart for chart in running if chart.expert and chart.expert.name == BRIDGE_NAME), None)

    def restore(self) -> None:
        """Opens the profile's charts and starts their EAs."""
        for chart in self._profile.load():
            if chart.symbol in SYMBOLS:
                chart.id = chart.id or next(self._ids)
                self.charts.append(chart)
                self._load(chart, allowed=True)

    def start_up(self, chart: Chart) -> None:
        """Opens the chart of a start file and starts its EA, for this session alone."""
        chart.id = next(self._ids)
        self._unsaved.add(chart.id)
        self.charts.append(chart)
        self._load(chart, allowed=True)

    def open(self, symbol: str, timeframe: str) -> Chart | None:
        """Opens an empty chart; None if there are too many."""
        if len(self.charts) >= MAX_CHARTS:
            return None
        chart = Chart(next(self._ids), symbol, timeframe)
        self.charts.append(chart)
        self._terminal.select(symbol, selected=True)
        self._save()
        return chart

    def apply(self, chart: Chart, expert: ExpertOnChart | None, *, allowed: bool) -> bool:
        """Applies a template's EA; whether one runs now."""
        self._unload(chart)
        chart.expert = expert
        running = self._load(chart, allowed=allowed)
        self._save()
        return running

    def tag(self, chart: Chart, instance: str) -> None:
        """Marks a chart with the bridge's hidden object."""
        chart.instance = instance
        self._save()

    def close(self, chart: Chart) -> None:
        """Closes a chart; its EA ends, its positions stay."""
        self._unload(chart)
        self.charts.remove(chart)
        self._save()

    def trade_allowed(self, chart: Chart) -> bool:
        """MQL_TRADE_ALLOWED of the chart's EA."""
        running = self._running.get(chart.id)
        return running is not None and running.trade_allowed

    def pulse(self) -> None:
        """Lets every EA do its work."""
        for running in list(self._running.values()):
            running.pulse()

    def shut_down(self) -> None:
        """Ends all EAs; their charts stay in the profile."""
        for running in self._running.values():
            running.stop()
        self._running.clear()

    def _save(self) -> None:
        self._profile.save([chart for chart in self.charts if chart.id not in self._unsaved])

    def _load(self, chart: Chart, *, allowed: bool) -> bool:
        expert = chart.expert
        if expert is None:
            return False
        program = self._program(expert)
        title = f"{expert.name} ({chart.symbol},{chart.timeframe})"
        if program is None:
            self._terminal.journal.write("Experts", f"loading of expert {title} failed: cannot open file", ERROR)
        elif expert.name in self.failing_inits:
            self._terminal.journal.write("Experts", f"initializing of {title} failed with code 1", ERROR)
        else:
            running = RunningExpert(self._terminal, chart, expert, program, allowed=allowed)
            self._running[chart.id] = running
            running.start()
            return True
        chart.expert = None
        return False

    def _program(self, expert: ExpertOnChart) -> Program | None:
        relative = PureWindowsPath(expert.path)
        if relative.is_absolute() or ".." in relative.parts:
            return None
        return load_program(self._terminal.layout.mql5 / Path(*relative.parts))

    def _unload(self, chart: Chart) -> None:
        running = self._running.pop(chart.id, None)
        if running is not None:
            running.stop()
        chart.expert = None
