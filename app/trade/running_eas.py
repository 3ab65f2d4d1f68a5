"""The short list of Expert Advisors under the ticket."""

from datetime import UTC, datetime

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from agent_core.ea.models import EaDeployment
from app import formatting
from app.context import AppContext
from app.language import tr
from app.widgets.labels import SectionHeader, label, set_tone

_TONES = {"running": "good", "stopped": "mute", "error": "bad", "offline": "warning"}


class _EaRow(QWidget):
    """One deployment: name and state at the left, floating result at the right."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 5, 14, 5)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(1)
        self.name, self.place = label("", "strong"), label("", "tiny")
        self.state, self.profit = label("", "tiny"), label("")
        grid.addWidget(self.name, 0, 0, 1, 2)
        grid.addWidget(self.place, 1, 0)
        grid.addWidget(self.state, 1, 1)
        grid.addWidget(self.profit, 0, 2, 2, 1)
        grid.setColumnStretch(1, 1)

    def show_deployment(self, deployment: EaDeployment, now: datetime) -> None:
        """Takes over a deployment's state."""
        self.name.setText(f"{deployment.project_name} v{deployment.version_number}")
        self.place.setText(f"{deployment.symbol} {deployment.timeframe} ·")
        status = str(deployment.status)
        beat = formatting.age(formatting.seconds_since(deployment.last_beat, now))
        if status == "running" and deployment.last_beat is not None:
            self.state.setText(tr(f"running · ♥ {beat}"))
        else:
            self.state.setText(f"{status}: {deployment.last_error}" if deployment.last_error else status)
        self.state.setToolTip(deployment.last_error or "")
        set_tone(self.state, "bad" if deployment.last_error else _TONES.get(status, "mute"))
        profit = deployment.beat.profit if deployment.beat is not None and status == "running" else None
        self.profit.setText("" if profit is None else formatting.money(profit, signed=True))
        set_tone(self.profit, formatting.tone(profit))


class RunningEas(QWidget):
    """What runs on the terminal's charts, with the age of the last sign of life."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("running_eas")
        self._context = context
        self._rows: list[_EaRow] = []
        self._count = label("", "small")
        self._empty = label(
            "No EA runs. Write or generate one under EAs, then deploy it to a chart.", "mute", wrap=True
        )
        self._empty.setContentsMargins(14, 4, 14, 4)
        inner = QWidget()
        inner.setProperty("role", "scrolled")
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._list.addWidget(self._empty)
        self._list.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setAccessibleName(tr("Running EAs"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(SectionHeader("Running EAs", self._count))
        layout.addWidget(area, 1)
        context.signals.deployment.connect(self.refresh)
        context.signals.library.connect(self.refresh)
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self.refresh()

    def refresh(self, _event: object = None) -> None:
        """Shows the deployments as they are now."""
        deployments = self._context.agent.ea.deployments()
        while len(self._rows) < len(deployments):
            row = _EaRow()
            self._list.insertWidget(len(self._rows), row)
            self._rows.append(row)
        while len(self._rows) > len(deployments):
            self._rows.pop().deleteLater()
        now = datetime.now(UTC)
        for row, deployment in zip(self._rows, deployments, strict=True):
            row.show_deployment(deployment, now)
        running = sum(1 for deployment in deployments if str(deployment.status) == "running")
        self._count.setText(f"{running} {tr('of')} {len(deployments)}" if deployments else "")
        self._empty.setVisible(not deployments)

    def _tick(self) -> None:
        if self._rows and self.isVisible():
            self.refresh()
