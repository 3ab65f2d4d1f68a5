"""Watches one terminal's bridge, heartbeats and journals, and keeps the deployments' status true."""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from agent_core.ea.bridge import BridgeClient, beat_time, judge_bridge
from agent_core.ea.bridge_protocol import BridgeChart, BridgeStatus, EaHeartbeat
from agent_core.ea.deployments import Deployments
from agent_core.ea.journal import JournalLine, JournalTail, expert_of
from agent_core.ea.models import EaDeployment, EaLogLine
from agent_core.ea.verdict import judge
from agent_core.events import EventBus
from agent_core.terminal.models import TerminalInstall

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look found. `seen`: there is a status, though it may be half-written."""

    seen: bool
    status: BridgeStatus | None
    beats: dict[str, EaHeartbeat]
    lines: list[JournalLine]
    positions: dict[str, str]


class EaWatcher:
    """Looks twice a second; files are read in a thread, conclusions are drawn in the event loop.

    Attributes:
        bridge: The bridge's state at the last look.
        busy: Deployments that are being started or stopped; they are left alone.
    """

    def __init__(self, install: TerminalInstall, deployments: Deployments, bus: EventBus) -> None:
        self.install = install
        self.client = BridgeClient(install.data_folder)
        self.bridge = judge_bridge(None, datetime.now(UTC))
        self.busy: set[UUID] = set()
        self._terminal = str(install.data_folder)
        self._deployments = deployments
        self._bus = bus
        self._absent_since: dict[UUID, float] = {}
        self._tails: dict[str, JournalTail] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Takes the first look and goes on looking until `stop`."""
        await asyncio.to_thread(self._prepare)
        await self.look()
        self._task = asyncio.create_task(self._run(), name="ea-watcher")

    async def stop(self) -> None:
        """Ends the watch."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def look(self) -> None:
        """Looks once and draws the conclusions."""
        instances = [found.instance for found in self._deployments.of_terminal(self._terminal)]
        self._apply(await asyncio.to_thread(self._read, instances), datetime.now(UTC))

    def chart_of(self, deployment: EaDeployment) -> BridgeChart | None:
        """Returns the chart that carries a deployment's EA, by the last status."""
        status = self.bridge.status
        if status is None:
            return None
        return next(
            (
                chart
                for chart in status.charts
                if chart.instance == deployment.instance and chart.expert == deployment.expert
            ),
            None,
        )

    def new_tails(self) -> list[JournalTail]:
        """Returns tails that begin now, for who waits for a line."""
        return [JournalTail(self.install.data_folder / name) for name in ("logs", "MQL5/Logs")]

    def _prepare(self) -> None:
        with suppress(OSError):  # a folder that can't be written has no bridge; a command will say so
            self.client.prepare()
        for name in ("MQL5/Logs", "logs"):
            folder = self.install.data_folder / name
            tail = JournalTail(folder, self._deployments.journal_position(str(folder)))
            self._deployments.keep_journal_position(str(folder), tail.position)
            self._tails[str(folder)] = tail

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception:
                log.exception("Looking at the terminal's EAs failed; the next look tries again")

    def _read(self, instances: list[str]) -> _Look:
        beats = {instance: beat for instance in instances if (beat := self.client.heartbeat(instance)) is not None}
        lines: list[JournalLine] = []
        positions: dict[str, str] = {}
        for folder, tail in self._tails.items():
            before = tail.position
            lines.extend(tail.read())
            if tail.position != before:
                positions[folder] = tail.position
        return _Look(
            seen=self.client.seen(), status=self.client.status(), beats=beats, lines=lines, positions=positions
        )

    def _apply(self, look: _Look, now: datetime) -> None:
        status = look.status or (self.bridge.status if look.seen else None)
        before, self.bridge = self.bridge, judge_bridge(status, now)
        if (before.state, before.status) != (self.bridge.state, self.bridge.status):
            self._bus.publish(self.bridge)
        self._keep_lines(look)
        for deployment in self._deployments.of_terminal(self._terminal):
            beat = look.beats.get(deployment.instance)
            if beat is not None:
                self._deployments.update(deployment.id, beat=beat, last_beat=beat_time(beat))
            if deployment.id not in self.busy:
                self._conclude(self._deployments.get(deployment.id), now)

    def _conclude(self, deployment: EaDeployment, now: datetime) -> None:
        chart = self.chart_of(deployment)
        if chart is not None or self.bridge.state in ("missing", "lost"):
            self._absent_since.pop(deployment.id, None)
            absent_seconds = 0.0
        else:
            since = self._absent_since.setdefault(deployment.id, time.monotonic())
            absent_seconds = time.monotonic() - since
        verdict = judge(deployment, self.bridge, chart, deployment.beat, now=now, absent_seconds=absent_seconds)
        self._deployments.update(deployment.id, status=verdict.status, last_error=verdict.last_error)

    def _keep_lines(self, look: _Look) -> None:
        found: dict[UUID, list[EaLogLine]] = {}
        for line in look.lines:
            deployment = self._whose(line)
            if deployment is not None:
                found.setdefault(deployment.id, []).append(EaLogLine(line.at, line.level, line.message))
        for deployment_id, lines in found.items():
            self._deployments.add_logs(deployment_id, lines)
        for folder, position in look.positions.items():
            self._deployments.keep_journal_position(folder, position)

    def _whose(self, line: JournalLine) -> EaDeployment | None:
        expert = expert_of(line)
        if expert is None:
            return None
        owners = [
            found
            for found in self._deployments.of_terminal(self._terminal)
            if (found.expert, found.symbol, found.timeframe) == (expert.name, expert.symbol, expert.timeframe)
        ]
        wanted = [found for found in owners if found.desired == "running"]
        return max(wanted or owners, key=lambda found: found.created_at, default=None)
