"""The Storage stand-in's addresses for objects; signed addresses are in `signing`."""

from pathlib import Path
from typing import Any

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.embedded.storage import objects
from cloud.embedded.storage.buckets import BucketApi
from cloud.embedded.storage.errors import invalid_request, no_such_bucket, no_such_key
from cloud.embedded.storage.files import ObjectFiles
from cloud.embedded.storage.listing import list_folder
from cloud.embedded.storage.objects import SERVICE, ObjectRows
from cloud.embedded.storage.requests import StorageRequests, checked_key, file_answer, json_body
from cloud.embedded.storage.signing import SigningApi
from cloud.embedded.token_authority import TokenAuthority

_MAX_DELETIONS = 1000


class StorageApi:
    """Handlers; one object a server."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", authority: TokenAuthority, folder: Path) -> None:
        self._requests = StorageRequests(ObjectRows(pool), ObjectFiles(folder), authority)

    def routes(self) -> list[Route]:
        """The addresses below /storage/v1, special ones before the general."""
        return [
            *BucketApi(self._requests).routes(),
            *SigningApi(self._requests).routes(),
            Route("/object/list/{bucket}", self._list, methods=["POST"]),
            Route("/object/move", self._move, methods=["POST"]),
            Route("/object/copy", self._copy, methods=["POST"]),
            Route("/object/info/{bucket}/{path:path}", self._info, methods=["GET"]),
            Route("/object/public/{bucket}/{path:path}", self._public, methods=["GET"]),
            Route("/object/authenticated/{bucket}/{path:path}", self._download, methods=["GET"]),
            Route("/object/{bucket}", self._remove, methods=["DELETE"]),
            Route("/object/{bucket}/{path:path}", self._download, methods=["GET"]),
            Route("/object/{bucket}/{path:path}", self._upload, methods=["POST"]),
            Route("/object/{bucket}/{path:path}", self._update, methods=["PUT"]),
            Route("/object/{bucket}/{path:path}", self._remove_one, methods=["DELETE"]),
        ]

    async def _upload(self, request: Request) -> Response:
        bucket_id, name = self._requests.key(request)
        caller = self._requests.caller(request)
        upsert = request.headers.get("x-upsert", "false") == "true"
        upload = await self._requests.upload(request, await self._requests.rows.bucket(bucket_id))
        async with (
            self._requests.keeping(bucket_id, name, upload),
            self._requests.rows.as_caller(caller) as connection,
        ):
            row = await objects.add(
                connection,
                bucket_id,
                name,
                owner=caller.owner,
                version=upload.file.version,
                metadata=objects.file_metadata(upload.file, upload.content_type, upload.cache_control),
                user_metadata=upload.user_metadata,
                upsert=upsert,
            )
        return JSONResponse({"Id": str(row["id"]), "Key": f"{bucket_id}/{name}"})

    async def _update(self, request: Request) -> Response:
        bucket_id, name = self._requests.key(request)
        caller = self._requests.caller(request)
        upload = await self._requests.upload(request, await self._requests.rows.bucket(bucket_id))
        async with (
            self._requests.keeping(bucket_id, name, upload),
            self._requests.rows.as_caller(caller) as connection,
        ):
            row = await objects.replace(
                connection,
                bucket_id,
                name,
                version=upload.file.version,
                metadata=objects.file_metadata(upload.file, upload.content_type, upload.cache_control),
                user_metadata=upload.user_metadata,
            )
            if row is None:
                raise no_such_key()
        return JSONResponse({"Id": str(row["id"]), "Key": f"{bucket_id}/{name}"})

    async def _download(self, request: Request) -> Response:
        bucket_id, name = self._requests.key(request)
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            row = await objects.find(connection, bucket_id, name)
        if row is None:
            await self._requests.rows.bucket(bucket_id)
            raise no_such_key()
        return file_answer(self._requests.files, row, request)

    async def _public(self, request: Request) -> Response:
        bucket_id, name = self._requests.key(request)
        if not (await self._requests.rows.bucket(bucket_id))["public"]:
            raise no_such_bucket()
        async with self._requests.rows.as_caller(SERVICE) as connection:
            row = await objects.find(connection, bucket_id, name)
        if row is None:
            raise no_such_key()
        return file_answer(self._requests.files, row, request)

    async def _info(self, request: Request) -> Response:
        bucket_id, name = self._requests.key(request)
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            row = await objects.find(connection, bucket_id, name)
        if row is None:
            await self._requests.rows.bucket(bucket_id)
            raise no_such_key()
        system: dict[str, Any] = row["metadata"]
        return JSONResponse({
            "id": str(row["id"]), "name": name, "version": row["version"], "bucket_id": bucket_id,
            "size": system["size"], "content_type": system["mimetype"], "cache_control": system["cacheControl"],
            "etag": system["eTag"], "metadata": row["user_metadata"] or {}, "last_modified": system["lastModified"],
            "created_at": objects.rfc3339(row["created_at"]),
        })  # fmt: skip

    async def _list(self, request: Request) -> Response:
        bucket_id = request.path_params["bucket"]
        body = await json_body(request)
        caller = self._requests.caller(request)
        await self._requests.rows.bucket(bucket_id)
        async with self._requests.rows.as_caller(caller) as connection:
            return JSONResponse(await list_folder(connection, bucket_id, body))

    async def _move(self, request: Request) -> Response:
        bucket_id, source, target = await self._two_keys(request)
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            moved = await connection.fetchval(
                """update storage.objects set name = $3, updated_at = now()
                   where bucket_id = $1 and name = $2 returning id""",
                bucket_id,
                source,
                target,
            )
        if moved is None:
            raise no_such_key()
        return JSONResponse({"message": "Successfully moved"})

    async def _copy(self, request: Request) -> Response:
        bucket_id, source, target = await self._two_keys(request)
        caller = self._requests.caller(request)
        version = None
        try:
            async with self._requests.rows.as_caller(caller) as connection:
                row = await objects.find(connection, bucket_id, source)
                if row is None:
                    raise no_such_key()
                version = await self._requests.files.copy(row["version"])
                copy = await objects.add(
                    connection,
                    bucket_id,
                    target,
                    owner=caller.owner,
                    version=version,
                    metadata=row["metadata"],
                    user_metadata=row["user_metadata"],
                    upsert=False,
                )
        except BaseException:
            self._requests.files.remove(version)
            raise
        return JSONResponse({"Id": str(copy["id"]), "Key": f"{bucket_id}/{target}"})

    async def _remove(self, request: Request) -> Response:
        body = await json_body(request)
        names = body.get("prefixes")
        if not isinstance(names, list) or not names or len(names) > _MAX_DELETIONS:
            raise invalid_request(f"prefixes must hold 1 to {_MAX_DELETIONS} names")
        rows = await self._deleted(request, [str(name) for name in names])
        return JSONResponse([objects.to_json(row) for row in rows])

    async def _remove_one(self, request: Request) -> Response:
        if not await self._deleted(request, [request.path_params["path"]]):
            raise no_such_key()
        return JSONResponse({"message": "Successfully deleted"})

    async def _deleted(self, request: Request, names: list[str]) -> list[asyncpg.Record]:
        bucket_id = request.path_params["bucket"]
        await self._requests.rows.bucket(bucket_id)
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            rows = await objects.delete(connection, bucket_id, names)
        self._requests.files.remove(*(row["version"] for row in rows))
        return rows

    async def _two_keys(self, request: Request) -> tuple[str, str, str]:
        body = await json_body(request)
        bucket_id = str(body.get("bucketId") or "")
        await self._requests.rows.bucket(bucket_id)
        return bucket_id, checked_key(str(body.get("sourceKey"))), checked_key(str(body.get("destinationKey")))
