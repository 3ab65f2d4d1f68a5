"""Keeps a chart's state in step with what is remembered of it."""

from PySide6.QtCore import QObject

from agent_core.terminal.models import Account
from app.chart.state import ChartStates
from app.chart.widget import ChartWidget


class ChartMemory(QObject):
    """Brings a chart's zoom, kind, scale, indicators and drawings back, and remembers what the user changes.

    What was never changed for a symbol and timeframe stays as it is on screen: indicators follow the user through
    timeframes until one gets its own.
    """

    def __init__(self, chart: ChartWidget, states: ChartStates) -> None:
        super().__init__(chart)
        self._chart, self._states = chart, states
        self._symbol_key = self._key = ""
        self._restoring = False
        chart.indicators_changed.connect(self._indicators_changed)
        chart.view_moved.connect(self._view_moved)
        chart.look_changed.connect(self._look_changed)
        chart.drawings_changed.connect(self._drawings_changed)

    def restore(self, account: Account | None) -> None:
        """Brings back what belongs to the symbol and timeframe the chart shows now."""
        chart = self._chart
        owner = f"{account.server}/{account.login}" if account is not None else "-"
        symbol_key = f"{owner}/{chart.model.symbol}"
        self._key = f"{symbol_key}/{chart.model.timeframe}"
        state = self._states.chart(self._key)
        self._restoring = True
        try:
            if symbol_key != self._symbol_key:
                self._symbol_key = symbol_key
                chart.hand.replace(self._states.drawings(symbol_key))
            if state.kind is not None:
                chart.set_kind(state.kind)
            if state.scale is not None:
                chart.set_scale(state.scale)
            if state.indicators is not None:
                chart.set_indicators(state.indicators)
            if state.pitch is not None:
                chart.set_pitch(state.pitch)
        finally:
            self._restoring = False

    def _remember(self, **changes: object) -> None:
        if self._key and not self._restoring:
            self._states.change_chart(self._key, **changes)

    def _indicators_changed(self) -> None:
        self._remember(indicators=tuple(self._chart.indicators))

    def _view_moved(self) -> None:
        self._remember(pitch=self._chart.view.pitch)

    def _look_changed(self) -> None:
        self._remember(kind=self._chart.model.kind, scale=self._chart.view.scale)

    def _drawings_changed(self) -> None:
        if self._symbol_key:
            self._states.set_drawings(self._symbol_key, self._chart.hand.drawings.items)
