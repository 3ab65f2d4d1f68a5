"""The agent's link to the cloud: jobs in, facts out, signs of life; it heals itself."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from uuid import UUID

from agent_core.credentials import Credentials
from agent_core.ea.events import BridgeChanged, DeploymentChanged
from agent_core.events import EventBus
from agent_core.jobs.executor import JobExecutor
from agent_core.protocol.agents import HEARTBEAT_SECONDS, HeartbeatRequest
from agent_core.protocol.jobs import Acknowledged
from agent_core.settings import AgentSettings
from agent_core.store import Store
from agent_core.sync.agent_client import AgentClient, KeyRefused
from agent_core.sync.backoff import Backoff
from agent_core.sync.event_log import EventLog
from agent_core.sync.events import CloudLinkChanged, LinkState
from agent_core.sync.http import CloudError, answer_of, tls
from agent_core.sync.job_feed import JobFeed
from agent_core.sync.pairing import Pairing, PairingStore
from agent_core.sync.uploader import ArtifactQueue, Uploader
from agent_core.terminal.events import AccountChanged, TerminalLinkChanged

log = logging.getLogger(__name__)

#: Changes that come together make one heartbeat.
_SETTLE_SECONDS = 0.2
_GOODBYE_SECONDS = 2.0


class CloudLink:
    """One link for the life of the agent; `pair` may come at any time.

    Attributes:
        state: As last published.
        describe: Returns what a heartbeat tells; the agent sets it.
    """

    def __init__(
        self,
        settings: AgentSettings,
        store: Store,
        bus: EventBus,
        events: EventLog,
        jobs: JobExecutor,
        credentials: Credentials,
    ) -> None:
        self._default_url = settings.cloud_url
        self._bus = bus
        self._events = events
        self._jobs = jobs
        self._pairing = PairingStore(store, credentials)
        self._artifacts = ArtifactQueue(store, bus)
        self._upload = self._artifacts.wake
        self._beat = asyncio.Event()
        self._repaired = asyncio.Event()
        self._seen: dict[str, object] = {}
        self._task: asyncio.Task[None] | None = None
        self._client: AgentClient | None = None
        self._feed: JobFeed | None = None
        self.state = CloudLinkChanged("off", "This computer is not paired with the cloud.")
        self.describe: Callable[[], HeartbeatRequest] = HeartbeatRequest
        bus.subscribe(DeploymentChanged, self._on_deployment)
        bus.subscribe(BridgeChanged, self._on_bridge)
        bus.subscribe(TerminalLinkChanged, self._on_terminal)
        bus.subscribe(AccountChanged, self._on_account)

    @property
    def paired(self) -> bool:
        """Whether this computer has an agent's key."""
        return self._pairing.get() is not None

    @property
    def agent_id(self) -> UUID | None:
        """Id of the agent this computer is."""
        pairing = self._pairing.get()
        return pairing.agent_id if pairing else None

    def pair(self, cloud_url: str, agent_id: UUID, key: str) -> None:
        """Becomes an agent of the cloud, or another one, or gets a new key."""
        self._pairing.set(Pairing(url=cloud_url.rstrip("/") or self._default_url, agent_id=agent_id), key)
        self._repaired.set()

    def unpair(self) -> None:
        """Forgets the key. Facts go on being kept here."""
        self._pairing.clear()
        self._repaired.set()

    async def start(self) -> None:
        """Begins to work, as soon as there is a pairing."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._upload.set)

        self._events.on_append = wake
        self._task = asyncio.create_task(self._run(), name="cloud-link")

    async def stop(self) -> None:
        """Says goodbye, if the cloud is there, and ends the link."""
        self._events.on_append = None
        if self._client is not None and self.state.state == "connected":
            with contextlib.suppress(CloudError, TimeoutError):
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await self._send_beat(self.describe().model_copy(update={"status": "stopping"}))
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def beat(self) -> None:
        """Sends a heartbeat now.

        Raises:
            CloudError: the cloud refused or gave no answer.
        """
        if self._client is not None:
            await self._send_beat(self.describe())

    def report_jobs(self) -> None:
        """Looks again for outcomes the cloud has not been told."""
        if self._feed is not None:
            self._feed.report_soon()

    async def _run(self) -> None:
        backoff = Backoff()
        while True:
            self._repaired.clear()
            pairing, key = await asyncio.to_thread(self._pairing_and_key)
            if pairing is None or key is None:
                self._publish("off", "This computer is not paired with the cloud.")
                await self._repaired.wait()
                continue
            self._publish("connecting", "")
            await asyncio.to_thread(tls)
            try:
                await self._session(pairing, key)
            except KeyRefused as refused:
                self._publish("refused", refused.error.detail)
                await self._repaired.wait()
            except Exception:
                log.exception("The cloud link failed; it is set up again")
                self._publish("unreachable", "The link to the cloud failed and is set up again.")
                await asyncio.sleep(backoff.next())

    def _pairing_and_key(self) -> tuple[Pairing | None, str | None]:
        return self._pairing.get(), self._pairing.key()

    async def _session(self, pairing: Pairing, key: str) -> None:
        """Works with one pairing until there is another.

        Raises:
            KeyRefused: the cloud does not accept the key.
        """
        client = AgentClient(pairing.url, pairing.agent_id, key, self._heard)
        feed = JobFeed(client, self._jobs, self._bus)
        uploader = Uploader(client, self._events, self._artifacts, self._upload)
        self._client, self._feed = client, feed
        work = [
            asyncio.create_task(coroutine)
            for coroutine in (feed.poll(), feed.report(), uploader.run(), self._beats(), self._repaired.wait())
        ]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._client, self._feed = None, None
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await feed.close()
            await client.close()

    async def _beats(self) -> None:
        backoff = Backoff()
        while True:
            self._beat.clear()
            try:
                await self._send_beat(self.describe())
            except CloudError as error:
                if self._client is not None:
                    await self._client.pause(error, backoff)
                continue
            backoff.success()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._beat.wait()
                    await asyncio.sleep(_SETTLE_SECONDS)

    async def _send_beat(self, request: HeartbeatRequest) -> None:
        client, feed = self._client, self._feed
        if client is None or feed is None:
            return
        request = request.model_copy(update={"held_jobs": dict(feed.held)})
        response = await client.send("POST", "/heartbeat", body=request.model_dump_json())
        feed.give_up(answer_of(Acknowledged, response))

    def _heard(self, error: CloudError | None, round_trip_ms: float | None) -> None:
        """Hears of every answer of the cloud, good or bad."""
        if error is None:
            back = self.state.state == "unreachable"
            self._publish("connected", "", self.state.round_trip_ms if round_trip_ms is None else round_trip_ms)
            if back:
                self._beat.set()
        elif error.passing:
            self._publish("unreachable", error.detail)

    def _publish(self, state: LinkState, detail: str, round_trip_ms: float | None = None) -> None:
        now = CloudLinkChanged(state, detail, round_trip_ms, self._events.queued)
        if now != self.state:
            self.state = now
            self._bus.publish(now)

    def _changed(self, name: str, value: object) -> None:
        """A heartbeat is due when one of the things it tells has another value."""
        if self._seen.get(name) != value:
            self._seen[name] = value
            self._beat.set()

    def _on_deployment(self, event: DeploymentChanged) -> None:
        self._changed(f"deployment {event.deployment.id}", (event.deployment.status, event.deployment.last_error))

    def _on_bridge(self, event: BridgeChanged) -> None:
        self._changed("bridge", event.state)

    def _on_terminal(self, event: TerminalLinkChanged) -> None:
        self._changed("terminal", event.state)

    def _on_account(self, event: AccountChanged) -> None:
        self._changed("account", (event.account.login, event.account.server))
