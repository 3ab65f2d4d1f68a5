"""What requests work with, made once at start-up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from cloud import retention
from cloud.agents.intake import EventIntake
from cloud.agents.known_keys import KnownKeys
from cloud.agents.models import PresenceTimes
from cloud.agents.presence import Presence
from cloud.alerts.courier import Courier
from cloud.alerts.watch import WATCH_SECONDS, OperationWatch
from cloud.auth.socket_places import SocketPlaces
from cloud.auth.tokens import TokenVerifier
from cloud.brokers.base import BrokerAdapters
from cloud.brokers.mt5_agent import Mt5AgentAdapter
from cloud.brokers.oanda import auditing
from cloud.brokers.oanda.auditing import AccountAuditor
from cloud.brokers.oanda.connecting import OandaConnector
from cloud.brokers.oanda.journal import OrderJournal
from cloud.brokers.oanda.reconciling import SWEEP_SECONDS, OrderReconciler
from cloud.db.pool import Database
from cloud.deployments import hooks as deployment_hooks
from cloud.ea import hooks as ea_hooks
from cloud.ea.budget import DayLimits, GenerationBudget
from cloud.ea.generation import EaGenerator
from cloud.ea.running import RunningGenerations
from cloud.jobs.delivery import JobDelivery
from cloud.jobs.models import JobTimes
from cloud.jobs.queue import open_queue
from cloud.jobs.service import JobService
from cloud.market.service import MarketService
from cloud.onboarding.gate import OnboardingGate
from cloud.onboarding.probes import BrokerProbe
from cloud.periodic import Periodic
from cloud.places import SharedPlaces
from cloud.providers.glm import GlmClient, GlmConfig
from cloud.providers.oanda.transport import OandaTransport
from cloud.providers.supabase import ArtifactStorage, AuthProvider
from cloud.rate_limits import RateLimits
from cloud.retention import Periods, Retention
from cloud.settings import CloudSettings
from cloud.updates.hub import UpdateHub
from cloud.vault import CredentialVault

_HTTP_SECONDS = 10.0


@dataclass(slots=True)
class Services:
    """The cloud's parts.

    Attributes:
        http: One client for all calls to hosted services; it keeps no user's state.
        gate: Who may trade yet.
        jobs: The queue of work for agents, the user's side of it.
        generations: Generations at work.
        generation_budget: What users' generations may use.
        delivery: The agent's side of the queue.
        presence: Which agents are there.
        agent_keys: Whose key a request carries.
        intake: Takes the agents' event logs.
        brokers: Adapters by connection type.
        sockets: How many sockets each user has open.
        updates: Open sockets that are told of changes.
        oanda: Carries all calls to OANDA, within its limits.
        reconciler: Settles orders whose outcome was not known.
        auditor: Reads into the audit log what happened at OANDA without the cloud.
        probes: Broker type → test of an account's credentials.
        stack: Closed at shutdown, last entered first.
        draining: Set when the server begins to stop, before it waits for requests under way.
    """

    settings: CloudSettings
    db: Database
    http: httpx.AsyncClient
    tokens: TokenVerifier
    gate: OnboardingGate
    auth: AuthProvider
    storage: ArtifactStorage
    vault: CredentialVault
    limits: RateLimits
    glm: GlmClient
    generator: EaGenerator
    generations: RunningGenerations
    generation_budget: GenerationBudget
    market: MarketService
    jobs: JobService
    delivery: JobDelivery
    presence: Presence
    agent_keys: KnownKeys
    intake: EventIntake
    brokers: BrokerAdapters
    sockets: SocketPlaces
    updates: UpdateHub
    oanda: OandaTransport
    reconciler: OrderReconciler
    auditor: AccountAuditor
    stack: AsyncExitStack
    probes: dict[str, BrokerProbe] = field(default_factory=dict)
    draining: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def running_services(settings: CloudSettings) -> AsyncIterator[Services]:
    """Starts all parts and stops them in reverse order.

    Raises:
        MissingSettingError: a required setting is missing.
        OSError: the database can't be reached.
    """
    settings.require_secrets()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=_HTTP_SECONDS, follow_redirects=True))
        db = await Database.connect(
            settings.database_url.get_secret_value(),
            min_size=settings.database_pool_min,
            max_size=settings.database_pool_max,
        )
        stack.push_async_callback(db.close)
        limits = RateLimits(settings)
        stack.push_async_callback(limits.close)
        places = SharedPlaces(settings.redis_url.get_secret_value())
        places.start()
        stack.push_async_callback(places.close)
        glm = GlmClient(http, _glm_config(settings), places)
        generations = RunningGenerations()
        stack.push_async_callback(generations.close)
        oanda_transport = await stack.enter_async_context(OandaTransport.opened(settings.redis_url.get_secret_value()))
        market = MarketService(oanda_transport, settings)
        queue = await open_queue(db, JobTimes())
        deployment_hooks.register_hooks(queue.settlement)
        ea_hooks.register_hooks(queue.settlement)
        brokers = BrokerAdapters()
        brokers.register("MT5", lambda account: Mt5AgentAdapter(account, queue.jobs))
        vault = CredentialVault(settings.credentials_keys)
        journal = OrderJournal(db)
        oanda = OandaConnector(settings, oanda_transport, vault, journal)
        brokers.register("OANDA", oanda.adapter)
        reconciler = OrderReconciler(db, journal, oanda)
        auditor = AccountAuditor(db, oanda, journal)
        presence = Presence(db, _presence_times(settings))
        agent_keys = KnownKeys(db, settings.agent_key_secret.get_secret_value().encode())
        await agent_keys.start()
        updates = UpdateHub()
        await updates.start(db)
        services = Services(
            settings=settings,
            db=db,
            http=http,
            tokens=TokenVerifier(
                http, issuer=settings.issuer, legacy_secret=settings.supabase_jwt_secret.get_secret_value()
            ),
            gate=OnboardingGate(db),
            auth=AuthProvider(settings, http),
            storage=ArtifactStorage(settings, http),
            vault=vault,
            limits=limits,
            glm=glm,
            generator=EaGenerator(glm),
            generations=generations,
            generation_budget=GenerationBudget(db, glm, _day_limits(settings), places),
            market=market,
            jobs=queue.jobs,
            delivery=queue.delivery,
            presence=presence,
            agent_keys=agent_keys,
            intake=EventIntake(db, presence),
            brokers=brokers,
            sockets=SocketPlaces(places),
            updates=updates,
            oanda=oanda_transport,
            reconciler=reconciler,
            auditor=auditor,
            stack=stack,
            probes={"OANDA": oanda},
        )
        watch_over = OperationWatch(db, Courier(http, settings), lambda: _present(services))
        for watch in (
            Periodic(watch_over.look, WATCH_SECONDS),
            Periodic(queue.delivery.settle_overdue, presence.times.sweep),
            Periodic(presence.sweep, presence.times.sweep),
            Periodic(reconciler.sweep, SWEEP_SECONDS),
            Periodic(auditor.sweep, auditing.SWEEP_SECONDS),
            Periodic(Retention(db, _periods(settings)).sweep, retention.SWEEP_SECONDS),
        ):
            watch.start()
            stack.push_async_callback(watch.stop)
        await market.start()
        stack.push_async_callback(market.stop)
        yield services


def _glm_config(settings: CloudSettings) -> GlmConfig:
    return GlmConfig(
        settings.glm_base_url, settings.glm_api_key.get_secret_value(), settings.glm_model,
        thinking=settings.glm_thinking, parallel=settings.glm_parallel, price_in=settings.glm_price_in,
        price_out=settings.glm_price_out, silence_seconds=settings.glm_silence_seconds,
    )  # fmt: skip


def _day_limits(settings: CloudSettings) -> DayLimits:
    return DayLimits(settings.generations_a_day, settings.generation_tokens_a_day, settings.generations_at_once)


def _present(services: Services) -> dict[str, float]:
    """What this worker counts for the rules besides events."""
    return {"sockets": services.sockets.open, "stale": services.market.freshness.alarming}


def _presence_times(settings: CloudSettings) -> PresenceTimes:
    return PresenceTimes(
        silent=settings.agent_silent_seconds,
        heartbeat_overdue=settings.heartbeat_overdue_seconds,
        alert=settings.agent_alert_seconds,
    )


def _periods(settings: CloudSettings) -> Periods:
    return Periods(
        jobs=timedelta(days=settings.keep_jobs_days),
        events=timedelta(days=settings.keep_events_days),
        logs=timedelta(days=settings.keep_logs_days),
    )
