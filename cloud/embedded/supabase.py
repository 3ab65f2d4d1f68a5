"""The local stand-in for Supabase: Auth and Storage behind one address, with the gateway's check of API keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import asyncpg
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from cloud.db.pool import prepare_connection
from cloud.embedded.auth.admin_api import AdminApi
from cloud.embedded.auth.api import AuthApi
from cloud.embedded.auth.errors import AuthError, OAuthError, answer_auth_error, answer_oauth_error
from cloud.embedded.auth.sessions import SessionPolicy, Sessions
from cloud.embedded.state import LocalSecrets
from cloud.embedded.storage.api import StorageApi
from cloud.embedded.storage.errors import StorageError, answer_storage_error
from cloud.embedded.token_authority import TokenAuthority

_OPEN = (
    "/auth/v1/.well-known/",
    "/auth/v1/health",
    "/storage/v1/object/public/",
    "/storage/v1/object/sign/",
    "/storage/v1/object/upload/sign/",
)


@dataclass(frozen=True, slots=True)
class SupabaseOptions:
    """What a project's owner chooses on hosted Supabase.

    Attributes:
        url: Base address under which clients reach this server.
        folder: Where objects' bytes lie.
        autoconfirm: False makes new users confirm their address first.
        algorithm: Of user tokens; HS256 is a project that has not moved to signing keys.
        bcrypt_rounds: Cost of a password hash.
    """

    url: str
    folder: Path
    autoconfirm: bool = True
    algorithm: Literal["ES256", "HS256"] = "ES256"
    bcrypt_rounds: int = 10
    policy: SessionPolicy = field(default_factory=SessionPolicy)


def token_authority(secrets: LocalSecrets, url: str, algorithm: Literal["ES256", "HS256"] = "ES256") -> TokenAuthority:
    """The keys of the stand-in at an address."""
    return TokenAuthority(secrets.signing_key_pem, secrets.jwt_secret, f"{url}/auth/v1", algorithm=algorithm)


@asynccontextmanager
async def supabase_app(dsn: str, secrets: LocalSecrets, options: SupabaseOptions) -> AsyncIterator[ASGIApp]:
    """The running stand-in on a bootstrapped database.

    Args:
        dsn: Address of a superuser, who may take every caller's role.
        secrets: Keys of the data folder.
        options: The project's choices.

    Raises:
        OSError: the database can't be reached.
    """
    authority = token_authority(secrets, options.url, options.algorithm)
    async with asyncpg.create_pool(dsn, min_size=1, max_size=10, init=prepare_connection) as pool:
        auth = AuthApi(
            pool,
            authority,
            Sessions(authority, options.policy),
            autoconfirm=options.autoconfirm,
            bcrypt_rounds=options.bcrypt_rounds,
        )
        admin = AdminApi(pool, auth, bcrypt_rounds=options.bcrypt_rounds)
        storage = StorageApi(pool, authority, options.folder)
        app = Starlette(
            routes=[
                Mount("/auth/v1", routes=[*auth.routes(), *admin.routes()]),
                Mount("/storage/v1", routes=storage.routes()),
            ],
            exception_handlers={
                AuthError: answer_auth_error,
                OAuthError: answer_oauth_error,
                StorageError: answer_storage_error,
            },
        )
        yield _Gateway(app, {authority.anon_key, authority.service_key})


class _Gateway:
    """Lets in who has one of the project's API keys, as the hosted gateway does."""

    def __init__(self, app: ASGIApp, keys: set[str]) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._admitted(scope):
            body = {
                "message": "Invalid API key",
                "hint": "Double check your Supabase `anon` or `service_role` API key.",
            }
            await JSONResponse(body, 401)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _admitted(self, scope: Scope) -> bool:
        path: str = scope["path"]
        is_open = path.startswith(_OPEN) and (scope["method"] in ("GET", "HEAD", "PUT") or "/auth/" in path)
        key = dict(scope["headers"]).get(b"apikey", b"").decode("latin-1")
        return is_open or key in self._keys
