"""What requests work with, made once at start-up."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx

from cloud.auth.tokens import TokenVerifier
from cloud.db.pool import Database
from cloud.market.service import MarketService
from cloud.onboarding.probes import BrokerProbe
from cloud.providers.glm import GlmClient, GlmConfig
from cloud.providers.supabase import ArtifactStorage, AuthProvider
from cloud.rate_limits import RateLimits
from cloud.settings import CloudSettings
from cloud.vault import CredentialVault

_HTTP_SECONDS = 10.0


@dataclass(slots=True)
class Services:
    """The cloud's parts.

    Attributes:
        http: One client for all calls to hosted services; it keeps no user's state.
        probes: Broker type → test of an account's credentials.
        stack: Closed at shutdown, last entered first.
    """

    settings: CloudSettings
    db: Database
    http: httpx.AsyncClient
    tokens: TokenVerifier
    auth: AuthProvider
    storage: ArtifactStorage
    vault: CredentialVault
    limits: RateLimits
    glm: GlmClient
    market: MarketService
    stack: AsyncExitStack
    probes: dict[str, BrokerProbe] = field(default_factory=dict)


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
        glm = GlmClient(http, _glm_config(settings))
        market = MarketService(http, settings)
        services = Services(
            settings=settings,
            db=db,
            http=http,
            tokens=TokenVerifier(
                http, issuer=settings.issuer, legacy_secret=settings.supabase_jwt_secret.get_secret_value()
            ),
            auth=AuthProvider(settings, http),
            storage=ArtifactStorage(settings, http),
            vault=CredentialVault(settings.credentials_keys),
            limits=RateLimits(settings),
            glm=glm,
            market=market,
            stack=stack,
        )
        await market.start()
        stack.push_async_callback(market.stop)
        yield services


def _glm_config(settings: CloudSettings) -> GlmConfig:
    return GlmConfig(settings.glm_base_url, settings.glm_api_key.get_secret_value(), settings.glm_model)
