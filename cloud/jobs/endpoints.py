"""`/api/v1/jobs`: what the user's agents were asked to do. The agents' own side is under /agents."""

from uuid import UUID

from fastapi import APIRouter, Response

from agent_core.protocol.jobs import Job, JobStatus
from cloud.deps import CurrentUser, ServicesDep
from cloud.pages import Cursor, cursor_after, decode_cursor, name_next

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@router.get("", response_model=list[Job])
async def list_jobs(
    services: ServicesDep,
    user: CurrentUser,
    response: Response,
    cursor: Cursor = None,
    status: JobStatus | None = None,
) -> object:
    """The user's jobs, newest first."""
    jobs = await services.jobs.page(user, decode_cursor(cursor), status)
    name_next(response, cursor_after(jobs))
    return jobs


@router.get("/{job_id}", response_model=Job)
async def get_job(services: ServicesDep, user: CurrentUser, job_id: UUID) -> object:
    """One job."""
    return await services.jobs.get(user, job_id)


@router.post("/{job_id}/cancel", response_model=Job)
async def cancel_job(services: ServicesDep, user: CurrentUser, job_id: UUID) -> object:
    """Cancels a waiting job; asks the agent to give up a running one."""
    return await services.jobs.cancel(user, job_id)
