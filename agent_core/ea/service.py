"""Everything about Expert Advisors behind one door: library, compiler, deployments, bridge."""

import asyncio
import re
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from agent_core.ea.artifacts import BuiltArtifact, file_sha256
from agent_core.ea.bridge import judge_bridge
from agent_core.ea.bridge_install import BridgeInstaller
from agent_core.ea.chart_files import ChartExpert, experts_folder, template_bytes
from agent_core.ea.compiler import Compiler
from agent_core.ea.deployments import Deployments
from agent_core.ea.events import BridgeChanged
from agent_core.ea.files import replace_file
from agent_core.ea.inputs import check_values, inputs_of
from agent_core.ea.library import EaLibrary
from agent_core.ea.models import EaDeployment, EaLogLine, EaProject, EaVersion, VersionOrigin
from agent_core.ea.progress import Progress, silent
from agent_core.ea.runner import EaRunner
from agent_core.ea.watcher import EaWatcher
from agent_core.events import EventBus
from agent_core.protocol.ea import Brief, DiagnosticModel
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import BacktestOutcome, BacktestPayload, CompileOutcome, CompilePayload, DeployPayload
from agent_core.settings import TESTER_FOLDER, AgentSettings
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.terminal.models import Account, SymbolSpec, TerminalInstall

if TYPE_CHECKING:  # a window trades before it checks and tests EAs
    from agent_core.ea.tester import StrategyTester
    from agent_core.mql import Diagnostic

_HEARTBEAT = re.compile(r'^\s*#include\s*[<"]ForexElite[\\/]+Heartbeat\.mqh[>"]', re.MULTILINE | re.IGNORECASE)


class TerminalDoor(Protocol):
    """What EAs need of the terminal service."""

    @property
    def install(self) -> TerminalInstall | None:
        """The connected terminal."""

    @property
    def account(self) -> Account | None:
        """The account as last read."""

    @property
    def account_problem(self) -> str:
        """One sentence while the account must be agreed to first, else empty."""

    async def symbol(self, name: str) -> SymbolSpec:
        """Returns a symbol as this broker names it."""


