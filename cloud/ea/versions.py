"""EA projects and versions: manual saves, compilation jobs, artifacts."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from agent_core.mql import check
from agent_core.protocol.ea import (
    Artifact,
    BacktestRequest,
    Brief,
    DiagnosticModel,
    Project,
    ProjectRequest,
    Version,
    VersionRequest,
)
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import BacktestPayload, CompilePayload, JobType
from cloud.auth.claims import Claims
from cloud.db.pool import Connection
from cloud.ea import repository
from cloud.ea.generation import diagnostic_models
from cloud.pages import Place
from cloud.services import Services

DOWNLOAD_SECONDS = 600


async def create_project(services: Services, claims: Claims, request: ProjectRequest) -> UUID:
    """Adds a project.

    Raises:
        ForexEliteError: CONFLICT, the id is taken.
    """
    project_id = request.id or uuid4()
    async with services.db.as_user(claims) as db:
        added = await repository.insert_project(db, claims.user_id, project_id, request.name, request.strategy_id)
        if not added and await repository.project(db, project_id) is None:
            raise ForexEliteError(ErrorCode.CONFLICT, "This project id is taken. Leave it out to get a new one.")
    return project_id


async def list_projects(services: Services, claims: Claims, before: Place | None) -> list[Project]:
    """A page of the caller's projects, newest first."""
    async with services.db.as_user(claims) as db:
        return [Project.model_validate(dict(row)) for row in await repository.projects(db, before)]


async def list_versions(services: Services, claims: Claims, project_id: UUID, below: int | None) -> list[Version]:
    """A page of a project's versions, newest first, without sources."""
    async with services.db.as_user(claims) as db:
        await _require_project(db, project_id)
        return [version_model(dict(row), with_source=False) for row in await repository.versions(db, project_id, below)]


async def get_version(services: Services, claims: Claims, version_id: UUID) -> Version:
    """One version with its source."""
    return version_model(await stored_version(services, claims, version_id), with_source=True)


async def save_version(services: Services, claims: Claims, project_id: UUID, request: VersionRequest) -> Version:
    """Keeps a source the user wrote, with what the checker says of it. The same id again answers the first save."""
    findings = diagnostic_models((await check(request.source_code)).diagnostics)
    source = source_record(request.source_code, origin="manual")
    async with services.db.as_user(claims) as db:
        await _require_project(db, project_id)
        if request.id is not None and (known := await repository.version(db, request.id)) is not None:
            return version_model(dict(known), with_source=True)
        row = await repository.insert_version(
            db, claims.user_id, project_id, request.id or uuid4(), source, request.config, dumped(findings)
        )
    return version_model(dict(row), with_source=True)


async def enqueue_compile(services: Services, claims: Claims, version_id: UUID, agent_id: UUID | None) -> UUID:
    """Asks an agent to compile a version; answers the job's id.

    Raises:
        ForexEliteError: NOT_FOUND, or AGENT_OFFLINE when no agent is paired.
    """
    payload = _compile_payload(await stored_version(services, claims, version_id))
    return await services.jobs.enqueue(claims, await _agent(services, claims, agent_id), JobType.COMPILE, payload)


async def enqueue_test(services: Services, claims: Claims, version_id: UUID, request: BacktestRequest) -> UUID:
    """Asks an agent to test a version in its strategy tester; answers the job's id.

    Raises:
        ForexEliteError: NOT_FOUND, VALIDATION_ERROR for days that make no sense, COMPILE_FAILED when MetaEditor found
            errors in the version, or AGENT_OFFLINE when no agent is paired.
    """
    if request.from_date >= request.to_date:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, "The test's first day must be before its last. Correct the days.",
            field="to_date",
        )  # fmt: skip
    row = await stored_version(services, claims, version_id)
    if row["status"] == "error":
        raise ForexEliteError(
            ErrorCode.COMPILE_FAILED,
            f"Version {row['version_number']} does not compile. Repair it and compile it again, then test it.",
        )
    terms = request.model_dump(exclude={"agent_id"})
    payload = BacktestPayload(**terms, version_id=version_id, compile=_compile_payload(row))
    return await services.jobs.enqueue(claims, await _agent(services, claims, request.agent_id), JobType.TEST, payload)


