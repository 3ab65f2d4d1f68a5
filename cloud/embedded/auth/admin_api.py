"""The Auth stand-in's addresses for the service: create, list, read, change and delete users."""

from typing import Any
from uuid import UUID

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.embedded.auth import users
from cloud.embedded.auth.api import AuthApi
from cloud.embedded.auth.errors import AuthError

_ADMIN_ROLES = {"service_role", "supabase_admin"}
_TAKEN = "A user with this email address has already been registered"
_DEFAULT_PAGE = 50


class AdminApi:
    """Handlers; every one asks for a token of the service."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", auth: AuthApi, *, bcrypt_rounds: int) -> None:
        self._pool = pool
        self._auth = auth
        self._rounds = bcrypt_rounds

    def routes(self) -> list[Route]:
        """The addresses below /auth/v1."""
        return [
            Route("/admin/users", self._users, methods=["GET", "POST"]),
            Route("/admin/users/{user_id}", self._one, methods=["GET", "PUT", "DELETE"]),
        ]

    async def _users(self, request: Request) -> Response:
        self._require_admin(request)
        return await (self._list(request) if request.method == "GET" else self._create(request))

    async def _create(self, request: Request) -> Response:
        body = users.body_of(await request.body())
        hashed = await users.hashed_password(body["password"], self._rounds) if body.get("password") else None
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                user = await users.create(
                    connection,
                    email=users.checked_email(body.get("email")),
                    password_hash=hashed,
                    confirmed=bool(body.get("email_confirm")),
                    user_metadata=body.get("user_metadata"),
                    app_metadata=body.get("app_metadata"),
                )
        except asyncpg.UniqueViolationError:
            raise AuthError(422, "email_exists", _TAKEN) from None
        return JSONResponse(users.to_json(user))

    async def _list(self, request: Request) -> Response:
        page = _positive(request.query_params.get("page"), 1)
        size = _positive(request.query_params.get("per_page"), _DEFAULT_PAGE)
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(
                "select * from auth.users where deleted_at is null order by created_at desc, id limit $1 offset $2",
                size,
                (page - 1) * size,
            )
            total = await connection.fetchval("select count(*) from auth.users where deleted_at is null")
        return JSONResponse(
            {"users": [users.to_json(row) for row in rows], "aud": "authenticated"},
            headers={"X-Total-Count": str(total)},
        )

    async def _one(self, request: Request) -> Response:
        self._require_admin(request)
        try:
            user_id = UUID(request.path_params["user_id"])
        except ValueError:
            raise AuthError(404, "validation_failed", "user_id must be an UUID") from None
        async with self._pool.acquire() as connection:
            user = await users.find(connection, user_id)
        if user is None:
            raise AuthError(404, "user_not_found", "User not found")
        if request.method == "PUT":
            user = await self._change(user_id, users.body_of(await request.body()))
        elif request.method == "DELETE":
            body = users.body_of(await request.body())
            await self._delete(user_id, soft=bool(body.get("should_soft_delete")))
            return JSONResponse({})
        return JSONResponse(users.to_json(user))

    async def _change(self, user_id: UUID, body: dict[str, Any]) -> asyncpg.Record:
        changes = dict(body)
        if body.get("email"):
            changes["email"] = users.checked_email(body["email"])
        if body.get("password"):
            changes["password_hash"] = await users.hashed_password(body["password"], self._rounds)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                return await users.update(connection, user_id, changes)
        except asyncpg.UniqueViolationError:
            raise AuthError(422, "email_exists", _TAKEN) from None

    async def _delete(self, user_id: UUID, *, soft: bool) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            if soft:
                await connection.execute("update auth.users set deleted_at = now() where id = $1", user_id)
                await connection.execute("delete from auth.sessions where user_id = $1", user_id)
            else:
                await connection.execute("delete from auth.users where id = $1", user_id)

    def _require_admin(self, request: Request) -> None:
        if self._auth.claims(request).get("role") not in _ADMIN_ROLES:
            raise AuthError(403, "not_admin", "User not allowed")


def _positive(value: str | None, default: int) -> int:
    return int(value) if value and value.isdigit() and int(value) > 0 else default
