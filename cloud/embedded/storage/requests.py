"""What all of Storage's handlers need of a request: its caller, its checked key, its file."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import jwt
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from cloud.embedded.storage.errors import StorageError, access_denied, invalid_request
from cloud.embedded.storage.files import ObjectFiles, StoredFile
from cloud.embedded.storage.objects import Caller, ObjectRows
from cloud.embedded.token_authority import TokenAuthority

# Storage takes ASCII alone.
_KEY = re.compile(r"[A-Za-z0-9_/!.*'() &$=@;:+,?-]+")
_MAX_KEY = 1024
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived: its bytes are on disk, its row is not written yet."""

    file: StoredFile
    content_type: str
    cache_control: str
    user_metadata: Any


@dataclass(frozen=True, slots=True)
class StorageRequests:
    """The server's parts that handlers share."""

    rows: ObjectRows
    files: ObjectFiles
    authority: TokenAuthority

    def caller(self, request: Request) -> Caller:
        """Whom the bearer token speaks for.

        Raises:
            StorageError: there is none or it is not valid.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise invalid_request("headers must have required property 'authorization'")
        try:
            return Caller.of(self.authority.verify(token))
        except jwt.PyJWTError as error:
            raise access_denied(str(error)) from None

    def key(self, request: Request) -> tuple[str, str]:
        """Bucket and checked object name of the address."""
        return request.path_params["bucket"], checked_key(request.path_params["path"])

    async def upload(self, request: Request, bucket: Any) -> Upload:
        """Takes a file in, as a form or as the bare body, within the bucket's limits.

        Raises:
            StorageError: too large, or a kind the bucket does not take.
        """
        if request.headers.get("content-type", "").startswith("multipart/"):
            async with request.form() as form:
                part = next((value for value in form.values() if isinstance(value, UploadFile)), None)
                if part is None:
                    raise invalid_request("The form holds no file")
                given_type = form.get("contentType") or part.content_type
                metadata = form.get("metadata") or form.get("userMetadata")
                cache = form.get("cacheControl")
                return await self._store(_chunks_of(part), bucket, given_type, cache, metadata)
        headers = request.headers
        return await self._store(
            request.stream(), bucket, headers.get("content-type"), headers.get("cache-control"), None
        )

    @asynccontextmanager
    async def keeping(self, bucket_id: str, name: str, upload: Upload) -> AsyncIterator[None]:
        """The object's row is written in the block: then its old file goes, or the new one if that failed."""
        old = await self.rows.version(bucket_id, name)
        try:
            yield
        except BaseException:
            self.files.remove(upload.file.version)
            raise
        self.files.remove(old)

    async def _store(
        self, chunks: AsyncIterator[bytes], bucket: Any, content_type: Any, cache: Any, metadata: Any
    ) -> Upload:
        kind = str(content_type or "application/octet-stream")
        allowed = bucket["allowed_mime_types"]
        bare = kind.partition(";")[0].strip()
        if allowed and not any(
            bare == item or (item.endswith("/*") and bare.startswith(item[:-1])) for item in allowed
        ):
            raise StorageError(415, "InvalidMimeType", "invalid_mime_type", f"mime type {bare} is not supported")
        file = await self.files.write(chunks, bucket["file_size_limit"])
        if file is None:
            message = "The object exceeded the maximum allowed size"
            raise StorageError(413, "EntityTooLarge", "Payload too large", message)
        cache_control = f"max-age={cache}" if cache and str(cache).isdigit() else str(cache or "no-cache")
        try:
            parsed = json.loads(str(metadata)) if metadata else None
        except ValueError:
            parsed = None
        return Upload(file, kind, cache_control, parsed)


async def _chunks_of(part: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await part.read(_CHUNK):
        yield chunk


def checked_key(name: str) -> str:
    """An object's name.

    Raises:
        StorageError: it holds what Storage does not take.
    """
    if not _KEY.fullmatch(name) or len(name) > _MAX_KEY or any(part in ("", ".", "..") for part in name.split("/")):
        raise StorageError(400, "InvalidKey", "InvalidKey", f"Invalid key: {name}")
    return name


async def json_body(request: Request) -> dict[str, Any]:
    """A JSON object.

    Raises:
        StorageError: the body is something else.
    """
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid_request("The body is not a JSON object")
    return body


def file_answer(files: ObjectFiles, row: asyncpg.Record, request: Request) -> Response:
    """An object's bytes; `?download=name` makes a browser save them."""
    system = row["metadata"]
    headers = {"cache-control": system["cacheControl"], "etag": system["eTag"]}
    name = None
    if "download" in request.query_params:
        name = request.query_params["download"] or row["name"].rpartition("/")[2]
    return FileResponse(files.path(row["version"]), headers=headers, media_type=system["mimetype"], filename=name)
