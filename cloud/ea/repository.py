"""All SQL of EA projects, versions, artifacts and the generation ledger."""

from typing import Any
from uuid import UUID

from asyncpg import Record

from cloud.db.pool import Connection
from cloud.pages import PAGE_SIZE, Place


async def projects(db: Connection, before: Place | None) -> list[Record]:
    """A page of the caller's projects, newest first; `before` is the last row's (created_at, id)."""
    return await db.fetch(
        "select id, name, strategy_id, created_at from ea_projects"
        " where $1::timestamptz is null or (created_at, id) < ($1, $2)"
        " order by created_at desc, id desc limit $3",
        *(before or (None, None)),
        PAGE_SIZE,
    )


async def insert_project(db: Connection, user_id: UUID, project_id: UUID, name: str, strategy_id: UUID | None) -> bool:
    """Adds a project; False when the id is taken already."""
    done = await db.fetchval(
        "insert into ea_projects (id, user_id, name, strategy_id) values ($1, $2, $3, $4)"
        " on conflict (id) do nothing returning id",
        project_id, user_id, name, strategy_id,
    )  # fmt: skip
    return done is not None


async def project(db: Connection, project_id: UUID) -> Record | None:
    """One of the caller's projects."""
    return await db.fetchrow("select id, name from ea_projects where id = $1", project_id)


async def versions(db: Connection, project_id: UUID, below: int | None) -> list[Record]:
    """A page of a project's versions, newest first, without their sources."""
    return await db.fetch(
        "select id, ea_project_id, version_number, status, config, diagnostics, created_at,"
        " source_code -> 'brief' as brief from ea_versions"
        " where ea_project_id = $1 and ($2::int is null or version_number < $2)"
        " order by version_number desc limit $3",
        project_id, below, PAGE_SIZE,
    )  # fmt: skip


async def version(db: Connection, version_id: UUID) -> Record | None:
    """One of the caller's versions with its source and its project's name."""
    return await db.fetchrow(
        "select v.*, p.name as project_name from ea_versions v join ea_projects p on p.id = v.ea_project_id"
        " where v.id = $1",
        version_id,
    )


async def insert_version(
    db: Connection,
    user_id: UUID,
    project_id: UUID,
    version_id: UUID,
    source_code: dict[str, Any],
    config: dict[str, Any],
    diagnostics: list[dict[str, Any]],
) -> Record:
    """Adds the project's next version. The project's row is locked, so that numbers never collide."""
    await db.execute("select 1 from ea_projects where id = $1 for update", project_id)
    row = await db.fetchrow(
        "insert into ea_versions (id, user_id, ea_project_id, version_number, source_code, config, diagnostics)"
        " values ($1, $2, $3, (select coalesce(max(version_number), 0) + 1 from ea_versions where ea_project_id = $3),"
        " $4, $5, $6) returning *",
        version_id, user_id, project_id, source_code, config, diagnostics,
    )  # fmt: skip
    assert row is not None  # noqa: S101  # RETURNING of an insert that did not raise
    return row


async def insert_artifact(
    db: Connection, user_id: UUID, version_id: UUID, kind: str, path: str, sha256: str, size: int
) -> None:
    """Notes a stored file; the same content again changes nothing."""
    await db.execute(
        "insert into ea_artifacts (user_id, ea_version_id, kind, storage_path, sha256, size_bytes)"
        " values ($1, $2, $3, $4, $5, $6) on conflict (ea_version_id, kind, sha256) do nothing",
        user_id, version_id, kind, path, sha256, size,
    )  # fmt: skip


async def artifacts(db: Connection, version_id: UUID) -> list[Record]:
    """The stored files of a version."""
    return await db.fetch(
        "select id, kind, storage_path, sha256, size_bytes from ea_artifacts where ea_version_id = $1"
        " order by created_at, kind",
        version_id,
    )


