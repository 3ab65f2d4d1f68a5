"""Deployments: create on an agent, run, stop, watch."""

import hashlib
from uuid import UUID, uuid4

from agent_core.protocol.deployments import (
    Deployment,
    DeploymentAction,
    DeploymentCreated,
    DeploymentRequest,
    LogLine,
)
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import (
    CompilePayload,
    DeploymentPayload,
    DeployPayload,
    JobType,
)
from cloud.auth.claims import Claims
from cloud.db.gone import outcome_unknown_without_database
from cloud.db.pool import Connection
from cloud.deployments import repository
from cloud.deployments.hooks import reported_status
from cloud.deployments.repository import VersionSource
from cloud.pages import PAGE_SIZE, Place
from cloud.services import Services
from cloud.updates.notify import notify_user

START_STOP_GRACE_SECONDS = 20.0
"""Opening a chart and seeing the Expert Advisor's first sign of life takes the terminal some seconds."""


async def create(services: Services, claims: Claims, request: DeploymentRequest) -> DeploymentCreated:
    """Notes the deployment and asks the agent to put the version into its terminal, also when it is offline now.

    Raises:
        ForexEliteError: NOT_FOUND for a version, connection or agent that isn't the user's; VALIDATION_ERROR when the
            connection doesn't go through the agent; COMPILE_FAILED when MetaEditor found errors in the version;
            CONFLICT when the id is taken.
    """
    deployment_id, job_id = request.id or uuid4(), uuid4()
    async with services.db.as_service() as tx:
        version = await _version(tx, claims, request.version_id)
        _check_compiles(version)
        await _check_connection(tx, claims, request)
        values = request.model_dump() | {"id": deployment_id}
        payload = DeployPayload(
            deployment_id=deployment_id, version_id=version.id, symbol=request.symbol, timeframe=request.timeframe,
            inputs=request.inputs, allow_trading=request.allow_trading, compile=_compile_payload(version),
        )  # fmt: skip
        if not await repository.insert(tx, claims.user_id, values):
            raise ForexEliteError(ErrorCode.CONFLICT, "This deployment id is taken; leave it out or make a new one.")
        await services.jobs.enqueue_in(tx, claims.user_id, request.agent_id, JobType.DEPLOY, payload, job_id=job_id)
        notify_user(tx, claims.user_id, "deployment", {"id": deployment_id, "status": "deployed"})
    return DeploymentCreated(deployment_id=deployment_id, job_id=job_id)


async def run(services: Services, claims: Claims, deployment_id: UUID) -> DeploymentAction:
    """Has the agent start the EA and answers when it runs.

    Raises:
        ForexEliteError: NOT_FOUND, AGENT_OFFLINE, or why the agent could not.
    """
    return await _act(services, claims, deployment_id, JobType.START)


async def stop(services: Services, claims: Claims, deployment_id: UUID) -> DeploymentAction:
    """Has the agent stop the EA and answers when it is gone; its positions stay.

    Raises:
        ForexEliteError: NOT_FOUND, AGENT_OFFLINE, or why the agent could not.
    """
    return await _act(services, claims, deployment_id, JobType.STOP)


async def get(services: Services, claims: Claims, deployment_id: UUID) -> Deployment:
    """Reads a deployment.

    Raises:
        ForexEliteError: NOT_FOUND.
    """
    async with services.db.as_user(claims) as tx:
        deployment = await repository.get(tx, claims.user_id, deployment_id)
    if deployment is None:
        raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such deployment.")
    return deployment


async def page(services: Services, claims: Claims, before: Place | None) -> list[Deployment]:
    """The user's deployments, newest first."""
    async with services.db.as_user(claims) as tx:
        return await repository.page(tx, claims.user_id, before=before, limit=PAGE_SIZE)


async def logs(
    services: Services, claims: Claims, deployment_id: UUID, before: int | None
) -> tuple[list[LogLine], int | None]:
    """A page of log lines, newest last, and where the older page goes on."""
    await get(services, claims, deployment_id)
    async with services.db.as_user(claims) as tx:
        lines = await repository.logs(tx, deployment_id, before=before, limit=PAGE_SIZE)
    return [line for _, line in lines], lines[0][0] if len(lines) == PAGE_SIZE else None


async def _act(services: Services, claims: Claims, deployment_id: UUID, job_type: JobType) -> DeploymentAction:
    deployment = await get(services, claims, deployment_id)
    if deployment.agent_id is None:
        raise ForexEliteError(
            ErrorCode.AGENT_OFFLINE, "The agent of this deployment was unpaired. Deploy the EA again on another one."
        )
    payload = DeploymentPayload(deployment_id=deployment_id)
    if job_type is JobType.START:
        # It may trade, but on no account that the user did not mean. Stopping must work whatever the account.
        async with services.db.as_user(claims) as tx:
            number = await repository.account_number(tx, deployment.broker_connection_id)
        payload = DeploymentPayload(deployment_id=deployment_id, account_number=number)
    with outcome_unknown_without_database("the deployment"):
        job = await services.jobs.run_and_wait(
            claims, deployment.agent_id, job_type, payload, grace_seconds=START_STOP_GRACE_SECONDS
        )
    status = reported_status(job)
    if status is None:
        raise ForexEliteError(
            ErrorCode.OUTCOME_UNKNOWN, "The agent's answer can't be read; look at the deployment before trying again."
        )
    return DeploymentAction(status=status, job_id=job.id)


async def _version(tx: Connection, claims: Claims, version_id: UUID) -> VersionSource:
    version = await repository.version_source(tx, claims.user_id, version_id)
    if version is None:
        raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such version.", field="version_id")
    return version


def _check_compiles(version: VersionSource) -> None:
    if version.status != "error":
        return
    errors = [finding for finding in version.diagnostics if finding.get("severity") == "error"]
    first = f": line {errors[0]['line']}, {errors[0]['message'].rstrip('.')}" if errors else ""
    raise ForexEliteError(
        ErrorCode.COMPILE_FAILED,
        f"Version {version.version_number} does not compile{first}. Repair it and compile it again, then deploy.",
        field="version_id",
    )


async def _check_connection(tx: Connection, claims: Claims, request: DeploymentRequest) -> None:
    found = await repository.agent_of_connection(tx, claims.user_id, request.broker_connection_id)
    if found is None:
        raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such broker connection.", field="broker_connection_id")
    if found != ("MT5", request.agent_id):
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR,
            "This broker connection doesn't go through this agent; choose the connection of its terminal.",
            field="broker_connection_id",
        )


def _compile_payload(version: VersionSource) -> CompilePayload:
    return CompilePayload(
        version_id=version.id, project_id=version.project_id, project_name=version.project_name,
        version_number=version.version_number, source_code=version.code,
        source_sha256=hashlib.sha256(version.code.encode()).hexdigest(),
    )  # fmt: skip
