"""What the end of a deploy, start or stop job does to its deployment."""

from typing import get_args
from uuid import UUID

from pydantic import ValidationError

from agent_core.protocol.deployments import DeploymentStatus
from agent_core.protocol.jobs import DeploymentOutcome, JobStatus, JobType
from cloud.db.pool import Connection
from cloud.deployments import repository
from cloud.jobs.models import JobRecord
from cloud.jobs.settlement import Settlement
from cloud.updates.notify import notify_user

_STATUSES = frozenset(get_args(DeploymentStatus))


def register_hooks(settlement: Settlement) -> None:
    """Lets the outcome of deploy, start and stop jobs set the deployment's status."""
    for job_type in (JobType.DEPLOY, JobType.START, JobType.STOP):
        settlement.on_result[job_type] = _note_outcome


def reported_status(job: JobRecord) -> DeploymentStatus | None:
    """The status in a deploy, start or stop job's result; null when it holds none."""
    try:
        reported = DeploymentOutcome.model_validate(job.result).status
    except ValidationError:
        return None
    return reported if reported in _STATUSES else None  # type: ignore[return-value]


async def _note_outcome(tx: Connection, job: JobRecord) -> None:
    deployment_id = UUID(job.payload["deployment_id"])
    if job.status is JobStatus.COMPLETED:
        status, error = reported_status(job), None
    else:
        # A start or stop that did not happen leaves the EA as it was; a failed deploy leaves nothing to run.
        status = "error" if job.type is JobType.DEPLOY else None
        error = job.error_detail or f"The {job.type.value} job ended as {job.status.value}."
    row = await repository.set_status(tx, job.user_id, deployment_id, status=status, last_error=error)
    if row is not None:
        notify_user(tx, job.user_id, "deployment", dict(row))
