"""`/api/v1/deployments`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from agent_core.protocol.base import WireModel
from agent_core.protocol.deployments import (
    Deployment,
    DeploymentAction,
    DeploymentCreated,
    DeploymentRequest,
    LogLine,
)
from cloud.deployments import service
from cloud.deps import IdempotencyKey, LeavingUser, OnboardedUser, ServicesDep
from cloud.idempotency import once
from cloud.pages import Cursor, cursor_after, decode_cursor, name_next

router = APIRouter(prefix="/api/v1/deployments", tags=["deployment"])


class _NoBody(WireModel):
    """Run and stop carry no body."""


@router.post("", status_code=201)
async def create(
    services: ServicesDep, user: OnboardedUser, request: DeploymentRequest, key: IdempotencyKey = None
) -> DeploymentCreated:
    """Puts a version into an agent's terminal, ready to run."""

    async def work() -> DeploymentCreated:
        return await service.create(services, user, request)

    return await once(services, user, "POST /deployments", key, request, work, DeploymentCreated)


@router.get("")
async def list_deployments(
    services: ServicesDep, user: OnboardedUser, response: Response, cursor: Cursor = None
) -> list[Deployment]:
    """The user's deployments, newest first."""
    deployments = await service.page(services, user, decode_cursor(cursor))
    name_next(response, cursor_after(deployments))
    return deployments


@router.get("/{deployment_id}")
async def get_deployment(services: ServicesDep, user: OnboardedUser, deployment_id: UUID) -> Deployment:
    """One deployment."""
    return await service.get(services, user, deployment_id)


@router.post("/{deployment_id}/run")
async def run(
    services: ServicesDep, user: OnboardedUser, deployment_id: UUID, key: IdempotencyKey = None
) -> DeploymentAction:
    """Starts the Expert Advisor and answers when it runs."""

    async def work() -> DeploymentAction:
        return await service.run(services, user, deployment_id)

    return await once(services, user, f"POST /deployments/{deployment_id}/run", key, _NoBody(), work, DeploymentAction)


@router.post("/{deployment_id}/stop")
async def stop(
    services: ServicesDep, user: LeavingUser, deployment_id: UUID, key: IdempotencyKey = None
) -> DeploymentAction:
    """Stops the Expert Advisor and answers when it is gone; its positions stay."""

    async def work() -> DeploymentAction:
        return await service.stop(services, user, deployment_id)

    return await once(services, user, f"POST /deployments/{deployment_id}/stop", key, _NoBody(), work, DeploymentAction)


@router.get("/{deployment_id}/logs")
async def list_logs(
    services: ServicesDep,
    user: OnboardedUser,
    response: Response,
    deployment_id: UUID,
    cursor: Annotated[int | None, Query(ge=1)] = None,
) -> list[LogLine]:
    """Log lines of the Expert Advisor, newest last; the cursor leads to older ones."""
    lines, older = await service.logs(services, user, deployment_id, cursor)
    name_next(response, None if older is None else str(older))
    return lines
