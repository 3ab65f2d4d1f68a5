"""The links of the top bar: terminal, bridge, prices, cloud, each with its state and age."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolTip, QWidget

from app import formatting
from app.context import AppContext
from app.language import tr
from app.theme import Theme
from app.widgets.labels import label
from app.widgets.status_dot import StatusDot

if TYPE_CHECKING:  # the window paints before numpy and the agent are imported
    from agent_core.ea.events import BridgeChanged
    from agent_core.sync.event_log import EventLog
    from agent_core.sync.events import CloudLinkChanged
    from agent_core.terminal.events import TerminalLinkChanged

TICK_MS = 500
QUIET_PRICES_SECONDS = 15
STALE_PRICES_SECONDS = 90
#: An upload takes a moment; a queue is shown only when it stays.
SETTLED_SECONDS = 3


@dataclass(frozen=True, slots=True)
class LinkState:
    """What a link shows: a tone (good, warning, bad, mute), a short value, and a sentence for who asks."""

    tone: str
    value: str
    detail: str


OFF = LinkState("mute", "off", "Not connected yet.")


def terminal_state(event: "TerminalLinkChanged") -> LinkState:
    """Returns what the terminal's link shows."""
    if event.state == "connected":
        blocked = [permission for permission in event.permissions if not permission.allowed]
        if blocked:
            return LinkState("warning", "limited", f"{blocked[0].name} is off. {blocked[0].fix}")
        return LinkState("good", formatting.milliseconds(event.round_trip_ms), "The terminal answers.")
    tones = {"connecting": ("warning", "connecting"), "lost": ("bad", "lost")}
    tone, value = tones.get(event.state, ("mute", "off"))
    return LinkState(tone, value, event.detail or "No terminal is connected. Choose one in Settings.")


def bridge_state(event: "BridgeChanged", since_event: float) -> LinkState:
    """Returns what the bridge's link shows, `since_event` seconds after the event."""
    if event.state == "missing":
        return LinkState("mute", "none", event.detail or "The bridge is not installed in this terminal.")
    if event.state == "lost":
        return LinkState("bad", "lost", event.detail or "The bridge EA stopped answering.")
    age = formatting.age((event.age_seconds or 0.0) + since_event)
    if event.state == "trading_off":
        return LinkState("warning", "no trading", event.detail or "The bridge answers, but EAs may not trade.")
    return LinkState("good", age, f"The bridge EA answered {age} ago.")


def prices_state(seconds: float | None) -> LinkState:
    """Returns what the price link shows, given the age of the last quote."""
    if seconds is None:
        return LinkState("mute", "none", "No quote has arrived yet.")
    age = formatting.age(seconds)
    if seconds < QUIET_PRICES_SECONDS:
        return LinkState("good", age, f"The last quote came {age} ago.")
    tone = "warning" if seconds < STALE_PRICES_SECONDS else "bad"
    return LinkState(tone, age, f"The last quote came {age} ago. The market may be closed, or the terminal is offline.")


def cloud_state(event: "CloudLinkChanged") -> LinkState:
    """Returns what the cloud's link shows."""
    match event.state:
        case "connected" if event.queued:
            return LinkState("warning", f"{event.queued} queued", "Connected; what happened is being uploaded.")
        case "connected":
            return LinkState("good", formatting.milliseconds(event.round_trip_ms), "The cloud answers.")
        case "connecting":
            return LinkState("warning", "connecting", event.detail or "Connecting to the cloud.")
        case "unreachable":
            value = f"{event.queued} queued" if event.queued else "offline"
            return LinkState("warning", value, event.detail or "The cloud can't be reached. Trading goes on.")
        case "refused":
            return LinkState("bad", "refused", event.detail or "The cloud refused this computer. Pair it again.")
        case _:
            return LinkState("mute", "off", event.detail or "This computer is not paired with the cloud.")


