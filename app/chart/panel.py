"""The chart with its bar of controls, fed with bars and quotes of the terminal."""

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QVBoxLayout, QWidget

from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.market import TIMEFRAME_SECONDS, Timeframe
from agent_core.terminal.events import ClockMoved
from agent_core.terminal.models import SymbolSpec, Tick
from app.chart.bar import ChartBar
from app.chart.memory import ChartMemory, account_key
from app.chart.state import ChartStates
from app.chart.widget import ChartWidget
from app.context import AppContext
from app.language import tr
from app.shell.focus_ring import RINGED
from app.tasks import describe
from app.widgets.labels import separator

FIRST_BARS = 1000
OLDER_BARS = 2000
#: No more bars are fetched while panning back: years of minutes, and still no work a user could feel.
MOST_BARS = 200_000
#: After a longer absence the chart starts over.
MOST_MISSED = 5000
#: A new bar is read again from the terminal once its first quotes are in.
_REFETCH_MS = 1500


class ChartPanel(QWidget):
    """Shows one symbol.

    Signals:
        focused: Another symbol or timeframe is loaded: its contract.
        symbol_chosen: The symbol that is shown from now on, or tried to.
    """

    focused = Signal(object)
    symbol_chosen = Signal()

    def __init__(self, context: AppContext, states: ChartStates, timeframe: Timeframe) -> None:
        super().__init__()
        self._context, self.states = context, states
        self.chart = ChartWidget(context.theme)
        self.chart.setProperty(RINGED, True)
        self.symbol = ""
        self.spec: SymbolSpec | None = None
        self.timeframe = timeframe
        self._told_until = 0
        self._fetching_older = False
        self._history_ended = False
        self._refetch = QTimer(self, singleShot=True, interval=_REFETCH_MS)
        self._refetch.timeout.connect(self.fill_gap)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.bar = ChartBar(self.chart, self.timeframe)
        self.bar.timeframe_chosen.connect(self.set_timeframe)
        self.bar.kind_chosen.connect(self.chart.set_kind)
        self.bar.scale_chosen.connect(self.chart.set_scale)
        self.bar.closed_hours_chosen.connect(self.chart.set_closed_hours)
        self.bar.sessions_chosen.connect(self.chart.set_sessions)
        self.bar.copy_wanted.connect(self._copy_picture)
        self.bar.save_wanted.connect(self._save_picture)
        self.title = self.bar.title
        self.chart.look_changed.connect(self._show_look)
        self._memory = ChartMemory(self.chart, states)
        layout.addWidget(self.bar)
        layout.addWidget(separator())
        layout.addWidget(self.chart, 1)
        self.chart.say("Connect MetaTrader 5 to see prices here.")
        self.chart.older_wanted.connect(self._fetch_older)
        context.signals.ticks.connect(self._on_ticks)
        context.signals.clock.connect(self._on_clock)

    @property
    def account_key(self) -> str:
        """Under which name the account's charts are remembered."""
        return account_key(self._context.agent.terminal.account)

    def show_symbol(self, symbol: str, timeframe: Timeframe | None = None) -> None:
        """Loads a symbol by canonical or broker's name."""
        self.symbol = symbol
        self.timeframe = timeframe or self.timeframe
        self.bar.show_timeframe(self.timeframe)
        self.title.setText(symbol)
        self.symbol_chosen.emit()
        self.reload()

    def set_timeframe(self, timeframe: Timeframe) -> None:
        """Shows other bars of the same symbol, and remembers the choice."""
        self.show_symbol(self.symbol, timeframe)

    def reload(self) -> None:
        """Reads the bars afresh; what an earlier load brings for something else is thrown away."""
        if self.symbol:
            self._context.tasks.start(self._load(self.symbol, self.timeframe), on_error=self._failed)

    async def _load(self, symbol: str, timeframe: Timeframe) -> None:
        terminal = self._context.agent.terminal
        if not len(self.chart.model):
            self.chart.say(f"Loading {symbol} {timeframe} …")
        spec = await terminal.symbol(symbol)
        bars = await terminal.bars(spec.name, timeframe, FIRST_BARS)
        if (symbol, timeframe) != (self.symbol, self.timeframe):
            return
        self.spec, self.symbol = spec, spec.name
        self.title.setText(spec.name)
        self._history_ended = False
        self._told_until = int(bars["time"][-1]) if len(bars) else 0
        self.chart.show_bars(spec.name, timeframe, bars, spec.digits, spec.point)
        self._memory.restore(terminal.account)
        last = self._context.agent.feed.last(spec.name)
        if last is not None:
            self._take(last)
        self.focused.emit(spec)

    def _show_look(self) -> None:
        chart = self.chart
        self.bar.show_view(chart.model.kind, chart.view.scale)
        self.bar.show_time(closed_hours=chart.closed_hours, sessions=chart.scene.sessions)

    def _failed(self, error: Exception) -> None:
        if not len(self.chart.model):
            self.chart.say(describe(error))
            return
        # The bars on screen are still those of the symbol before; the title must not claim otherwise.
        self._context.tasks.report(error)
        self.symbol, self.timeframe = self.chart.model.symbol, self.chart.model.timeframe
        self.title.setText(self.symbol)
        self.bar.show_timeframe(self.timeframe)

    def retire(self) -> None:
        """Takes nothing in any more: the chart is closed."""
        self.symbol = self.chart.model.symbol = ""
        self._refetch.stop()

    def fill_gap(self) -> None:
        """Reads what the terminal has not told yet: all since its last bar, however long ago that was.

        The line may have been lost, the broker's or the terminal's, or this computer was asleep.
        """
        model = self.chart.model
        if not len(model) or self.symbol != model.symbol:
            self.reload()
            return
        passed = datetime.now(UTC).timestamp() - self._told_until
        count = int(passed / TIMEFRAME_SECONDS[model.timeframe]) + 3
        if count > MOST_MISSED:
            self.reload()
        else:
            self._context.tasks.start(self._merge(max(3, count), None), on_error=lambda _error: None)

    def _on_ticks(self, ticks: dict[str, Tick]) -> None:
        tick = ticks.get(self.symbol)
        if tick is not None:
            self._take(tick)

    def _on_clock(self, _moved: ClockMoved) -> None:
        self.reload()

    def _take(self, tick: Tick) -> None:
        if self.chart.model.symbol == tick.symbol and self.chart.apply_tick(tick.bid, tick.ask, tick.time_msc):
            self._refetch.start()

    def _fetch_older(self) -> None:
        if self._fetching_older or self._history_ended or not 0 < len(self.chart.model) < MOST_BARS:
            return
        self._fetching_older = True
        oldest = datetime.fromtimestamp(int(self.chart.model.bars["time"][0]), UTC)
        self._context.tasks.start(self._merge(OLDER_BARS, oldest), on_error=self._older_failed)

    def _older_failed(self, error: Exception) -> None:
        # Asked for again when the user pans on; a toast on each pan would only be in the way.
        self._fetching_older = False
        if not isinstance(error, ForexEliteError):
            self._context.tasks.report(error)

    async def _merge(self, count: int, before: datetime | None) -> None:
        symbol, timeframe, known = self.symbol, self.timeframe, len(self.chart.model)
        try:
            bars = await self._context.agent.terminal.bars(symbol, timeframe, count, before)
        finally:
            self._fetching_older = self._fetching_older and before is None
        if (symbol, timeframe) == (self.chart.model.symbol, self.chart.model.timeframe):
            if before is None and len(bars):
                self._told_until = int(bars["time"][-1])
            # Set first: taking the bars in may ask for older ones at once.
            self._history_ended = self._history_ended or (before is not None and len(bars) == 0)
            self.chart.merge_bars(bars)
            self._history_ended = self._history_ended or (before is not None and len(self.chart.model) == known)

    def _copy_picture(self) -> None:
        QApplication.clipboard().setPixmap(self.chart.picture())
        self._context.toasts.info("The chart is in the clipboard.")

    def _save_picture(self) -> None:
        dialog = QFileDialog(self, tr("Save the chart as a picture"))
        dialog.setObjectName("chart.save")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("PNG picture (*.png)"))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(f"{self.symbol} {self.timeframe}.png")
        dialog.fileSelected.connect(lambda path: self.save_picture(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_picture(self, path: Path) -> None:
        """Writes the chart as a PNG file and says where it is, or that it can't be written."""
        if self.chart.picture().save(str(path), "PNG"):
            self._context.toasts.info(f"Saved as {path}.")
        else:
            self._context.toasts.error(f"The picture can't be written to {path}. Choose another folder.")
