"""`/api/v1/onboarding`."""

from uuid import UUID

from fastapi import APIRouter

from agent_core.protocol.onboarding import (
    BrokerConnection,
    BrokerCreated,
    BrokerRequest,
    OnboardingStatus,
    Preferences,
    PreferencesRequest,
    Success,
)
from cloud.deps import CurrentUser, ServicesDep
from cloud.onboarding import service

router = APIRouter(prefix="/api/v1/onboarding", tags=["onboarding"])


@router.get("/status")
async def get_status(services: ServicesDep, user: CurrentUser) -> OnboardingStatus:
    """What is missing before the user may trade."""
    return await service.status(services.db, user)


@router.get("/brokers")
async def list_brokers(services: ServicesDep, user: CurrentUser) -> list[BrokerConnection]:
    """The user's broker connections."""
    return await service.brokers(services.db, user)


@router.put("/brokers")
async def connect_broker(services: ServicesDep, user: CurrentUser, request: BrokerRequest) -> BrokerCreated:
    """Tests and saves a broker connection."""
    connection_id = await service.connect_broker(services.db, services.vault, services.probes, user, request)
    return BrokerCreated(broker_connection_id=connection_id)


@router.delete("/brokers/{connection_id}", status_code=204)
async def disconnect_broker(services: ServicesDep, user: CurrentUser, connection_id: UUID) -> None:
    """Switches a connection off and forgets its API key; its trades stay in the audit log."""
    await service.disconnect_broker(services.db, user, connection_id)


@router.get("/preferences")
async def get_preferences(services: ServicesDep, user: CurrentUser) -> Preferences:
    """The user's preferences."""
    return await service.preferences(services.db, user)


@router.put("/preferences")
async def put_preferences(services: ServicesDep, user: CurrentUser, request: PreferencesRequest) -> Success:
    """Changes preferences."""
    await service.save_preferences(services.db, user, request)
    return Success()