async def latest_agent(db: Connection) -> UUID | None:
    """The caller's agent that was seen last."""
    found: UUID | None = await db.fetchval(
        "select id from mt5_agents where revoked_at is null order by last_seen_at desc nulls last limit 1"
    )
    return found


async def lock_ledger(tx: Connection, user_id: UUID) -> None:
    """Lets one generation of a user begin at a time, so that two can't take the last place of a day."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('generation:' || $1::text, 0))", str(user_id))


_TODAY = "date_trunc('day', now() at time zone 'utc') at time zone 'utc'"


async def used_today(db: Connection, user_id: UUID) -> Record:
    """Generations, tokens and cost of a user since 00:00 UTC."""
    row = await db.fetchrow(
        f"""select count(*)::int as generations, coalesce(sum(prompt_tokens + completion_tokens), 0)::bigint as tokens,
            coalesce(sum(cost_usd), 0)::float8 as cost_usd
            from generation_ledger where user_id = $1 and created_at >= {_TODAY}""",  # noqa: S608
        user_id,
    )
    assert row is not None  # noqa: S101  # an aggregate always has its row
    return row


async def generation_known(tx: Connection, user_id: UUID, generation_id: UUID) -> bool:
    """Whether the user began this generation before, today."""
    known = await tx.fetchval(
        f"select true from generation_ledger where id = $1 and user_id = $2 and created_at >= {_TODAY}",  # noqa: S608
        generation_id, user_id,
    )  # fmt: skip
    return bool(known)


async def generation(db: Connection, generation_id: UUID) -> Record | None:
    """One of the caller's generations."""
    return await db.fetchrow(
        "select ea_version_id, prompt_tokens, completion_tokens, cost_usd from generation_ledger where id = $1",
        generation_id,
    )


async def open_ledger(tx: Connection, user_id: UUID, generation_id: UUID, model: str) -> bool:
    """Begins the row of a generation, or moves one of an earlier day to today; False: the id is another user's."""
    opened = await tx.fetchval(
        "insert into generation_ledger (id, user_id, model, prompt_tokens, completion_tokens, cost_usd)"
        " values ($1, $2, $3, 0, 0, 0) on conflict (id) do update set created_at = now()"
        " where generation_ledger.user_id = excluded.user_id returning true",
        generation_id, user_id, model,
    )  # fmt: skip
    return bool(opened)


async def add_to_ledger(
    tx: Connection, user_id: UUID, generation_id: UUID, prompt_tokens: int, completion_tokens: int, cost: float
) -> None:
    """Adds what was spent to a generation's row, and takes away a row that cost nothing."""
    await tx.execute(
        "update generation_ledger set prompt_tokens = prompt_tokens + $3,"
        " completion_tokens = completion_tokens + $4, cost_usd = cost_usd + $5 where id = $2 and user_id = $1",
        user_id, generation_id, prompt_tokens, completion_tokens, cost,
    )  # fmt: skip
    await tx.execute(
        "delete from generation_ledger where id = $2 and user_id = $1 and prompt_tokens + completion_tokens = 0",
        user_id, generation_id,
    )  # fmt: skip


async def set_generated_version(tx: Connection, user_id: UUID, generation_id: UUID, version_id: UUID) -> None:
    """Notes to which version a generation led."""
    await tx.execute(
        "update generation_ledger set ea_version_id = $3 where id = $2 and user_id = $1",
        user_id, generation_id, version_id,
    )  # fmt: skip


async def set_compiled(
    db: Connection, user_id: UUID, version_id: UUID, status: str, diagnostics: list[dict[str, Any]]
) -> bool:
    """Notes the outcome of a compilation. False: the user has no such version."""
    noted = await db.fetchval(
        "update ea_versions set status = $3, diagnostics = $4 where id = $2 and user_id = $1 returning true",
        user_id, version_id, status, diagnostics,
    )  # fmt: skip
    return bool(noted)
