"""`/api/v1/ea`."""

import json
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from agent_core.protocol.ea import (
    Artifact,
    CompileRequest,
    GenerateAnswer,
    GenerateRequest,
    JobCreated,
    Project,
    ProjectCreated,
    ProjectRequest,
    Version,
    VersionRequest,
)
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.deps import IdempotencyKey, OnboardedUser, ServicesDep
from cloud.ea import service
from cloud.ea.generation import Step
from cloud.idempotency import once
from cloud.pages import NEXT_CURSOR, PAGE_SIZE, decode_cursor, encode_cursor
from cloud.problems import problem_document

router = APIRouter(prefix="/ea", tags=["EA management"])
Cursor = Annotated[str | None, Query(max_length=200, description="value of X-Next-Cursor")]


@router.get("/projects")
async def list_projects(
    user: OnboardedUser, services: ServicesDep, response: Response, cursor: Cursor = None
) -> list[Project]:
    """The caller's projects, newest first."""
    projects = await service.list_projects(services, user, decode_cursor(cursor))
    if len(projects) == PAGE_SIZE:
        response.headers[NEXT_CURSOR] = encode_cursor(projects[-1].created_at, projects[-1].id)
    return projects


@router.post("/projects", status_code=201)
async def create_project(
    user: OnboardedUser, services: ServicesDep, request: ProjectRequest, key: IdempotencyKey = None
) -> ProjectCreated:
    """Adds a project."""

    async def work() -> ProjectCreated:
        return ProjectCreated(project_id=await service.create_project(services, user, request))

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
    versions = await service.list_versions(services, user, project_id, cursor)
    if len(versions) == PAGE_SIZE:
        response.headers[NEXT_CURSOR] = str(versions[-1].version_number)
    return versions


@router.post("/projects/{project_id}/versions", status_code=201)
async def save_version(
    project_id: UUID, user: OnboardedUser, services: ServicesDep, request: VersionRequest
) -> Version:
    """Keeps a source as the project's next version."""
    return await service.save_version(services, user, project_id, request)


@router.get("/versions/{version_id}")
async def get_version(version_id: UUID, user: OnboardedUser, services: ServicesDep) -> Version:
    """A version with its source and the findings on it."""
    return await service.get_version(services, user, version_id)


@router.post(
    "/generate",
    status_code=201,
    response_model=GenerateAnswer,
    responses={201: {"content": {"text/event-stream": {}}}},
)
async def generate(
    http: Request,
    user: OnboardedUser,
    services: ServicesDep,
    request: GenerateRequest,
    accept: Annotated[str, Header()] = "application/json",
) -> GenerateAnswer | StreamingResponse:
    """Writes a version out of a description; with `Accept: text/event-stream` it tells how it goes."""
    steps = service.generate(services, user, request)
    if "text/event-stream" in accept:
        first = await anext(steps)
        return StreamingResponse(_events(http, first, steps), status_code=201, media_type="text/event-stream")
    async for step in steps:
        if isinstance(step, GenerateAnswer):
            return step
    raise ForexEliteError(ErrorCode.GENERATION_FAILED, "The generator ended without an answer. Try again.")


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
        return JobCreated(job_id=await service.enqueue_compile(services, user, version_id, wanted.agent_id))

    return await once(services, user, f"POST /ea/versions/{version_id}/compile", key, wanted, work, JobCreated)


@router.get("/versions/{version_id}/artifacts")
async def list_artifacts(version_id: UUID, user: OnboardedUser, services: ServicesDep) -> list[Artifact]:
    """The stored files of the version with signed addresses."""
    return await service.list_artifacts(services, user, version_id)


async def _events(
    http: Request, first: Step | GenerateAnswer, rest: AsyncIterator[Step | GenerateAnswer]
) -> AsyncIterator[str]:
    yield _event(first)
    try:
        async for step in rest:
            yield _event(step)
    except ForexEliteError as error:
        problem = problem_document(error, getattr(http.state, "request_id", None))
        yield f"event: problem\ndata: {problem.model_dump_json(exclude_none=True)}\n\n"


def _event(step: Step | GenerateAnswer) -> str:
    if isinstance(step, GenerateAnswer):
        return f"event: version\ndata: {step.model_dump_json()}\n\n"
    data: dict[str, object] = {"text": step.text}
    if step.diagnostics or step.kind == "check":
        data["diagnostics"] = [model.model_dump(mode="json") for model in service.diagnostic_models(step.diagnostics)]
    return f"event: {step.kind}\ndata: {json.dumps(data)}\n\n"
