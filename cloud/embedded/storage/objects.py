"""Rows of storage.objects and storage.buckets, read and written in the caller's role."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from cloud.embedded.storage.errors import access_denied, already_exists, no_such_bucket
from cloud.embedded.storage.files import StoredFile

_ROLES = {"anon", "authenticated", "service_role"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose role and claims a query runs with."""

    role: str
    claims: dict[str, Any]

    @property
    def owner(self) -> str | None:
        """The user id, None for the service."""
        owner = self.claims.get("sub")
        return str(owner) if owner else None

    @classmethod
    def of(cls, claims: dict[str, Any]) -> "Caller":
        """The caller a token speaks for.

        Raises:
            StorageError: its role is none of ours.
        """
        role = claims.get("role")
        if role not in _ROLES:
            raise access_denied(f"Invalid role {role}")
        return cls(role, claims)


SERVICE = Caller("service_role", {"role": "service_role"})


class ObjectRows:
    """Opens transactions as a caller."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @asynccontextmanager
    async def as_caller(self, caller: Caller, duplicate: str = "KeyAlreadyExists") -> AsyncIterator[Any]:
        """One transaction in the caller's role.

        Raises:
            StorageError: row-level security refused, or the name is taken.
        """
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    """select set_config('role', $1, true), set_config('request.jwt.claim.role', $1, true),
                              set_config('request.jwt.claim.sub', $2, true),
                              set_config('request.jwt.claims', $3, true)""",
                    caller.role,
                    caller.owner or "",
                    json.dumps(caller.claims),
                )
                yield connection
        except asyncpg.InsufficientPrivilegeError:
            raise access_denied("new row violates row-level security policy") from None
        except asyncpg.UniqueViolationError:
            raise already_exists(duplicate) from None

    async def bucket(self, bucket_id: str) -> asyncpg.Record:
        """A bucket's settings, whoever asks: what is hidden are its objects.

        Raises:
            StorageError: there is none.
        """
        row = await self._pool.fetchrow("select * from storage.buckets where id = $1", bucket_id)
        if row is None:
            raise no_such_bucket()
        return row

    async def version(self, bucket_id: str, name: str) -> str | None:
        """The version an object has now, for removing its bytes once it is replaced."""
        version: str | None = await self._pool.fetchval(
            "select version from storage.objects where bucket_id = $1 and name = $2", bucket_id, name
        )
        return version


async def find(connection: Any, bucket_id: str, name: str) -> asyncpg.Record | None:
    """An object the caller may see."""
    row: asyncpg.Record | None = await connection.fetchrow(
        "select * from storage.objects where bucket_id = $1 and name = $2", bucket_id, name
    )
    return row


async def add(
    connection: Any,
    bucket_id: str,
    name: str,
    *,
    owner: str | None,
    version: str,
    metadata: dict[str, Any],
    user_metadata: Any,
    upsert: bool,
) -> asyncpg.Record:
    """Adds an object; with `upsert` one of the same name is replaced.

    Raises:
        asyncpg.UniqueViolationError: the name is taken.
        asyncpg.InsufficientPrivilegeError: no policy allows it.
    """
    conflict = (
        """on conflict (bucket_id, name) do update set version = excluded.version, metadata = excluded.metadata,
               user_metadata = excluded.user_metadata, owner = excluded.owner, updated_at = now()"""
        if upsert
        else ""
    )
    row: asyncpg.Record = await connection.fetchrow(
        f"""insert into storage.objects (bucket_id, name, owner, version, metadata, user_metadata)
            values ($1, $2, $3, $4, $5, $6) {conflict} returning *""",  # noqa: S608
        bucket_id,
        name,
        owner,
        version,
        metadata,
        user_metadata,
    )
    return row


async def replace(
    connection: Any, bucket_id: str, name: str, *, version: str, metadata: dict[str, Any], user_metadata: Any
) -> asyncpg.Record | None:
    """Gives an object a new version; None where the caller has no such object."""
    row: asyncpg.Record | None = await connection.fetchrow(
        """update storage.objects set version = $3, metadata = $4, user_metadata = $5, updated_at = now()
           where bucket_id = $1 and name = $2 returning *""",
        bucket_id,
        name,
        version,
        metadata,
        user_metadata,
    )
    return row


async def delete(connection: Any, bucket_id: str, names: list[str]) -> list[asyncpg.Record]:
    """Deletes what the caller may delete, and returns it."""
    rows: list[asyncpg.Record] = await connection.fetch(
        "delete from storage.objects where bucket_id = $1 and name = any($2) returning *", bucket_id, names
    )
    return rows


def file_metadata(file: StoredFile, content_type: str, cache_control: str) -> dict[str, Any]:
    """The system metadata of a new version."""
    return {
        "eTag": file.etag, "size": file.size, "mimetype": content_type, "cacheControl": cache_control,
        "lastModified": rfc3339(datetime.now(UTC)), "contentLength": file.size, "httpStatusCode": 200,
    }  # fmt: skip


def rfc3339(moment: datetime) -> str:
    """A time as Storage writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(row: asyncpg.Record) -> dict[str, Any]:
    """An object as lists and deletions show it."""
    return {
        "name": row["name"], "bucket_id": row["bucket_id"], "owner": str(row["owner"] or ""), "id": str(row["id"]),
        "version": row["version"], "updated_at": rfc3339(row["updated_at"]),
        "created_at": rfc3339(row["created_at"]), "last_accessed_at": rfc3339(row["last_accessed_at"]),
        "metadata": row["metadata"], "user_metadata": row["user_metadata"],
    }  # fmt: skip
