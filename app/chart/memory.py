"""Keeps a chart's state in step with what is remembered of it."""

from PySide6.QtCore import QObject

from agent_core.terminal.models import Account
from app.chart.state import ChartStates
from app.chart.widget import ChartWidget


def account_key(account: Account | None) -> str:
    """Returns under which name an account's charts are remembered."""
    return f"{account.server}/{account.login}" if account is not None else "-"


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
        states.drawings_changed.connect(self._drawings_stored)

    def restore(self, account: Account | None) -> None:
        """Brings back what belongs to the symbol and timeframe the chart shows now."""
        chart = self._chart
        symbol_key = f"{account_key(account)}/{chart.model.symbol}"
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
            if state.closed_hours is not None:
                chart.set_closed_hours(state.closed_hours)
            if state.sessions is not None:
                chart.set_sessions(state.sessions)
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
        chart = self._chart
        self._remember(
            kind=chart.model.kind,
            scale=chart.view.scale,
            closed_hours=chart.closed_hours,
            sessions=chart.scene.sessions,
        )

    def _drawings_changed(self) -> None:
        if self._symbol_key:
            self._states.set_drawings(self._symbol_key, self._chart.hand.drawings.items)

    def _drawings_stored(self, key: str) -> None:
        # Another chart of this symbol was drawn on.
        drawings = self._states.drawings(key)
        if key == self._symbol_key and drawings != self._chart.hand.drawings.items:
            self._chart.hand.replace(drawings)
            self._chart.update()
