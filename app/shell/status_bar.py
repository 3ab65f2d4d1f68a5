"""The status bar: what is stored, what waits, the server's time, the version."""

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout

from app import formatting
from app.context import AppContext
from app.language import tr
from app.shell.frame import STATUS_BAR_HEIGHT
from app.shell.layout_menu import LayoutMenu
from app.widgets.labels import label

TICK_MS = 1000


class StatusBar(QFrame):
    """One line at the bottom. Pages may put a note of their own in its middle."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusbar")
        self.setFixedHeight(STATUS_BAR_HEIGHT)
        self._store = label("", "tiny", "statusbar.store")
        self._queue = label("", "tiny", "statusbar.queue")
        self.layouts = LayoutMenu()
        self._clock = label("", "tiny", "statusbar.clock")
        self._version = label("", "tiny", "statusbar.version")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(24)
        layout.addWidget(self._store)
        layout.addWidget(self._queue)
        layout.addStretch(1)
        layout.addWidget(self.layouts)
        layout.addWidget(self._clock)
        layout.addWidget(self._version)
        self._context: AppContext | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.refresh)

    def attach(self, context: AppContext) -> None:
        """Shows the state of an agent from now on."""
        from importlib.metadata import version  # noqa: PLC0415  # takes longer than all the bar

        self.layouts.attach(context)
        self._version.setText(f"v{version('forexelite-pro')}")
        self._context = context
        self.refresh()
        self._timer.start()

    def detach(self) -> None:
        """Stops looking at the agent."""
        self._timer.stop()
        self._context = None

    def refresh(self) -> None:
        """Reads the numbers again."""
        if self._context is None:
            return
        events = self._context.agent.events
        queued = events.queued
        self._store.setText(tr(f"Local store: synced to {formatting.number(events.last_seq - queued, 0)}"))
        self._queue.setText(
            f"{formatting.number(queued, 0)} event{'' if queued == 1 else 's'} queued for the cloud"
            if queued
            else tr("Nothing waits for the cloud")
        )
        terminal = self._context.agent.terminal
        self._clock.setText(server_clock(datetime.now(UTC), terminal.clock.offset if terminal.connected else None))


def server_clock(now: datetime, offset: int | None) -> str:
    """Returns the broker's wall clock, `offset` seconds ahead of UTC; UTC itself when it is not known."""
    if offset is None:
        return f"{now:%H:%M:%S} UTC"
    sign = "+" if offset >= 0 else formatting.MINUS
    return f"Server {now + timedelta(seconds=offset):%H:%M:%S} (UTC{sign}{abs(offset) / 3600:g})"