class EaService:
    """Expert Advisors of this computer. Use it from the event loop's thread."""

    def __init__(
        self, settings: AgentSettings, store: Store, bus: EventBus, events: EventLog, terminal: TerminalDoor
    ) -> None:
        self._folder = settings.data_folder
        self._launcher = tuple(settings.launcher)
        self._bus = bus
        self._terminal = terminal
        self._library = EaLibrary(store, bus, events)
        self._compiler = Compiler(self._folder / "compiles", settings.launcher, self._library, bus, events)
        self._deployments = Deployments(store, bus, events)
        self._watcher: EaWatcher | None = None

    # Library

    def projects(self) -> list[EaProject]:
        """Returns the projects, the newest first."""
        return self._library.projects()

    def create_project(self, name: str, *, project_id: UUID | None = None) -> EaProject:
        """Adds a project; see `EaLibrary.create_project`."""
        return self._library.create_project(name, project_id=project_id)

    def rename_project(self, project_id: UUID, name: str) -> EaProject:
        """Gives a project another name."""
        return self._library.rename_project(project_id, name)

    def delete_project(self, project_id: UUID) -> None:
        """Takes a project out of the list.

        Raises:
            ForexEliteError: one of its EAs still runs.
        """
        versions = {version.id for version in self._library.versions(project_id)}
        if any(found.version_id in versions and found.desired == "running" for found in self._deployments.all()):
            raise ForexEliteError(ErrorCode.CONFLICT, "An EA of this project runs. Stop it, then delete the project.")
        self._library.delete_project(project_id)

    def versions(self, project_id: UUID) -> list[EaVersion]:
        """Returns a project's versions, the newest first."""
        return self._library.versions(project_id)

    def version(self, version_id: UUID) -> EaVersion:
        """Returns a version."""
        return self._library.version(version_id)

    def adopt(self, payload: CompilePayload) -> EaVersion:
        """Keeps a version the cloud sent."""
        return self._library.adopt(payload)

    def save_version(
        self,
        project_id: UUID,
        source: str,
        *,
        origin: VersionOrigin = "manual",
        version_id: UUID | None = None,
        number: int | None = None,
        prompt: str | None = None,
        brief: Brief | None = None,
        diagnostics: tuple[DiagnosticModel, ...] = (),
    ) -> EaVersion:
        """Keeps a source as the next version; see `EaLibrary.save_version`."""
        return self._library.save_version(
            project_id,
            source,
            origin=origin,
            version_id=version_id,
            number=number,
            prompt=prompt,
            brief=brief,
            diagnostics=diagnostics,
        )

    # Check and compile

    async def check(self, source: str) -> "list[Diagnostic]":
        """Checks a source without MetaEditor, with the connected terminal's include files where there is one."""
        from agent_core.mql import check  # noqa: PLC0415  # see the module's head

        install = self._terminal.install
        folders = [install.data_folder / "MQL5" / "Include"] if install is not None else []
        report = await check(source, include_folders=folders)
        return list(report.diagnostics)

    async def compile(self, version_id: UUID, progress: Progress = silent) -> CompileOutcome:
        """Compiles a version with MetaEditor. Errors in the source are an outcome.

        Raises:
            ForexEliteError: no terminal is connected, or MetaEditor can't do its work.
        """
        return await self._compiler.compile(self._connected(), self._library.version(version_id), progress)

    async def test(self, payload: BacktestPayload, progress: Progress = silent) -> BacktestOutcome:
        """Tests a version in the strategy tester, compiled first if need be.

        Raises:
            ForexEliteError: no terminal is connected, the version does not compile, the days or inputs are wrong, or
                the tester reports nothing.
        """
        from agent_core.ea.backtests import backtest_outcome, backtest_setting  # noqa: PLC0415  # see the module's head

        install, account = self._connected(), self._terminal.account
        if account is None:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "MetaTrader is not signed in yet. Try again.")
        version = self._library.adopt(payload.compile) if payload.compile else self._library.version(payload.version_id)
        check_values(inputs_of(version.source), payload.inputs)
        setting = backtest_setting(
            payload, self._compiler.stem(version), (await self._terminal.symbol(payload.symbol)).name
        )
        program = await self._compiler.program(install, version, silent)
        report = await self._tester.run(install, account, program.path, setting, progress)
        progress(1.0, "Tested")
        return backtest_outcome(payload, setting, account.currency, report)

    @cached_property
    def _tester(self) -> "StrategyTester":
        from agent_core.ea.tester import StrategyTester  # noqa: PLC0415  # see the module's head

        return StrategyTester(self._folder / TESTER_FOLDER, self._launcher)

    # Deployments

    def deployments(self) -> list[EaDeployment]:
        """Returns the deployments, the newest first."""
        return self._deployments.all()

    def logs(self, deployment_id: UUID, limit: int = 500) -> list[EaLogLine]:
        """Returns the newest lines of a deployment's EA, oldest first."""
        return self._deployments.logs(deployment_id, limit)

    async def deploy(self, payload: DeployPayload, progress: Progress = silent) -> EaDeployment:
        """Compiles a version if need be and copies its program into the terminal. It does not start it.

        Raises:
            ForexEliteError: it runs already, does not compile, or the symbol or an input is wrong.
        """
        install = self._connected()
        version = self._library.adopt(payload.compile) if payload.compile else self._library.version(payload.version_id)
        before = self._deployments.find(payload.deployment_id)
        if before is not None and before.desired == "running":
            raise ForexEliteError(ErrorCode.CONFLICT, "This deployment runs. Stop it before deploying it again.")
        expert = self._compiler.stem(version)
        check_values(inputs_of(version.source), payload.inputs)
        template_bytes(ChartExpert(expert, payload.allow_trading, payload.inputs))
        symbol = await self._terminal.symbol(payload.symbol)
        program = await self._compiler.program(install, version, progress)
        sha256 = await asyncio.to_thread(self._place, install, program, expert, payload.deployment_id)
        project = self._library.project(version.project_id)
        return self._deployments.put(
            EaDeployment(
                id=payload.deployment_id,
                version_id=version.id,
                project_name=project.name,
                version_number=version.number,
                symbol=symbol.name,
                timeframe=payload.timeframe,
                status="deployed",
                desired="stopped",
                allow_trading=payload.allow_trading,
                inputs=dict(payload.inputs),
                expert=expert,
                created_at=before.created_at if before else datetime.now(UTC),
            ),
            terminal=str(install.data_folder),
            ex5_sha256=sha256,
        )

    async def start(self, deployment_id: UUID, progress: Progress = silent) -> EaDeployment:
        """Runs a deployment and returns it once its signs of life were seen.

        Raises:
            ForexEliteError: bridge or terminal are not there, a sign did not come, or the terminal is logged in to an
                account that the trader has not agreed to.
        """
        deployment = self._deployments.get(deployment_id)
        watcher = self._watching(deployment)
        if self._terminal.account_problem and deployment.allow_trading:
            raise ForexEliteError(ErrorCode.NOT_ARMED, self._terminal.account_problem)
        version = self._library.version(deployment.version_id)
        target = experts_folder(watcher.install.data_folder) / f"{deployment.expert}.ex5"
        deployed = self._deployments.ex5_sha256(deployment_id)
        if watcher.chart_of(deployment) is None and await asyncio.to_thread(_hash, target) != deployed:
            # Gone, or not what was deployed: whatever lies there is not run.
            program = await self._compiler.program(watcher.install, version, progress)
            placed = await asyncio.to_thread(self._place, watcher.install, program, deployment.expert, deployment_id)
            self._deployments.set_ex5_sha256(deployment_id, placed)
        beats = _HEARTBEAT.search(version.source) is not None
        return await EaRunner(watcher, self._deployments).start(deployment, beats=beats, progress=progress)

    async def stop(self, deployment_id: UUID, progress: Progress = silent) -> EaDeployment:
        """Stops a deployment and returns it once the terminal shows it no more. Positions stay open.

        Raises:
            ForexEliteError: bridge or terminal are not there, or its chart stays.
        """
        deployment = self._deployments.get(deployment_id)
        return await EaRunner(self._watching(deployment), self._deployments).stop(deployment, progress)

    async def stop_all(self) -> tuple[int, list[str]]:
        """Stops every EA of ours in the connected terminal, known or not.

        Returns:
            How many were stopped, and one sentence a failure.
        """
        watcher = self._watcher
        wanted = [found for found in self._deployments.all() if found.desired == "running"]
        if watcher is None:
            return 0, [f"{found.project_name} was not stopped: no terminal is connected." for found in wanted]
        await watcher.look()
        shown = {chart.instance for chart in watcher.bridge.status.charts} if watcher.bridge.status else set()
        ours = self._deployments.of_terminal(str(watcher.install.data_folder))
        # By their ids: what is known of a running EA changes with each sign of life.
        ids, wanted_ids = {found.id for found in ours}, {found.id for found in wanted}
        targets = [found for found in ours if found.id in wanted_ids or found.instance in shown]
        strays = shown - {found.instance for found in ours} - {""}
        runner = EaRunner(watcher, self._deployments)
        results = await asyncio.gather(
            *(runner.stop(found, silent) for found in targets),
            *(runner.stop_stray(instance) for instance in sorted(strays)),
            return_exceptions=True,
        )
        failed = [str(found) for found in results if isinstance(found, BaseException)]
        stopped = len(results) - len(failed)
        failed += [
            f"{found.project_name} was not stopped: it runs in another terminal. Connect that one, then stop it."
            for found in wanted
            if found.id not in ids and self._deployments.terminal_of(found.id).is_dir()
        ]
        return stopped, failed

    # Bridge

    @property
    def bridge(self) -> BridgeChanged:
        """State of the connected terminal's bridge."""
        return self._watcher.bridge if self._watcher else judge_bridge(None, datetime.now(UTC))

    async def install_bridge(self, *, close_terminal: bool = False) -> None:
        """Installs the bridge into the chosen terminal, which must be closed. The caller has the trader's consent.

        Args:
            close_terminal: Whether a terminal that runs is asked to close; the trader has agreed to that too.

        Raises:
            ForexEliteError: the terminal runs, MetaEditor fails or a folder can't be written.
        """
        await self._installer().install(close=close_terminal)

    async def remove_bridge(self, *, close_terminal: bool = False) -> bool:
        """Takes the bridge out of the terminal again; False when it is not there.

        Args:
            close_terminal: Whether a terminal that runs is asked to close; the trader has agreed to that.

        Raises:
            ForexEliteError: the terminal runs or a folder can't be written.
        """
        return await self._installer().undo(close=close_terminal)

    async def attach(self, install: TerminalInstall) -> None:
        """Watches a terminal's bridge and EAs from now on, instead of the one before."""
        if self._watcher is not None:
            if self._watcher.install.data_folder == install.data_folder:
                return
            await self._watcher.stop()
        self._watcher = EaWatcher(install, self._deployments, self._bus)
        await self._watcher.start()

    async def close(self) -> None:
        """Ends the watch."""
        if self._watcher is not None:
            await self._watcher.stop()

    def _installer(self) -> BridgeInstaller:
        install = self._watcher.install if self._watcher else self._connected()
        return BridgeInstaller(install, self._compiler.editor(install), self._folder / "bridge", self._launcher)

    def _connected(self) -> TerminalInstall:
        install = self._terminal.install
        if install is None:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE, "No terminal is connected. Connect MetaTrader in Settings first."
            )
        return install

    def _watching(self, deployment: EaDeployment) -> EaWatcher:
        watcher = self._watcher
        if watcher is None:
            self._connected()
        elif any(
            found.id == deployment.id for found in self._deployments.of_terminal(str(watcher.install.data_folder))
        ):
            return watcher
        raise ForexEliteError(
            ErrorCode.CONFLICT, "This EA was deployed into another terminal. Connect that one, or deploy it again."
        )

    def _place(self, install: TerminalInstall, program: BuiltArtifact, expert: str, deployment_id: UUID) -> str:
        """Copies a program into the terminal and returns its hash; one that another deployment runs stays as it is."""
        target = experts_folder(install.data_folder) / f"{expert}.ex5"
        in_use = any(
            found.expert == expert and found.desired == "running" and found.id != deployment_id
            for found in self._deployments.all()
        )
        try:
            if not (in_use and target.exists()):
                replace_file(target, program.path.read_bytes())
            return file_sha256(target)
        except OSError as error:
            raise ForexEliteError(
                ErrorCode.CONFLICT,
                f"The program can't be copied to {target} ({error.strerror}). Check the folder's permissions.",
            ) from error


def _hash(path: Path) -> str | None:
    try:
        return file_sha256(path)
    except FileNotFoundError:
        return None
