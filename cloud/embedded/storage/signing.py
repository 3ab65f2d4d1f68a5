"""Signed addresses of Storage: whoever has one may download, or upload once, until it expires."""

from typing import Any
from urllib.parse import quote, urlencode

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.embedded.storage import objects
from cloud.embedded.storage.errors import StorageError, already_exists, invalid_request, no_such_key
from cloud.embedded.storage.objects import SERVICE
from cloud.embedded.storage.requests import StorageRequests, checked_key, file_answer, json_body

_DOWNLOAD, _UPLOAD = "storage.object.sign", "storage.object.upload_sign"
_UPLOAD_SECONDS = 7200
_HIDDEN = "Either the object does not exist or you do not have access to it"


class SigningApi:
    """Handlers."""

    def __init__(self, requests: StorageRequests) -> None:
        self._requests = requests

    def routes(self) -> list[Route]:
        """The addresses below /storage/v1."""
        return [
            Route("/object/upload/sign/{bucket}/{path:path}", self._sign_upload, methods=["POST"]),
            Route("/object/upload/sign/{bucket}/{path:path}", self._upload, methods=["PUT"]),
            Route("/object/sign/{bucket}", self._sign_many, methods=["POST"]),
            Route("/object/sign/{bucket}/{path:path}", self._sign, methods=["POST"]),
            Route("/object/sign/{bucket}/{path:path}", self._download, methods=["GET"]),
        ]

    async def _sign(self, request: Request) -> Response:
        bucket_id, name = self._requests.key(request)
        body = await json_body(request)
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            if await objects.find(connection, bucket_id, name) is None:
                raise no_such_key()
        return JSONResponse({"signedURL": self._download_address(bucket_id, name, _seconds(body))})

    async def _sign_many(self, request: Request) -> Response:
        bucket_id = request.path_params["bucket"]
        body = await json_body(request)
        paths = [str(path) for path in body.get("paths") or []]
        seconds = _seconds(body)
        async with self._requests.rows.as_caller(self._requests.caller(request)) as connection:
            rows = await connection.fetch(
                "select name from storage.objects where bucket_id = $1 and name = any($2)", bucket_id, paths
            )
        seen = {row["name"] for row in rows}
        return JSONResponse(
            [
                {
                    "error": None if path in seen else _HIDDEN,
                    "path": path,
                    "signedURL": self._download_address(bucket_id, path, seconds) if path in seen else None,
                }
                for path in paths
            ]
        )

    async def _download(self, request: Request) -> Response:
        bucket_id, name = self._requests.key(request)
        self._claims(request, _DOWNLOAD, f"{bucket_id}/{name}")
        async with self._requests.rows.as_caller(SERVICE) as connection:
            row = await objects.find(connection, bucket_id, name)
        if row is None:
            raise no_such_key()
        return file_answer(self._requests.files, row, request)

    async def _sign_upload(self, request: Request) -> Response:
        bucket_id, name = self._requests.key(request)
        caller = self._requests.caller(request)
        upsert = request.headers.get("x-upsert", "false") == "true"
        await self._requests.rows.bucket(bucket_id)
        async with self._requests.rows.as_caller(caller) as connection:
            # Tries the insert, so that the policies decide, and takes it back.
            attempt = connection.transaction()
            await attempt.start()
            await objects.add(
                connection, bucket_id, name, owner=caller.owner, version="", metadata={}, user_metadata=None,
                upsert=upsert,
            )  # fmt: skip
            await attempt.rollback()
        claims = {"owner": caller.owner, "url": f"{bucket_id}/{name}", "scope": _UPLOAD, "upsert": upsert}
        token = self._requests.authority.sign_internal(claims, _UPLOAD_SECONDS)
        return JSONResponse({"url": _address("upload/sign", bucket_id, name, token), "token": token})

    async def _upload(self, request: Request) -> Response:
        bucket_id, name = self._requests.key(request)
        claims = self._claims(request, _UPLOAD, f"{bucket_id}/{name}")
        old = await self._requests.rows.version(bucket_id, name)
        if old is not None and not claims["upsert"]:
            raise already_exists("KeyAlreadyExists")
        upload = await self._requests.upload(request, await self._requests.rows.bucket(bucket_id))
        async with (
            self._requests.keeping(bucket_id, name, upload),
            self._requests.rows.as_caller(SERVICE) as connection,
        ):
            await objects.add(
                connection,
                bucket_id,
                name,
                owner=claims["owner"],
                version=upload.file.version,
                metadata=objects.file_metadata(upload.file, upload.content_type, upload.cache_control),
                user_metadata=upload.user_metadata,
                upsert=claims["upsert"],
            )
        return JSONResponse({"Key": f"{bucket_id}/{name}"})

    def _claims(self, request: Request, scope: str, url: str) -> dict[str, Any]:
        token = request.query_params.get("token")
        if not token:
            raise invalid_request("querystring must have required property 'token'")
        try:
            claims = self._requests.authority.verify(token)
        except jwt.ExpiredSignatureError:
            raise StorageError(400, "ExpiredToken", "ExpiredToken", '"exp" claim timestamp check failed') from None
        except jwt.PyJWTError as error:
            raise StorageError(400, "InvalidJWT", "InvalidJWT", str(error)) from None
        if claims.get("scope") != scope or claims.get("url") != url:
            raise StorageError(400, "InvalidSignature", "InvalidSignature", "The url do not match the signature")
        return claims

    def _download_address(self, bucket_id: str, name: str, seconds: int) -> str:
        claims = {"url": f"{bucket_id}/{checked_key(name)}", "scope": _DOWNLOAD}
        return _address("sign", bucket_id, name, self._requests.authority.sign_internal(claims, seconds))


def _address(kind: str, bucket_id: str, name: str, token: str) -> str:
    return f"/object/{kind}/{quote(bucket_id)}/{quote(name)}?{urlencode({'token': token})}"


def _seconds(body: dict[str, Any]) -> int:
    """`expiresIn`; clients send it as a number or as text."""
    try:
        seconds = int(body["expiresIn"])
    except (KeyError, TypeError, ValueError):
        raise invalid_request("body must have required property 'expiresIn'") from None
    if seconds < 1:
        raise invalid_request("expiresIn must be at least 1")
    return seconds