class LinkIndicator(QPushButton):
    """A dot, a name and a value. Pressing it tells the whole sentence."""

    def __init__(self, theme: Theme, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(f"link.{name}")
        self.setProperty("kind", "ghost")
        self.setFlat(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._title = title
        self._dot = StatusDot(theme)
        self._name = label(title, "small")
        self._value = label("", "link-value", f"link.{name}.value")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 2, 6, 2)
        self._row.setSpacing(5)
        for widget in (self._dot, self._name, self._value):
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._row.addWidget(widget)
        self.state = OFF
        self.show_state(OFF)
        self.clicked.connect(self._tell)

    def show_state(self, state: LinkState) -> None:
        """Shows a state."""
        self.state = state
        self._dot.set_tone(state.tone)
        if self._value.text() != tr(state.value):
            self._value.setText(state.value)
            self.setMinimumWidth(self._row.sizeHint().width())
        self.setToolTip(tr(state.detail))
        self.setAccessibleName(f"{tr(self._title)}: {tr(state.value)}. {tr(state.detail)}")

    def set_room(self, *, values: bool, names: bool) -> None:
        """Hides value and name where there is little room; dot and tooltip stay."""
        self._value.setVisible(values)
        self._name.setVisible(names)
        self.setMinimumWidth(self._row.sizeHint().width())

    def _tell(self) -> None:
        QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), tr(self.state.detail), self)


class Links(QWidget):
    """The four links in a row; ages tick between events."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("links")
        self.terminal = LinkIndicator(theme, "terminal", "Terminal")
        self.bridge = LinkIndicator(theme, "bridge", "Bridge")
        self.prices = LinkIndicator(theme, "prices", "Prices")
        self.cloud = LinkIndicator(theme, "cloud", "Cloud")
        self._indicators = (self.terminal, self.bridge, self.prices, self.cloud)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for indicator in self._indicators:
            layout.addWidget(indicator)
        self._bridge: tuple[BridgeChanged, float] | None = None
        self._last_tick: float | None = None
        self._cloud: CloudLinkChanged | None = None
        self._events: EventLog | None = None
        self._queued_since: float | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(TICK_MS)
        self._clock.timeout.connect(self.refresh)

    def attach(self, context: AppContext) -> None:
        """Shows the links of an agent from now on."""
        signals = context.signals
        self._events = context.agent.events
        signals.terminal_link.connect(self.show_terminal)
        signals.bridge.connect(self.show_bridge)
        signals.cloud_link.connect(self.show_cloud)
        signals.ticks.connect(self.note_tick)
        self.show_terminal(context.agent.terminal.link)
        self.show_bridge(context.agent.ea.bridge)
        self.show_cloud(context.agent.cloud.state)
        self._clock.start()

    def set_room(self, *, values: bool, names: bool) -> None:
        """Hides values and names where there is little room."""
        for indicator in self._indicators:
            indicator.set_room(values=values, names=names)

    def show_terminal(self, event: "TerminalLinkChanged") -> None:
        """Shows the terminal's link."""
        self.terminal.show_state(terminal_state(event))

    def show_bridge(self, event: "BridgeChanged") -> None:
        """Shows the bridge's link."""
        self._bridge = (event, time.monotonic())
        self.refresh()

    def show_cloud(self, event: "CloudLinkChanged") -> None:
        """Shows the cloud's link."""
        self._cloud = event
        self.refresh()

    def note_tick(self, _ticks: object = None) -> None:
        """A quote has arrived."""
        self._last_tick = time.monotonic()

    def refresh(self) -> None:
        """Brings the ages up to date."""
        now = time.monotonic()
        self.prices.show_state(prices_state(None if self._last_tick is None else now - self._last_tick))
        if self._bridge is not None:
            event, since = self._bridge
            self.bridge.show_state(bridge_state(event, now - since))
        if self._cloud is not None:
            self.cloud.show_state(cloud_state(replace(self._cloud, queued=self._waiting(now, self._cloud.queued))))

    def _waiting(self, now: float, told: int) -> int:
        """What has waited for the cloud long enough to be worth telling."""
        queued = self._events.queued if self._events is not None else told
        self._queued_since = (self._queued_since or now) if queued else None
        return queued if self._queued_since is not None and now - self._queued_since > SETTLED_SECONDS else 0

    def detach(self) -> None:
        """Stops looking at the agent."""
        self._clock.stop()
        self._events = None
