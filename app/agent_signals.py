"""The one bridge from the agent's event bus to Qt: events of any thread become signals in the window's thread."""

import math
import threading
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from agent_core.ea.events import BridgeChanged, DeploymentChanged, EaLogged, LibraryChanged
from agent_core.events import Event, EventBus
from agent_core.jobs.events import JobProgressed
from agent_core.sync.events import AlertRaised, CloudLinkChanged
from agent_core.terminal.events import (
    AccountChanged,
    ClockMoved,
    DealsAdded,
    OrdersChanged,
    PositionsChanged,
    TerminalLinkChanged,
    TickReceived,
)
from agent_core.terminal.models import Tick
from agent_core.trading.events import ArmChanged, OrderSettled
from agent_core.trading.trailing import TrailingChanged

FRAME_MS = 10

#: Event → signal, and the member of the event it carries (the event itself where empty).
_SIGNALS: dict[type[Event], tuple[str, str]] = {
    AccountChanged: ("account", "account"),
    PositionsChanged: ("positions", "positions"),
    OrdersChanged: ("orders", "orders"),
    DealsAdded: ("deals", "deals"),
    ClockMoved: ("clock", ""),
    TerminalLinkChanged: ("terminal_link", ""),
    CloudLinkChanged: ("cloud_link", ""),
    BridgeChanged: ("bridge", ""),
    DeploymentChanged: ("deployment", "deployment"),
    EaLogged: ("ea_log", ""),
    JobProgressed: ("job", ""),
    OrderSettled: ("order_settled", "outcome"),
    ArmChanged: ("arm", ""),
    AlertRaised: ("alert", ""),
    LibraryChanged: ("library", ""),
    TrailingChanged: ("trailing", "distances"),
}
_STATES = (
    AccountChanged, PositionsChanged, OrdersChanged, ClockMoved, TerminalLinkChanged, CloudLinkChanged, BridgeChanged,
    ArmChanged, LibraryChanged, TrailingChanged,
)  # fmt: skip


class AgentSignals(QObject):
    """Qt signals of what happens in the agent, at most once in `FRAME_MS`.

    States (account, positions, links ...) arrive with their last value only; facts (deals, log lines, outcomes,
    alerts, jobs) arrive all, in order.

    Signals:
        ticks: `dict[str, Tick]`, the last quote of each symbol that moved since the last frame.
        account: `Account`.
        positions: `tuple[Position, ...]`, all that are open.
        orders: `tuple[PendingOrder, ...]`, all that are working.
        deals: `tuple[Deal, ...]`, new ones.
        clock: `ClockMoved`.
        terminal_link: `TerminalLinkChanged`.
        cloud_link: `CloudLinkChanged`.
        bridge: `BridgeChanged`.
        deployment: `EaDeployment`.
        ea_log: `EaLogged`.
        job: `JobProgressed`.
        order_settled: `OrderOutcome`.
        arm: `ArmChanged`.
        alert: `AlertRaised`.
        library: `LibraryChanged`; slots may take no argument.
        trailing: `dict[int, Decimal]`, distance of each trailing stop by the position's ticket.
    """

    ticks = Signal(object)
    account = Signal(object)
    positions = Signal(object)
    orders = Signal(object)
    deals = Signal(object)
    clock = Signal(object)
    terminal_link = Signal(object)
    cloud_link = Signal(object)
    bridge = Signal(object)
    deployment = Signal(object)
    ea_log = Signal(object)
    job = Signal(object)
    order_settled = Signal(object)
    arm = Signal(object)
    alert = Signal(object)
    library = Signal(object)
    trailing = Signal(object)

    _wake = Signal()

    def __init__(self, bus: EventBus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._ticks: dict[str, Tick] = {}
        self._states: dict[type[Event], Event] = {}
        self._facts: list[Event] = []
        self._scheduled = False
        self._stopped = False
        self._frame = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self.flush)
        self._flushed = -math.inf
        self._wake.connect(self._woken, Qt.ConnectionType.QueuedConnection)
        bus.subscribe(TickReceived, self._on_tick)
        for kind in _SIGNALS:
            bus.subscribe(kind, self._on_state if kind in _STATES else self._on_fact)

    def stop(self) -> None:
        """Lets nothing through any more; the agent is about to end."""
        self._stopped = True
        self._frame.stop()

    def flush(self) -> None:
        """Emits what has gathered; runs by itself, in the window's thread."""
        self._flushed = time.monotonic()
        with self._lock:
            ticks, self._ticks = self._ticks, {}
            states, self._states = self._states, {}
            facts, self._facts = self._facts, []
            self._scheduled = False
        if self._stopped:
            return
        for event in (*states.values(), *facts):
            self._emit(event)
        if ticks:
            self.ticks.emit(ticks)

    def _woken(self) -> None:
        # The first event after a rest is shown at once, what follows within a frame at its end.
        passed = (time.monotonic() - self._flushed) * 1000
        if passed >= FRAME_MS:
            self.flush()
        elif not self._frame.isActive():
            self._frame.start(math.ceil(FRAME_MS - passed))

    def _on_tick(self, event: TickReceived) -> None:
        with self._lock:
            self._ticks[event.tick.symbol] = event.tick
        self._schedule()

    def _on_state(self, event: Event) -> None:
        with self._lock:
            self._states[type(event)] = event
        self._schedule()

    def _on_fact(self, event: Event) -> None:
        with self._lock:
            self._facts.append(event)
        self._schedule()

    def _schedule(self) -> None:
        with self._lock:
            if self._scheduled:
                return
            self._scheduled = True
        self._wake.emit()

    def _emit(self, event: Event) -> None:
        name, member = _SIGNALS[type(event)]
        payload = getattr(event, member) if member else event
        getattr(self, name).emit(payload)
