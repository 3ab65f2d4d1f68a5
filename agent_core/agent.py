"""The agent: everything that concerns the trader's own terminal, wired together.

The window and the headless program both run exactly this.
"""

import asyncio
import logging
from collections.abc import Coroutine
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from agent_core.credentials import Credentials
from agent_core.ea.service import EaService
from agent_core.events import EventBus
from agent_core.exclusive import ExclusiveLock
from agent_core.jobs.answers import account_answer
from agent_core.jobs.executor import JobExecutor
from agent_core.jobs.handlers import register_handlers
from agent_core.protocol.agents import DeploymentBeat, HeartbeatRequest
from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.jobs import CloseAllPayload, JobType
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.alerts import AlertKeeper
from agent_core.sync.event_log import EventLog
from agent_core.sync.link import CloudLink
from agent_core.terminal.events import TerminalLinkChanged
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.service import TerminalService
from agent_core.trading.desk import TradingDesk
from agent_core.trading.events import RiskLocked
from agent_core.trading.initial_stops import InitialStops
from agent_core.trading.journal import OrderJournal
from agent_core.trading.trailing import TrailingStops

log = logging.getLogger(__name__)

#: In the data folder, held while an agent uses it.
LOCK_FILE = "agent.lock"
_TWO_AGENTS = (
    "ForexElite Pro runs already with this data folder, as the window or as the agent without one. "
    "Use that one, or end it first."
)


class Agent:
    """The parts of the agent; made in the event loop's thread. One agent at a time uses a data folder.

    Attributes:
        settings: As given.
        bus: Every event of every part.
        store: The local store.
        credentials: Secrets.
        terminal: The connected terminal.
        feed: Quotes and the account's movements.
        events: Log of facts for the cloud.
        desk: Orders.
        initial_stops: What each position risked at first.
        trailing: Stops that follow the price.
        ea: Expert Advisors.
        jobs: Runs whatever the window or the cloud asks for.
        cloud: Link to the cloud.
    """

    def __init__(self, settings: AgentSettings, *, credentials: Credentials | None = None) -> None:
        self.settings = settings
        self._lock = ExclusiveLock(settings.data_folder / LOCK_FILE, _TWO_AGENTS)
        self.bus = EventBus()
        try:
            self.store = Store(settings.data_folder / "agent.db")
        except ForexEliteError:
            self._lock.release()
            raise
        self.credentials = credentials or Credentials(settings.data_folder)
        self.events = EventLog(self.store)
        self.terminal = TerminalService(settings, self.store, self.bus)
        self.feed = MarketFeed(self.terminal, self.bus)
        self.desk = TradingDesk(self.terminal, self.feed, self.store, self.bus, self.events)
        journal = OrderJournal(self.store)
        self.initial_stops = InitialStops(self.terminal, journal, self.store, self.bus)
        self.trailing = TrailingStops(self.terminal, self.desk, self.store, self.bus)
        self.ea = EaService(settings, self.store, self.bus, self.events, self.terminal)
        self.jobs = JobExecutor(self.store, self.bus, self.events)
        register_handlers(self.jobs, self.terminal, self.desk, self.ea, journal)
        self.cloud = CloudLink(settings, self.store, self.bus, self.events, self.jobs, self.credentials)
        self.cloud.describe = self.heartbeat
        self._alerts = AlertKeeper(self.bus, self.events)
        self._link_state = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self.bus.subscribe(TerminalLinkChanged, self._on_link)
        self.bus.subscribe(RiskLocked, self._on_risk)

    async def start(self, *, cloud: bool = True) -> None:
        """Settles what a crash cut off, then connects the last terminal and the cloud in the background.

        Args:
            cloud: Whether the cloud comes now; else whoever starts the agent starts `cloud` a little later.
        """
        await self.jobs.recover(connected=False)
        if self.terminal.install is not None:
            await self.ea.attach(self.terminal.install)
        await self.feed.start()
        self._spawn(self._reconnect())
        if cloud:
            await self.cloud.start()

    async def stop(self) -> None:
        """Ends everything in the order that loses nothing; the terminal and its EAs go on running."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.cloud.stop()
        await self.jobs.close()
        await self.ea.close()
        await self.feed.stop()
        await self.trailing.close()
        await self.desk.close()
        await self.terminal.disconnect()
        self.store.close()
        self._lock.release()

    def heartbeat(self) -> HeartbeatRequest:
        """Returns what a heartbeat to the cloud tells."""
        account, install = self.terminal.account, self.terminal.install
        metrics: dict[str, Any] = {
            "version": product_version(),
            "terminal": {
                "state": self.terminal.link.state,
                "detail": self.terminal.link.detail,
                "name": install.name if install else None,
            },
            "bridge": {"state": self.ea.bridge.state, "detail": self.ea.bridge.detail},
            "queued_events": self.events.queued,
        }
        if account is not None:
            metrics["account"] = account_answer(account).model_dump(mode="json")
            metrics["broker"] = {"company": account.company, "server": account.server}
        beats = [
            DeploymentBeat(
                deployment_id=found.id, status=found.status, last_beat_at=found.last_beat, last_error=found.last_error
            )
            for found in self.ea.deployments()
        ]
        return HeartbeatRequest(metrics=metrics, deployments=beats)

    async def _reconnect(self) -> None:
        await self.terminal.reconnect_last()

    def _on_link(self, event: TerminalLinkChanged) -> None:
        before, self._link_state = self._link_state, event.state
        if event.state == "connected" and before != "connected":
            self._spawn(self._connected())

    def _on_risk(self, event: RiskLocked) -> None:
        if event.flatten:
            self._spawn(self._flatten())

    async def _flatten(self) -> None:
        """The risk guard's order to stop EAs, cancel orders and close positions; it repeats it while any are left."""
        outcome = await self.jobs.run(JobType.CLOSE_ALL, CloseAllPayload())
        if outcome.error_detail:
            log.warning("The account could not be flattened: %s", outcome.error_detail)

    async def _connected(self) -> None:
        """A terminal is there (again): watch its EAs, and find out what became of orders that were under way."""
        if self.terminal.install is not None:
            await self.ea.attach(self.terminal.install)
        try:
            await self.desk.reconcile()
        except ForexEliteError as error:
            log.warning("Orders could not be reconciled yet: %s", error.detail)
            return
        if await self.jobs.recover(connected=True):
            self.cloud.report_jobs()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("A background task of the agent failed", exc_info=task.exception())


def product_version() -> str:
    """Version of the product, "0" where it is not installed."""
    try:
        return version("forexelite-pro")
    except PackageNotFoundError:
        return "0"