async def list_artifacts(services: Services, claims: Claims, version_id: UUID) -> list[Artifact]:
    """The stored files of a version, each with a short-lived address."""
    async with services.db.as_user(claims) as db:
        if await repository.version(db, version_id) is None:
            raise _no_version()
        rows = await repository.artifacts(db, version_id)
    found = [await _artifact(services, row) for row in rows]
    return [artifact for artifact in found if artifact is not None]


async def _artifact(services: Services, row: asyncpg.Record) -> Artifact | None:
    """A stored file with its address; null where Storage has it no more, which takes nothing from the others."""
    try:
        address = await services.storage.signed_url(row["storage_path"], DOWNLOAD_SECONDS)
    except ForexEliteError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        return None
    return Artifact(
        artifact_id=row["id"], kind=row["kind"], sha256=row["sha256"], size_bytes=row["size_bytes"],
        download_url=address,
    )  # fmt: skip


async def store_source(services: Services, claims: Claims, version_id: UUID, source: str) -> None:
    """Keeps a source as the version's MQ5 artifact.

    Raises:
        ForexEliteError: SERVICE_UNAVAILABLE.
    """
    data = source.encode("utf-8-sig")
    path = f"{claims.user_id}/{version_id}/source.mq5"
    await services.storage.put(path, data, "text/plain;charset=UTF-8")
    async with services.db.as_service() as db:
        digest = hashlib.sha256(data).hexdigest()
        await repository.insert_artifact(db, claims.user_id, version_id, "MQ5", path, digest, len(data))


async def _agent(services: Services, claims: Claims, wanted: UUID | None) -> UUID:
    if wanted is not None:
        return wanted
    async with services.db.as_user(claims) as db:
        latest = await repository.latest_agent(db)
    if latest is None:
        raise ForexEliteError(
            ErrorCode.AGENT_OFFLINE, "No MT5 agent is paired. Start ForexElite Pro on the computer with MetaTrader."
        )
    return latest


def _compile_payload(row: dict[str, Any]) -> CompilePayload:
    code = str(row["source_code"]["code"])
    return CompilePayload(
        version_id=row["id"], project_id=row["ea_project_id"], project_name=row["project_name"],
        version_number=row["version_number"], source_code=code, source_sha256=_sha256(code),
    )  # fmt: skip


async def _require_project(db: Connection, project_id: UUID) -> None:
    if await repository.project(db, project_id) is None:
        raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such project. Choose one of the list.")


async def require_project(services: Services, claims: Claims, project_id: UUID) -> None:
    """Makes sure that the project is the caller's.

    Raises:
        ForexEliteError: NOT_FOUND.
    """
    async with services.db.as_user(claims) as db:
        await _require_project(db, project_id)


async def stored_version(services: Services, claims: Claims, version_id: UUID) -> dict[str, Any]:
    """The row of one of the caller's versions, with its project's name.

    Raises:
        ForexEliteError: NOT_FOUND.
    """
    async with services.db.as_user(claims) as db:
        row = await repository.version(db, version_id)
    if row is None:
        raise _no_version()
    return dict(row)


def _no_version() -> ForexEliteError:
    return ForexEliteError(ErrorCode.NOT_FOUND, "There is no such version. Choose one of the project's list.")


def version_model(row: dict[str, Any], *, with_source: bool) -> Version:
    """A version's row as it crosses the wire."""
    brief = row["source_code"].get("brief") if with_source else row["brief"]
    return Version(
        id=row["id"], project_id=row["ea_project_id"], version_number=row["version_number"], status=row["status"],
        source_code=row["source_code"]["code"] if with_source else None, config=row["config"],
        diagnostics=[DiagnosticModel.model_validate(item) for item in row["diagnostics"]],
        brief=Brief.model_validate(brief) if isinstance(brief, dict) else None, created_at=row["created_at"],
    )  # fmt: skip


def source_record(code: str, **more: Any) -> dict[str, Any]:
    """What is kept of a source: the code, its hash, and where it comes from."""
    return {"template": None, "code": code, "config": {}, "sha256": _sha256(code), **more}


def _sha256(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def dumped(findings: Sequence[DiagnosticModel]) -> list[dict[str, Any]]:
    """Findings as the database keeps them."""
    return [finding.model_dump(mode="json") for finding in findings]
