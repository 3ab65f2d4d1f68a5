"""The Auth stand-in's addresses for users: sign-up, tokens, user, sign-out, keys."""

from typing import Any
from uuid import UUID

import asyncpg
import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.embedded.auth import users
from cloud.embedded.auth.errors import AuthError, OAuthError
from cloud.embedded.auth.sessions import Sessions
from cloud.embedded.token_authority import TokenAuthority

_TAKEN = "User already registered"


class AuthApi:
    """Handlers; one object a server."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        authority: TokenAuthority,
        sessions: Sessions,
        *,
        autoconfirm: bool,
        bcrypt_rounds: int,
    ) -> None:
        self._pool = pool
        self._authority = authority
        self._sessions = sessions
        self._autoconfirm = autoconfirm
        self._rounds = bcrypt_rounds

    def routes(self) -> list[Route]:
        """The addresses below /auth/v1."""
        return [
            Route("/signup", self._sign_up, methods=["POST"]),
            Route("/token", self._token, methods=["POST"]),
            Route("/user", self._user, methods=["GET", "PUT"]),
            Route("/logout", self._sign_out, methods=["POST"]),
            Route("/.well-known/jwks.json", self._jwks),
            Route("/health", self._health),
        ]

    async def _sign_up(self, request: Request) -> Response:
        body = users.body_of(await request.body())
        email = users.checked_email(body.get("email"))
        hashed = await users.hashed_password(body.get("password"), self._rounds)
        metadata = body.get("data") if isinstance(body.get("data"), dict) else {}
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                user = await users.create(
                    connection, email=email, password_hash=hashed, confirmed=self._autoconfirm, user_metadata=metadata
                )
                if self._autoconfirm:
                    return JSONResponse(await self._sessions.open(connection, user))
        except asyncpg.UniqueViolationError:
            if self._autoconfirm:
                raise AuthError(422, "user_already_exists", _TAKEN) from None
            # Who must confirm first learns nothing about other people's addresses.
            user = await self._user_nobody_has(email)
        return JSONResponse(users.to_json(user))

    async def _user_nobody_has(self, email: str) -> asyncpg.Record:
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(
                """select gen_random_uuid() as id, 'authenticated' as aud, 'authenticated' as role, $1::text as email,
                          null::text as phone, null::timestamptz as email_confirmed_at, now() as created_at,
                          now() as updated_at, null::timestamptz as last_sign_in_at, '{}'::jsonb as raw_user_meta_data,
                          '{"provider": "email", "providers": ["email"]}'::jsonb as raw_app_meta_data,
                          null::timestamptz as banned_until, false as is_anonymous""",
                email,
            )
        assert row is not None  # noqa: S101  (a select without from has one row)
        return row

    async def _token(self, request: Request) -> Response:
        body = users.body_of(await request.body())
        grant = request.query_params.get("grant_type")
        if grant == "password":
            return JSONResponse(await self._sign_in(body))
        if grant == "refresh_token":
            token = body.get("refresh_token")
            if not isinstance(token, str) or not token:
                raise OAuthError("invalid_request", "refresh_token required")
            return JSONResponse(await self._sessions.refresh(self._pool, token))
        raise AuthError(400, "invalid_credentials", "unsupported_grant_type")

    async def _sign_in(self, body: dict[str, Any]) -> dict[str, Any]:
        email = str(body.get("email") or "").lower()
        async with self._pool.acquire() as connection:
            user = await users.find_by_email(connection, email)
        fits = await users.password_fits(body.get("password"), user["encrypted_password"] if user else None)
        if user is None or not fits:
            raise AuthError(400, "invalid_credentials", "Invalid login credentials")
        if users.is_banned(user):
            raise AuthError(400, "user_banned", "User is banned")
        if user["email_confirmed_at"] is None:
            raise AuthError(400, "email_not_confirmed", "Email not confirmed")
        async with self._pool.acquire() as connection, connection.transaction():
            return await self._sessions.open(connection, user)

    async def _user(self, request: Request) -> Response:
        user, session_id = await self.caller(request)
        if request.method == "GET":
            return JSONResponse(users.to_json(user))
        body = users.body_of(await request.body())
        changes: dict[str, Any] = {"user_metadata": body.get("data")}
        if body.get("email"):
            changes["email"] = users.checked_email(body["email"])
        if "password" in body:
            if await users.password_fits(body["password"], user["encrypted_password"]):
                raise AuthError(422, "same_password", "New password should be different from the old password.")
            changes["password_hash"] = await users.hashed_password(body["password"], self._rounds)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                changed = await users.update(connection, user["id"], changes)
                if "password_hash" in changes:
                    await self._sessions.end(connection, user["id"], session_id, "others")
        except asyncpg.UniqueViolationError:
            message = "A user with this email address has already been registered"
            raise AuthError(422, "email_exists", message) from None
        return JSONResponse(users.to_json(changed))

    async def _sign_out(self, request: Request) -> Response:
        scope = request.query_params.get("scope") or "global"
        if scope not in ("global", "local", "others"):
            raise AuthError(400, "validation_failed", f'Unsupported logout scope "{scope}"')
        user, session_id = await self.caller(request)
        async with self._pool.acquire() as connection:
            await self._sessions.end(connection, user["id"], session_id, scope)
        return Response(status_code=204)

    async def _jwks(self, _request: Request) -> Response:
        return JSONResponse(self._authority.jwks(), headers={"Cache-Control": "public, max-age=600"})

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"version": "local", "name": "GoTrue", "description": "Local stand-in for Supabase Auth"})

    def claims(self, request: Request) -> dict[str, Any]:
        """Claims of the request's bearer token.

        Raises:
            AuthError: no_authorization, bad_jwt.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise AuthError(401, "no_authorization", "This endpoint requires a valid Bearer token")
        try:
            return self._authority.verify(token)
        except jwt.PyJWTError as error:
            message = f"invalid JWT: unable to parse or verify signature, {str(error).lower()}"
            raise AuthError(403, "bad_jwt", message) from None

    async def caller(self, request: Request) -> tuple[asyncpg.Record, UUID]:
        """The user and session of the request's bearer token.

        Raises:
            AuthError: no_authorization, bad_jwt, session_not_found, user_not_found.
        """
        claims = self.claims(request)
        try:
            user_id, session_id = UUID(claims["sub"]), UUID(claims["session_id"])
        except (KeyError, ValueError):
            raise AuthError(403, "bad_jwt", "invalid claim: missing sub claim") from None
        async with self._pool.acquire() as connection:
            user = await users.find(connection, user_id)
            known = await connection.fetchval(
                "select exists (select from auth.sessions where id = $1 and user_id = $2)", session_id, user_id
            )
        if user is None:
            raise AuthError(403, "user_not_found", "User from sub claim in JWT does not exist")
        if not known:
            raise AuthError(403, "session_not_found", "Session from session_id claim in JWT does not exist")
        return user, session_id
