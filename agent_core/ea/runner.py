"""Starts and stops deployments through the bridge, and believes neither without signs."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

from agent_core.ea.bridge import beat_time
from agent_core.ea.bridge_protocol import BridgeAck
from agent_core.ea.chart_files import INSTANCE_INPUT, ChartExpert, template_bytes
from agent_core.ea.deployments import Deployments
from agent_core.ea.journal import JournalLine, JournalTail
from agent_core.ea.models import EaDeployment
from agent_core.ea.progress import Progress
from agent_core.ea.watcher import EaWatcher
from agent_core.protocol.errors import ErrorCode, ForexEliteError

START_SECONDS = 15.0
STOP_SECONDS = 10.0
_STEP_SECONDS = 0.1


class EaRunner:
    """Start and stop in one terminal."""

    def __init__(self, watcher: EaWatcher, deployments: Deployments) -> None:
        self._watcher = watcher
        self._deployments = deployments

    async def start(self, deployment: EaDeployment, *, beats: bool, progress: Progress) -> EaDeployment:
        """Puts the EA on a chart and waits for its signs: the chart's expert, then its heartbeat.

        An EA without the heartbeat include shows itself by the terminal's journal instead. An EA that runs already is
        left alone.

        Args:
            deployment: Its program must lie in the terminal's folder.
            beats: Whether its source includes the heartbeat.
            progress: Hears the steps.

        Raises:
            ForexEliteError: the bridge is not there, trading is off though it is wished, or a sign did not come.
        """
        self._refuse_without_bridge(deployment)
        if self._watcher.chart_of(deployment) is not None:
            return self._deployments.update(deployment.id, status="running", desired="running", last_error=None)
        self._watcher.busy.add(deployment.id)
        self._deployments.update(deployment.id, status="starting", desired="running", last_error=None)
        try:
            await self._open_chart(deployment, beats=beats, progress=progress)
        except ForexEliteError as error:
            await self._close_empty_chart(deployment)
            self._deployments.update(deployment.id, status="error", last_error=error.detail)
            raise
        except asyncio.CancelledError:
            self._deployments.update(deployment.id, status="error", last_error="The start was cancelled.")
            raise
        finally:
            self._watcher.busy.discard(deployment.id)
        return self._deployments.update(deployment.id, status="running", last_error=None)

    async def stop(self, deployment: EaDeployment, progress: Progress) -> EaDeployment:
        """Closes the EA's chart and waits until the terminal shows it no more. Positions stay open.

        Raises:
            ForexEliteError: the bridge is not there or the chart stays. The wish is kept and a difference shown.
        """
        self._deployments.update(deployment.id, desired="stopped")
        bridge = self._watcher.bridge
        if bridge.state in ("missing", "lost"):
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, bridge.detail)
        self._watcher.busy.add(deployment.id)
        self._deployments.update(deployment.id, status="stopping", last_error=None)
        progress(0.2, "Closing the chart")
        try:
            await self._close_chart(deployment.instance)
        except ForexEliteError as error:
            self._deployments.update(deployment.id, status="error", last_error=error.detail)
            raise
        finally:
            self._watcher.busy.discard(deployment.id)
        progress(1.0, "Stopped")
        return self._deployments.update(deployment.id, status="stopped", last_error=None)

    async def stop_stray(self, instance: str) -> None:
        """Closes a chart of ours that no deployment accounts for.

        Raises:
            ForexEliteError: the chart stays.
        """
        await self._close_chart(instance)

    async def _open_chart(self, deployment: EaDeployment, *, beats: bool, progress: Progress) -> None:
        client = self._watcher.client
        expert = ChartExpert(
            name=deployment.expert,
            allow_trading=deployment.allow_trading,
            inputs={**deployment.inputs, INSTANCE_INPUT: deployment.instance},
        )
        template = await asyncio.to_thread(client.write_template, deployment.instance, template_bytes(expert))
        await asyncio.to_thread(client.forget_heartbeat, deployment.instance)
        tails = await asyncio.to_thread(self._watcher.new_tails)
        progress(0.2, "Opening a chart")
        started = datetime.now(UTC)
        command = asyncio.create_task(
            client.command(
                "start_ea",
                instance=deployment.instance,
                symbol=deployment.symbol,
                timeframe=deployment.timeframe,
                expert=deployment.expert,
                template=template,
            )
        )
        try:
            await self._await_signs(deployment, command, tails, started, beats=beats)
        finally:
            command.cancel()
            await asyncio.gather(command, return_exceptions=True)
        progress(1.0, "Running")

    async def _await_signs(
        self,
        deployment: EaDeployment,
        command: asyncio.Task[BridgeAck],
        tails: list[JournalTail],
        started: datetime,
        *,
        beats: bool,
    ) -> None:
        """The bridge's answer, then chart and heartbeat (or journal); the journal tells of a failed OnInit at once."""
        loaded = answered = False
        deadline = math.inf
        while True:
            lines = await asyncio.to_thread(_read_all, tails)
            for line in (line for line in lines if _about(line, deployment)):
                if line.level == "error" or "failed with code" in line.message:
                    raise ForexEliteError(
                        ErrorCode.CONFLICT, f"The EA refused to start ({line.message}). See its log and its inputs."
                    )
                loaded = loaded or line.source == "Experts"
            if not command.done():
                await asyncio.wait([command], timeout=_STEP_SECONDS)
                continue
            command.result()  # raises the bridge's refusal
            if not answered:
                answered, deadline = True, time.monotonic() + START_SECONDS
            await self._watcher.look()
            on_chart = self._watcher.chart_of(deployment) is not None
            beat = self._deployments.get(deployment.id).beat
            alive = beat is not None and beat.state == "running" and beat_time(beat) >= started.replace(microsecond=0)
            if on_chart and (alive if beats else loaded):
                return
            if time.monotonic() > deadline:
                raise ForexEliteError(ErrorCode.CONFLICT, _missing_sign(on_chart=on_chart, beats=beats))
            await asyncio.sleep(_STEP_SECONDS)

    async def _close_empty_chart(self, deployment: EaDeployment) -> None:
        """A chart whose EA did not load is of no use; one that carries the EA is left for the trader to judge."""
        await self._watcher.look()
        if self._watcher.chart_of(deployment) is None and self._watcher.bridge.state not in ("missing", "lost"):
            with contextlib.suppress(ForexEliteError):
                await self._watcher.client.command("stop_ea", instance=deployment.instance)

    async def _close_chart(self, instance: str) -> None:
        refusal: ForexEliteError | None = None
        try:
            await self._watcher.client.command("stop_ea", instance=instance)
        except ForexEliteError as error:
            refusal = error  # the chart may be gone already; its status decides
        if not await self._until(lambda: not self._shows(instance), STOP_SECONDS):
            raise refusal or ForexEliteError(
                ErrorCode.CONFLICT, "MetaTrader still shows the EA's chart. Close that chart in MetaTrader yourself."
            )

    async def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        asked = time.time()
        while True:
            await self._watcher.look()
            status = self._watcher.bridge.status
            fresh = status is not None and status.ts_utc >= int(asked)
            if fresh and condition():
                return True
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_STEP_SECONDS)

    def _shows(self, instance: str) -> bool:
        status = self._watcher.bridge.status
        return status is not None and any(chart.instance == instance for chart in status.charts)

    def _refuse_without_bridge(self, deployment: EaDeployment) -> None:
        bridge = self._watcher.bridge
        if bridge.state in ("missing", "lost"):
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, bridge.detail)
        if bridge.state == "trading_off" and deployment.allow_trading:
            raise ForexEliteError(
                ErrorCode.ALGO_TRADING_DISABLED,
                "Algo Trading is off in MetaTrader, so this EA could not trade. Turn it on in the toolbar, "
                "then start again.",
            )


def _read_all(tails: list[JournalTail]) -> list[JournalLine]:
    return [line for tail in tails for line in tail.read()]


def _about(line: JournalLine, deployment: EaDeployment) -> bool:
    """Whether the terminal's word, in whatever language, or an EA's own output concerns a deployment."""
    title = f"{deployment.expert} ({deployment.symbol},"
    return title in line.message if line.source == "Experts" else line.source.startswith(title)


def _missing_sign(*, on_chart: bool, beats: bool) -> str:
    if not on_chart:
        return "MetaTrader opened the chart but the EA is not on it. See the terminal's Experts tab, then start again."
    if beats:
        return "The EA is on its chart but gives no heartbeat. See its log, then stop and start it."
    return "The EA is on its chart but MetaTrader's journal does not say that it was loaded. See the Experts tab."
