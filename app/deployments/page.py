"""The deployments page: a table of EAs on charts, buttons to run and stop them, and the log of the chosen one."""

from uuid import UUID

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from agent_core.ea.models import EaDeployment
from agent_core.jobs.events import JobProgressed
from agent_core.protocol.jobs import DeploymentPayload, JobStatus, JobType
from app.context import AppContext
from app.deployments.columns import COLUMNS, STATUS_TONES
from app.deployments.log_panel import LogPanel
from app.widgets.buttons import button
from app.widgets.empty_state import EmptyState
from app.widgets.labels import Pill, SectionHeader, label, separator
from app.widgets.table import RowsModel, table_view

TICK_MS = 1000


class DeploymentsPage(QWidget):
    """EAs on charts. `library_wanted` when the trader should choose an EA first."""

    library_wanted = Signal()

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("page.deploy")
        self._context = context
        self._busy: set[UUID] = set()
        self.model = RowsModel(context.theme, COLUMNS, self)
        self.table = table_view(self.model, "deploy.table")
        self.log = LogPanel(context)
        self._title = label("", "strong", "deploy.selected")
        self._pill = Pill("", "neutral", "deploy.status")
        self._progress = label("", "dim", "deploy.progress")
        self.run_button = button("Run", "deploy.run", "primary", lambda: self._act(JobType.START))
        self.stop_button = button("Stop", "deploy.stop", "danger", lambda: self._act(JobType.STOP))
        self._stack = QStackedWidget()
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._show_selected())
        context.signals.deployment.connect(self._on_deployment)
        context.signals.job.connect(self._on_job)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.model.refresh)
        self._timer.start()
        self.reload()

    @property
    def selected(self) -> EaDeployment | None:
        """The deployment that is chosen in the table."""
        row = self.table.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def reload(self) -> None:
        """Reads the deployments again; the choice stays."""
        chosen = self.selected.id if self.selected else None
        rows = self._context.agent.ea.deployments()
        self.model.set_rows(rows)
        self._stack.setCurrentIndex(1 if rows else 0)
        position = next((number for number, row in enumerate(rows) if row.id == chosen), 0)
        if rows:
            self.table.selectionModel().setCurrentIndex(
                self.model.index(position, 0),
                QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows,
            )
        self._show_selected()

    def _act(self, kind: JobType) -> None:
        if self.selected is not None:
            self._context.tasks.start(self._run_job(kind, self.selected))

    async def _run_job(self, kind: JobType, deployment: EaDeployment) -> None:
        self._busy.add(deployment.id)
        self._show_selected()
        try:
            outcome = await self._context.agent.jobs.run(kind, DeploymentPayload(deployment_id=deployment.id))
        finally:
            self._busy.discard(deployment.id)
            self._progress.clear()
            self.reload()
        name = f"{deployment.project_name} v{deployment.version_number}"
        if outcome.status is not JobStatus.COMPLETED:
            verb = "started" if kind is JobType.START else "stopped"
            self._context.toasts.error(outcome.error_detail or f"{name} could not be {verb}.")
        else:
            self._context.toasts.success(f"{name} {'runs' if kind is JobType.START else 'is stopped'}.")

    def _on_deployment(self, deployment: EaDeployment) -> None:
        rows = self.model.rows
        for number, row in enumerate(rows):
            if row.id == deployment.id:
                self.model.set_rows([*rows[:number], deployment, *rows[number + 1 :]])
                self._show_selected()
                return
        self.reload()

    def _on_job(self, event: JobProgressed) -> None:
        if self._busy and event.type in (JobType.START, JobType.STOP):
            self._progress.setText(event.text)

    def _show_selected(self) -> None:
        chosen = self.selected
        if chosen is None:
            self._title.clear()
            self._pill.hide()
            self.log.show_deployment(None)
        else:
            name = f"{chosen.project_name} v{chosen.version_number}"
            self._title.setText(f"{name} · {chosen.symbol} {chosen.timeframe}")
            self._pill.show_state(chosen.status, STATUS_TONES.get(chosen.status, "neutral"))
            self._pill.show()
            self.log.show_deployment(chosen.id, name)
        idle = chosen is not None and chosen.id not in self._busy
        running = chosen is not None and chosen.desired == "running"
        self.run_button.setEnabled(idle and not running)
        self.stop_button.setEnabled(idle and running)

    def _lay_out(self) -> None:
        empty = EmptyState(
            self._context.theme,
            "deploy.empty",
            icon="deploy",
            title="No EA is deployed yet",
            text="Write or generate an EA, compile it, and deploy it to a chart. From here it is run and watched.",
            action="Open the EA library",
            on_action=self.library_wanted.emit,
        )
        actions = QWidget()
        row = QHBoxLayout(actions)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(10)
        for widget in (self._title, self._pill):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self._progress)
        row.addWidget(self.run_button)
        row.addWidget(self.stop_button)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(SectionHeader("Deployments"))
        column.addWidget(self.table, 1)
        column.addWidget(separator())
        column.addWidget(actions)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setObjectName("deploy.splitter")
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(upper)
        splitter.addWidget(self.log)
        splitter.setSizes([520, 380])
        self._stack.addWidget(empty)
        self._stack.addWidget(splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
