"""`/api/v1/ea`."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from agent_core.protocol.ea import (
    Artifact,
    BacktestRequest,
    CompileRequest,
    GenerateAnswer,
    GenerateRequest,
    GenerationUsage,
    JobCreated,
    Project,
    ProjectCreated,
    ProjectRequest,
    RepairRequest,
    Version,
    VersionRequest,
)
from cloud.auth.claims import Claims
from cloud.deps import IdempotencyKey, OnboardedUser, ServicesDep
from cloud.ea import answering, generating, versions
from cloud.ea.generating import Event
from cloud.idempotency import bind, idempotent_id, once
from cloud.openapi_examples import STREAM
from cloud.pages import PAGE_SIZE, Cursor, cursor_after, decode_cursor, name_next
from cloud.services import Services

router = APIRouter(prefix="/api/v1/ea", tags=["EA management"])
_Order = TypeVar("_Order", GenerateRequest, RepairRequest)
_SSE, _JSON = "text/event-stream", "application/json"
_STREAMED: dict[int | str, dict[str, Any]] = {
    201: {"content": {_SSE: {"schema": {"type": "string"}, "example": STREAM}}}
}
_UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
Accept = Annotated[str, Header()]


@router.get("/projects")
async def list_projects(
    user: OnboardedUser, services: ServicesDep, response: Response, cursor: Cursor = None
) -> list[Project]:
    """The caller's projects, newest first."""
    projects = await versions.list_projects(services, user, decode_cursor(cursor))
    name_next(response, cursor_after(projects))
    return projects


@router.post("/projects", status_code=201)
async def create_project(
    user: OnboardedUser, services: ServicesDep, request: ProjectRequest, key: IdempotencyKey = None
) -> ProjectCreated:
    """Adds a project."""

    async def work() -> ProjectCreated:
        return ProjectCreated(project_id=await versions.create_project(services, user, request))

    return await once(services, user, "POST /ea/projects", key, request, work, ProjectCreated)


@router.get("/projects/{project_id}/versions")
async def list_versions(
    project_id: UUID,
    user: OnboardedUser,
    services: ServicesDep,
    response: Response,
    cursor: Annotated[int | None, Query(ge=1)] = None,
) -> list[Version]:
    """The project's versions, newest first, without sources."""
    page = await versions.list_versions(services, user, project_id, cursor)
    name_next(response, str(page[-1].version_number) if len(page) == PAGE_SIZE else None)
    return page


@router.post("/projects/{project_id}/versions", status_code=201)
async def save_version(
    project_id: UUID, user: OnboardedUser, services: ServicesDep, request: VersionRequest
) -> Version:
    """Keeps a source as the project's next version."""
    return await versions.save_version(services, user, project_id, request)


@router.get("/versions/{version_id}")
async def get_version(version_id: UUID, user: OnboardedUser, services: ServicesDep) -> Version:
    """A version with its source and the findings on it."""
    return await versions.get_version(services, user, version_id)


@router.post("/generate", status_code=201, response_model=GenerateAnswer, responses=_STREAMED)
async def generate(
    http: Request,
    user: OnboardedUser,
    services: ServicesDep,
    request: GenerateRequest,
    accept: Accept = _JSON,
    key: IdempotencyKey = None,
) -> GenerateAnswer | StreamingResponse:
    """Writes a version out of a description; with `Accept: text/event-stream` it tells how it goes, and may ask."""
    streamed = _SSE in accept
    wanted = await _identified(services, request, user, "POST /ea/generate", key)
    work = generating.generate(services, user, wanted, may_ask=streamed)
    return await _answer(http, services, work, streamed=streamed)


@router.post("/versions/{version_id}/repair", status_code=201, response_model=GenerateAnswer, responses=_STREAMED)
async def repair(
    http: Request,
    version_id: UUID,
    user: OnboardedUser,
    services: ServicesDep,
    request: RepairRequest | None = None,
    accept: Accept = _JSON,
    key: IdempotencyKey = None,
) -> GenerateAnswer | StreamingResponse:
    """Has the generator repair a version that MetaEditor did not compile; the result is the project's next version."""
    route = f"POST /ea/versions/{version_id}/repair"
    wanted = await _identified(services, request or RepairRequest(), user, route, key)
    work = generating.repair(services, user, version_id, wanted)
    return await _answer(http, services, work, streamed=_SSE in accept)


@router.get("/usage")
async def usage(user: OnboardedUser, services: ServicesDep) -> GenerationUsage:
    """What the caller's generations have used today, and what a day allows."""
    return await services.generation_budget.usage(user)


@router.post("/versions/{version_id}/compile", status_code=201)
async def compile_version(
    version_id: UUID,
    user: OnboardedUser,
    services: ServicesDep,
    request: CompileRequest | None = None,
    key: IdempotencyKey = None,
) -> JobCreated:
    """Asks an agent to compile the version with its MetaEditor."""
    wanted = request or CompileRequest()

    async def work() -> JobCreated:
        return JobCreated(job_id=await versions.enqueue_compile(services, user, version_id, wanted.agent_id))

    return await once(services, user, f"POST /ea/versions/{version_id}/compile", key, wanted, work, JobCreated)


@router.post("/versions/{version_id}/test", status_code=201)
async def start_test(
    version_id: UUID, user: OnboardedUser, services: ServicesDep, request: BacktestRequest, key: IdempotencyKey = None
) -> JobCreated:
    """Asks an agent to test the version in its strategy tester, where it can't trade."""

    async def work() -> JobCreated:
        return JobCreated(job_id=await versions.enqueue_test(services, user, version_id, request))

    return await once(services, user, f"POST /ea/versions/{version_id}/test", key, request, work, JobCreated)


@router.get("/versions/{version_id}/artifacts")
async def list_artifacts(version_id: UUID, user: OnboardedUser, services: ServicesDep) -> list[Artifact]:
    """The stored files of the version with signed addresses."""
    return await versions.list_artifacts(services, user, version_id)


async def _identified(services: Services, request: _Order, user: Claims, route: str, key: str | None) -> _Order:
    """The same key and body are the same generation, which answers the version it led to; see `GenerateRequest`."""
    if key is None:
        return request
    await bind(services, user, route, key, request)
    generation_id = request.generation_id or idempotent_id(user.user_id, route, key)
    return request.model_copy(update={"generation_id": generation_id})


async def _answer(
    http: Request, services: Services, work: AsyncGenerator[Event, None], *, streamed: bool
) -> GenerateAnswer | StreamingResponse:
    running = services.generations.start(work)
    if not streamed:
        return await answering.at_once(running, http)
    first = await answering.begun(running)
    frames = answering.stream(running, first, getattr(http.state, "request_id", None))
    return StreamingResponse(
        frames, status_code=201, media_type=_SSE, headers=_UNBUFFERED, background=BackgroundTask(running.stop)
    )
