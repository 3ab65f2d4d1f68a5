"""The EAs page: library at the left, editor in the middle, generation at the right."""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from agent_core.ea.events import EaLogged
from agent_core.ea.inputs import EaInput, inputs_of
from agent_core.ea.models import EaVersion
from agent_core.protocol.ea import Clarification
from app.context import AppContext
from app.ea.backtest import BacktestDialog
from app.ea.comparing import VersionComparison
from app.ea.dialogs import DeployDialog, NewProjectDialog
from app.ea.diff import ComparisonPanel
from app.ea.editor import MqlEditor
from app.ea.generation import GenerationPanel
from app.ea.library import LibraryPanel
from app.ea.output import DIFF_TAB, OutputPanel
from app.ea.pipeline import PipelineBar
from app.ea.studio import EaStudio
from app.ea.writing import Writer
from app.widgets.dialogs import answer_of
from app.widgets.labels import separator

LIBRARY_WIDTH, GENERATION_WIDTH = 262, 330
COMPARE_AFTER_MS = 400
_NAME_LENGTH = 34
_SMALL_WORDS = {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}


class EasPage(QWidget):
    """Write, check, compile and deploy Expert Advisors."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setObjectName("eas")
        self._context = context
        self._job: asyncio.Task[Any] | None = None
        theme = context.theme
        self._library = LibraryPanel(theme)
        self._pipeline = PipelineBar()
        self._editor = MqlEditor(theme)
        self._output = OutputPanel(theme)
        self._generation = GenerationPanel()
        self._changes = ComparisonPanel()
        self._comparison = VersionComparison(context, self._changes, self._output.diff)
        self._told: UUID | None = None
        self._edits = QTimer(self)
        self._edits.setSingleShot(True)
        self._edits.setInterval(COMPARE_AFTER_MS)
        self._edits.timeout.connect(self._compare)
        self._studio = EaStudio(context, self._editor, self._output, self._pipeline)
        self._writer = Writer(context, self._generation, self._editor, self._pipeline)
        self._lay_out()
        self._connect()
        self._reload()
        projects = context.agent.ea.projects()
        if projects:
            self._studio.open_project(projects[0])
        self._enable()
        context.tasks.start(self._writer.show_usage())

    def _lay_out(self) -> None:
        work = QSplitter(Qt.Orientation.Vertical)
        work.addWidget(self._editor)
        work.addWidget(self._output)
        work.setStretchFactor(0, 3)
        work.setStretchFactor(1, 1)
        work.setSizes([640, 210])
        columns = QSplitter(Qt.Orientation.Horizontal)
        middle = QWidget()
        rows = QVBoxLayout(middle)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(1)
        rows.addWidget(self._pipeline)
        rows.addWidget(work, 1)
        left = QWidget()
        left.setProperty("role", "panel")
        versions = QVBoxLayout(left)
        versions.setContentsMargins(0, 0, 0, 0)
        versions.setSpacing(0)
        versions.addWidget(self._library, 1)
        versions.addWidget(separator())
        versions.addWidget(self._changes)
        for panel, stretch in ((left, 0), (middle, 1), (self._generation, 0)):
            columns.addWidget(panel)
            columns.setStretchFactor(columns.count() - 1, stretch)
        columns.setSizes([LIBRARY_WIDTH, 900, GENERATION_WIDTH])
        columns.setChildrenCollapsible(False)
        left.setMinimumWidth(LIBRARY_WIDTH - 30)
        self._generation.setMinimumWidth(GENERATION_WIDTH - 30)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(columns)

    def _connect(self) -> None:
        signals = self._context.signals
        self._library.version_chosen.connect(self._open)
        self._library.project_chosen.connect(self._open_project)
        self._library.new_wanted.connect(lambda: self._start(self._new_project("")))
        self._generation.asked.connect(lambda text: self._start(self._generate(text)))
        self._generation.answered.connect(lambda answers: self._start(self._go_on(answers)))
        self._generation.cancelled.connect(self._cancel)
        self._output.repair_wanted.connect(lambda: self._start(self._repair()))
        self._comparison.lines_wanted.connect(lambda: self._output.show_tab(DIFF_TAB))
        self._output.place_chosen.connect(self._editor.go_to)
        self._pipeline.save.clicked.connect(lambda: self._start(self._save()))
        self._pipeline.compile.clicked.connect(lambda: self._start(self._studio.compile()))
        self._output.test_report.test_wanted.connect(lambda: self._start(self._test()))
        self._pipeline.deploy.clicked.connect(lambda: self._start(self._deploy()))
        self._pipeline.cancel.clicked.connect(self._cancel)
        self._studio.opened.connect(self._opened)
        self._editor.edited.connect(self._enable)
        self._editor.edited.connect(self._edits.start)
        signals.library.connect(self._reload)
        signals.deployment.connect(lambda _deployment: self._reload())
        signals.ea_log.connect(self._logged)

    def _start(self, work: Any) -> None:
        """Runs one thing at a time; its end gives the buttons back."""
        if self._job is not None and not self._job.done():
            work.close()
            self._context.toasts.info("Wait for the present step to end, or cancel it.")
            return
        self._job = self._context.tasks.start(work)
        self._job.add_done_callback(lambda _task: self._enable())
        self._enable()

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    async def _new_project(self, suggestion: str) -> None:
        dialog = NewProjectDialog(self, suggestion)
        if await answer_of(dialog):
            self._studio.open_project(self._context.agent.ea.create_project(dialog.name.text().strip()))
            self._reload()
            self._editor.setFocus()

    async def _generate(self, description: str) -> None:
        project = self._studio.project
        if project is None:
            project = self._context.agent.ea.create_project(_name_of(description))
            self._studio.open_project(project)
        base = self._studio.save() if self._editor.toPlainText().strip() else None
        await self._show_written(self._writer.write(project, description, base))

    async def _go_on(self, answers: tuple[Clarification, ...]) -> None:
        await self._show_written(self._writer.go_on(answers))

    async def _repair(self) -> None:
        """Keeps what is in the editor, and has the generator mend what was found in it."""
        wanting = [item for item in self._output.findings if item.severity == "error" or item.origin == "rules"]
        version, project = self._studio.save(), self._studio.project
        if project is not None:
            await self._show_written(self._writer.repair(project, version, wanting))

    async def _show_written(self, writing: Coroutine[Any, Any, EaVersion | None]) -> None:
        """Opens what was written; the panel goes on telling how that went. Without a version the old text is back."""
        written: EaVersion | None = None
        try:
            written = await writing
        finally:
            shown = written or self._studio.version
            if shown is not None:
                self._told = shown.id
                self._studio.open_version(shown.id)
            else:
                self._editor.load("")

    async def _save(self) -> None:
        version = self._studio.save()
        self._context.toasts.success(f"Saved as version {version.number}.")

    async def _test(self) -> None:
        title, names = await self._title_and_symbols()
        dialog = BacktestDialog(self, title, names, names[0] if names else "EURUSD", self._inputs())
        if await answer_of(dialog):
            await self._studio.test(dialog.choice)

    def _inputs(self) -> list[EaInput]:
        return inputs_of(self._editor.toPlainText())

    async def _title_and_symbols(self) -> tuple[str, list[str]]:
        """Keeps the text; returns the version's name and the symbols there are."""
        version = self._studio.save()
        names = [symbol.name for symbol in await self._context.agent.terminal.symbols()]
        return f"{self._studio.project.name if self._studio.project else ''} v{version.number}", names

    async def _deploy(self) -> None:
        title, names = await self._title_and_symbols()
        agent = self._context.agent
        live = agent.terminal.account is not None and agent.terminal.account.live
        dialog = DeployDialog(self, title, names, names[0] if names else "EURUSD", live=live, inputs=self._inputs())
        if await answer_of(dialog):
            choice = dialog.choice
            await self._studio.deploy(choice)
            self._context.toasts.success(f"{title} runs on {choice.symbol}.")

    def _open(self, version_id: UUID) -> None:
        if self._studio.version is None or version_id != self._studio.version.id:
            if self._studio.dirty and self._studio.project is not None and self._editor.toPlainText().strip():
                kept = self._studio.save()
                self._context.toasts.info(f"Your changes were kept as version {kept.number}.")
            self._studio.open_version(version_id)

    def _open_project(self, project_id: UUID) -> None:
        self._studio.open_project(next(item for item in self._context.agent.ea.projects() if item.id == project_id))

    def _opened(self) -> None:
        self._reload()
        self._enable()
        self._compare()
        version = self._studio.version
        identity = version.id if version else None
        if identity != self._told:
            self._told = identity
            self._generation.show_version(version)

    def _compare(self) -> None:
        self._comparison.show(self._studio.version, self._editor.toPlainText())

    def _reload(self, *_ignored: object) -> None:
        ea = self._context.agent.ea
        library = [(project, ea.versions(project.id)) for project in ea.projects()]
        current = self._studio.version.id if self._studio.version else None
        self._library.show_library(library, ea.deployments(), current)

    def _logged(self, event: EaLogged) -> None:
        if self._studio.shown_deployment == event.deployment_id:
            self._studio.show_log()

    def _enable(self) -> None:
        busy = self._job is not None and not self._job.done()
        source = bool(self._editor.toPlainText().strip()) and self._studio.project is not None
        self._pipeline.save.setEnabled(source and not busy and self._studio.dirty)
        self._pipeline.compile.setEnabled(source and not busy)
        self._output.test_report.set_ready(source and not busy)
        self._pipeline.deploy.setEnabled(source and not busy)
        self._pipeline.cancel.setVisible(busy)


def _name_of(description: str) -> str:
    """A short name out of a description's first words; it doesn't end in a word that wants to go on."""
    words = re.split(r"[.,;:\n]", description, maxsplit=1)[0].split()
    while words and (len(" ".join(words)) > _NAME_LENGTH or words[-1].lower() in _SMALL_WORDS):
        words.pop()
    return " ".join(words) or "New EA"
