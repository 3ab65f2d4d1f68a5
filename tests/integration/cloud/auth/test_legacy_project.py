"""Projects that sign with the old shared secret, and projects that ask new users to confirm their address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import jwt
from pydantic import SecretStr

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.auth.tokens import TokenVerifier
from cloud.embedded.supabase import SupabaseOptions, supabase_app
from cloud.providers.supabase import AuthProvider

URL = "http://legacy"
PASSWORD = "correct horse 8"


@asynccontextmanager
async def _project(backend: Any, **options: Any) -> AsyncIterator[tuple[AuthProvider, httpx.AsyncClient]]:
    choices = SupabaseOptions(url=URL, folder=backend.folder / "legacy", bcrypt_rounds=4, **options)
    async with (
        supabase_app(backend.superuser_dsn, backend.secrets, choices) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http,
    ):
        settings = backend.settings(supabase_url=URL, supabase_jwt_secret=SecretStr(backend.secrets.jwt_secret))
        yield AuthProvider(settings, http), http


async def test_a_project_on_the_legacy_secret(backend: Any) -> None:
    async with _project(backend, algorithm="HS256") as (auth, http):
        session = await auth.sign_up(f"{uuid4().hex}@example.com", PASSWORD, "Ada")
        assert jwt.get_unverified_header(session.access_token).keys() == {"alg", "typ", "kid"}
        verifier = TokenVerifier(http, issuer=f"{URL}/auth/v1", legacy_secret=backend.secrets.jwt_secret)
        assert (await verifier.verify(session.access_token)).user_id == session.user.id
        key = {"apikey": backend.anon_key}
        assert (await http.get(f"{URL}/auth/v1/.well-known/jwks.json", headers=key)).json() == {"keys": []}


async def _code(call: Any) -> ErrorCode:
    try:
        await call
    except ForexEliteError as error:
        return error.code
    raise AssertionError("not refused")


async def test_a_project_that_asks_for_confirmation(backend: Any) -> None:
    email = f"{uuid4().hex}@example.com"
    async with _project(backend, autoconfirm=False) as (auth, _):
        assert await _code(auth.sign_up(email, PASSWORD, "Ada")) is ErrorCode.EMAIL_NOT_CONFIRMED
        # A second time nobody learns that the address is known.
        assert await _code(auth.sign_up(email, PASSWORD, "Eve")) is ErrorCode.EMAIL_NOT_CONFIRMED
        assert await _code(auth.sign_in(email, PASSWORD)) is ErrorCode.EMAIL_NOT_CONFIRMED
        assert await _code(auth.sign_in(email, "wrong wrong")) is ErrorCode.INVALID_CREDENTIALS


async def test_a_project_that_does_not_answer(backend: Any) -> None:
    settings = backend.settings(supabase_url="http://127.0.0.1:9")
    async with httpx.AsyncClient() as http:
        assert await _code(AuthProvider(settings, http).sign_in("a@b.c", PASSWORD)) is ErrorCode.SERVICE_UNAVAILABLE
