"""The Storage stand-in's addresses for buckets."""

import re
from typing import Any

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.embedded.storage.errors import StorageError, invalid_request, no_such_bucket
from cloud.embedded.storage.objects import rfc3339
from cloud.embedded.storage.requests import StorageRequests, json_body

_SIZE = re.compile(r"(\d+)\s*(B|KB|MB|GB)?", re.IGNORECASE)
_UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


class BucketApi:
    """Handlers; queries run in the caller's role, so that by default only the service may change buckets."""

    def __init__(self, requests: StorageRequests) -> None:
        self._requests = requests

    def routes(self) -> list[Route]:
        """The addresses below /storage/v1."""
        return [
            Route("/bucket", self._list, methods=["GET"]),
            Route("/bucket", self._create, methods=["POST"]),
            Route("/bucket/{bucket}/empty", self._empty, methods=["POST"]),
            Route("/bucket/{bucket}", self._get, methods=["GET"]),
            Route("/bucket/{bucket}", self._update, methods=["PUT"]),
            Route("/bucket/{bucket}", self._delete, methods=["DELETE"]),
        ]

    async def _list(self, request: Request) -> Response:
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            rows = await connection.fetch("select * from storage.buckets order by name")
        return JSONResponse([_to_json(row) for row in rows])

    async def _create(self, request: Request) -> Response:
        body = await json_body(request)
        name = str(body.get("name") or "")
        bucket_id = str(body.get("id") or name)
        if not name or "/" in name or len(name) > 100:
            raise StorageError(400, "InvalidBucketName", "Invalid Input", "Bucket name invalid")
        caller = self._requests.caller(request)
        async with self._requests.rows.as_caller(caller, "ResourceAlreadyExists") as connection:
            await connection.execute(
                """insert into storage.buckets (id, name, owner, public, file_size_limit, allowed_mime_types)
                   values ($1, $2, $3, $4, $5, $6)""",
                bucket_id,
                name,
                caller.owner,
                bool(body.get("public")),
                _size(body.get("file_size_limit")),
                body.get("allowed_mime_types"),
            )
        return JSONResponse({"name": name})

    async def _get(self, request: Request) -> Response:
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            row = await connection.fetchrow(
                "select * from storage.buckets where id = $1", request.path_params["bucket"]
            )
        if row is None:
            raise no_such_bucket()
        return JSONResponse(_to_json(row))

    async def _update(self, request: Request) -> Response:
        body = await json_body(request)
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            changed = await connection.fetchval(
                """update storage.buckets set public = coalesce($2, public),
                       file_size_limit = case when $3 then $4 else file_size_limit end,
                       allowed_mime_types = case when $5 then $6 else allowed_mime_types end, updated_at = now()
                   where id = $1 returning id""",
                request.path_params["bucket"],
                body.get("public"),
                "file_size_limit" in body,
                _size(body.get("file_size_limit")),
                "allowed_mime_types" in body,
                body.get("allowed_mime_types"),
            )
        if changed is None:
            raise no_such_bucket()
        return JSONResponse({"message": "Successfully updated"})

    async def _empty(self, request: Request) -> Response:
        bucket = request.path_params["bucket"]
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            if not await connection.fetchval("select exists (select from storage.buckets where id = $1)", bucket):
                raise no_such_bucket()
            rows = await connection.fetch("delete from storage.objects where bucket_id = $1 returning version", bucket)
        self._requests.files.remove(*(row["version"] for row in rows))
        return JSONResponse({"message": "Successfully emptied"})

    async def _delete(self, request: Request) -> Response:
        try:
            async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
                deleted = await connection.fetchval(
                    "delete from storage.buckets where id = $1 returning id", request.path_params["bucket"]
                )
        except asyncpg.ForeignKeyViolationError:
            message = "The bucket you tried to delete is not empty"
            raise StorageError(409, "BucketNotEmpty", "InvalidRequest", message) from None
        if deleted is None:
            raise no_such_bucket()
        return JSONResponse({"message": "Successfully deleted"})


def _size(value: Any) -> int | None:
    if value is None or isinstance(value, int):
        return value
    match = _SIZE.fullmatch(str(value).strip())
    if match is None:
        raise invalid_request("file_size_limit is not a size")
    return int(match.group(1)) * _UNITS[(match.group(2) or "B").upper()]


def _to_json(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "id": row["id"], "name": row["name"], "owner": str(row["owner"] or ""), "public": row["public"],
        "file_size_limit": row["file_size_limit"], "allowed_mime_types": row["allowed_mime_types"],
        "created_at": rfc3339(row["created_at"]), "updated_at": rfc3339(row["updated_at"]), "type": "STANDARD",
    }  # fmt: skip
