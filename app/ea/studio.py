"""What the EAs page does: opens, saves, checks, compiles and deploys versions."""

import asyncio
import time
from uuid import UUID, uuid4

from PySide6.QtCore import QObject, QTimer, Signal

from agent_core.ea.models import EaProject, EaVersion
from agent_core.protocol.base import WireModel
from agent_core.protocol.ea import DiagnosticModel
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import (
    BacktestOutcome,
    BacktestPayload,
    CompileOutcome,
    CompilePayload,
    DeploymentPayload,
    DeployPayload,
    JobStatus,
    JobType,
)
from agent_core.protocol.market import Timeframe
from app.context import AppContext
from app.ea.backtest import BacktestChoice
from app.ea.dialogs import DeployChoice
from app.ea.editor import MqlEditor
from app.ea.output import COMPILE_LOG_TAB, LIVE_LOG_TAB, PROBLEMS_TAB, TEST_TAB, OutputPanel
from app.ea.pipeline import PipelineBar, errors_text

CHECK_AFTER_MS = 350


class EaStudio(QObject):
    """Holds which version is open and carries it along the pipeline.

    Signals:
        opened: another version, or none, is open.
    """

    opened = Signal()

    def __init__(self, context: AppContext, editor: MqlEditor, output: OutputPanel, pipeline: PipelineBar) -> None:
        super().__init__(editor)
        self._context = context
        self._editor = editor
        self._output = output
        self._pipeline = pipeline
        self.project: EaProject | None = None
        self.version: EaVersion | None = None
        self.shown_deployment: UUID | None = None
        self._reports: dict[UUID, BacktestOutcome] = {}
        self._checks = QTimer(self)
        self._checks.setSingleShot(True)
        self._checks.setInterval(CHECK_AFTER_MS)
        self._checks.timeout.connect(lambda: context.tasks.start(self.check()))
        editor.edited.connect(self._edited)

    @property
    def dirty(self) -> bool:
        """Whether the editor holds what no version does."""
        saved = self.version.source.replace("\r\n", "\n") if self.version else ""
        return self._editor.toPlainText() != saved

    def open_version(self, version_id: UUID) -> None:
        """Shows a version with what is known of it."""
        version = self._context.agent.ea.version(version_id)
        self.project = next(item for item in self._context.agent.ea.projects() if item.id == version.project_id)
        self.version = version
        self._editor.load(version.source)
        self._show_findings(version.diagnostics)
        self._pipeline.reset()
        if version.origin == "generated":
            self._pipeline.show_step("Generate", "done")
        if version.status == "compiled":
            self._pipeline.show_step("Compile", "done")
        elif version.status == "error":
            self._pipeline.show_step("Compile", "failed", errors_text(version.diagnostics))
        self._show_deployment()
        self._show_report()
        self.opened.emit()
        self._context.tasks.start(self.check())

    def open_project(self, project: EaProject) -> None:
        """Shows a project: its newest version, or an empty source."""
        versions = self._context.agent.ea.versions(project.id)
        if versions:
            self.open_version(versions[0].id)
            return
        self.project, self.version = project, None
        self._editor.load("")
        self._show_findings(())
        self._pipeline.reset()
        self.opened.emit()

    def save(self) -> EaVersion:
        """Keeps the editor's text as a version; the same text again is the version that is there.

        Raises:
            ForexEliteError: there is nothing to keep.
        """
        source = self._editor.toPlainText()
        if self.project is None or not source.strip():
            raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "There is no source yet. Write or generate one first.")
        if self.version is None or self.dirty:
            self.version = self._context.agent.ea.save_version(self.project.id, source)
            self.opened.emit()
        return self.version

    async def check(self) -> None:
        """Checks what the editor holds; what MetaEditor and the house's rules said of the same text stays."""
        source = self._editor.toPlainText()
        if not source.strip():
            self._show_findings(())
            return
        began = time.monotonic()
        found = await self._context.agent.ea.check(source)
        if source != self._editor.toPlainText():
            return
        findings = tuple(
            DiagnosticModel(
                line=item.line, column=item.column, severity=item.severity, code=item.code, message=item.message,
                file=item.file,
            )
            for item in found
        )  # fmt: skip
        text = errors_text(findings)
        self._pipeline.show_step("Check", "done" if text == "0 errors" else "failed", text)
        self._output.note(f"MQL5 · UTF-8 · checked in {(time.monotonic() - began) * 1000:.0f} ms")
        if self.version is not None and not self.dirty:
            others = tuple(item for item in self.version.diagnostics if item.origin != "check")
            said = {(item.line, item.message) for item in others}
            findings = others + tuple(item for item in findings if (item.line, item.message) not in said)
        self._show_findings(findings)

    async def compile(self) -> CompileOutcome:
        """Saves and compiles with MetaEditor.

        Raises:
            ForexEliteError: MetaEditor could not do its work.
        """
        version = self.save()
        project = self.project
        assert project is not None  # noqa: S101  # save() made sure
        self._pipeline.reset(after="Check")
        self._pipeline.show_step("Compile", "active", "MetaEditor")
        payload = CompilePayload(
            version_id=version.id, project_id=project.id, project_name=project.name, version_number=version.number,
            source_code=version.source, source_sha256=version.sha256,
        )  # fmt: skip
        try:
            outcome = CompileOutcome.model_validate(await self._job(JobType.COMPILE, payload))
        except ForexEliteError:
            self._pipeline.show_step("Compile", "failed")
            raise
        self.version = self._context.agent.ea.version(version.id)
        self._output.show_compile_log(outcome.log)
        self._show_findings(tuple(outcome.diagnostics))
        note = f"{outcome.elapsed_ms} ms" if outcome.success and outcome.elapsed_ms is not None else ""
        self._pipeline.show_step(
            "Compile", "done" if outcome.success else "failed", note or errors_text(outcome.diagnostics)
        )
        self._output.show_tab(COMPILE_LOG_TAB if outcome.success else PROBLEMS_TAB)
        self.opened.emit()
        return outcome

    async def test(self, choice: BacktestChoice) -> None:
        """Compiles if need be, runs the strategy tester and shows its report.

        Raises:
            ForexEliteError: the version does not compile, or the tester reports nothing.
        """
        version = await self._compiled("test")
        timeframe: Timeframe = choice.timeframe  # type: ignore[assignment]  # the dialog offers these alone
        payload = BacktestPayload.model_validate(
            {
                "version_id": version.id, "symbol": choice.symbol, "timeframe": timeframe, "model": choice.model,
                "from_date": choice.from_date, "to_date": choice.to_date, "deposit": choice.deposit,
                "inputs": choice.inputs,
            }
        )  # fmt: skip
        outcome = BacktestOutcome.model_validate(await self._step("Test", JobType.TEST, payload))
        self._reports[version.id] = outcome
        sign = "+" if outcome.net_profit > 0 else ""
        self._pipeline.show_step("Test", "done", f"{sign}{outcome.net_profit} {outcome.currency}")
        self._output.test_report.show_outcome(outcome)
        self._output.show_tab(TEST_TAB)

    async def _compiled(self, then: str) -> EaVersion:
        """Saves, and compiles what is not compiled yet."""
        version = self.save()
        if version.status != "compiled" and not (await self.compile()).success:
            raise ForexEliteError(
                ErrorCode.COMPILE_FAILED, f"MetaEditor found errors. Mend them (see Problems), then {then} again."
            )
        return version

    async def deploy(self, choice: DeployChoice) -> None:
        """Compiles if need be, copies the program into the terminal and runs it on a chart of its own."""
        version = await self._compiled("deploy")
        deployment_id = uuid4()
        timeframe: Timeframe = choice.timeframe  # type: ignore[assignment]  # the dialog offers these alone
        payload = DeployPayload(
            deployment_id=deployment_id, version_id=version.id, symbol=choice.symbol, timeframe=timeframe,
            allow_trading=choice.allow_trading, inputs=choice.inputs,
        )  # fmt: skip
        await self._step("Deploy", JobType.DEPLOY, payload)
        await self._step("Run", JobType.START, DeploymentPayload(deployment_id=deployment_id))
        self._output.show_tab(LIVE_LOG_TAB)
        self._show_deployment()

    async def _step(self, name: str, kind: JobType, payload: WireModel) -> object:
        self._pipeline.show_step(name, "active")
        try:
            result = await self._job(kind, payload)
        except (ForexEliteError, asyncio.CancelledError):
            self._pipeline.show_step(name, "failed")
            raise
        self._pipeline.show_step(name, "done")
        return result

    async def _job(self, kind: JobType, payload: WireModel) -> object:
        outcome = await self._context.agent.jobs.run(kind, payload)
        if outcome.status != JobStatus.COMPLETED:
            raise ForexEliteError(
                outcome.error_code or ErrorCode.INTERNAL_ERROR,
                outcome.error_detail or f"The job ended as {outcome.status}. Try again.",
            )
        return outcome.result

    def _edited(self) -> None:
        self._pipeline.reset(after="Generate")
        self._checks.start()

    def _show_findings(self, findings: tuple[DiagnosticModel, ...]) -> None:
        self._editor.show_findings(findings)
        self._output.show_findings(findings)

    def show_log(self) -> None:
        """Shows what the shown deployment's EA wrote so far."""
        shown = self.shown_deployment
        self._output.show_live_log(self._context.agent.ea.logs(shown) if shown else [])

    def _show_report(self) -> None:
        """Shows the last test of the open version since the program's start."""
        report = self._reports.get(self.version.id) if self.version else None
        self._output.test_report.show_outcome(report)
        if report is not None:
            self._pipeline.show_step("Test", "done")

    def _show_deployment(self) -> None:
        mine = [item for item in self._context.agent.ea.deployments() if item.version_id == self._version_id]
        running = next((item for item in mine if item.status == "running"), None)
        shown = running or (mine[0] if mine else None)
        self.shown_deployment = shown.id if shown else None
        if shown is not None:
            self._pipeline.show_step("Deploy", "done", shown.symbol)
        if running is not None:
            self._pipeline.show_step("Run", "done", "running")
        self.show_log()

    @property
    def _version_id(self) -> UUID | None:
        return self.version.id if self.version else None
