"""Supabase Auth and Storage through the `supabase` package's own clients, without any user's state.

The clients remember the last signed-in user. So Auth gets a new client object for each call (they share one HTTP
client), and Storage only ever sees the service's key.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import httpx
from storage3 import AsyncStorageClient
from storage3._async.file_api import AsyncBucketProxy
from storage3.exceptions import StorageApiError
from supabase_auth import AsyncGoTrueClient
from supabase_auth.errors import AuthError
from supabase_auth.types import AuthResponse

from agent_core.protocol.auth import SessionAnswer, User
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.settings import CloudSettings

BUCKET = "ea-artifacts"
_T = TypeVar("_T")

_WRONG_LOGIN = (ErrorCode.INVALID_CREDENTIALS, "E-mail address or password is wrong.")
_TAKEN = (ErrorCode.EMAIL_TAKEN, "There is already an account with this e-mail address. Sign in instead.")
_UNCONFIRMED = (
    ErrorCode.EMAIL_NOT_CONFIRMED,
    "Confirm your e-mail address with the link we sent you, then sign in.",
)
_SESSION_OVER = (ErrorCode.REFRESH_TOKEN_INVALID, "Your session has ended. Sign in again.")
_TOO_MANY = (ErrorCode.RATE_LIMITED, "Too many attempts. Wait a few minutes and try again.")
_UNAVAILABLE = (ErrorCode.SERVICE_UNAVAILABLE, "Sign-in does not answer right now. Try again shortly.")
_MEANING: dict[str, tuple[ErrorCode, str]] = {
    "invalid_credentials": _WRONG_LOGIN,
    "email_not_confirmed": _UNCONFIRMED,
    "user_already_exists": _TAKEN,
    "email_exists": _TAKEN,
    "weak_password": (ErrorCode.WEAK_PASSWORD, "This password is too weak. Take a longer one."),
    "user_banned": (ErrorCode.FORBIDDEN, "This account is locked. Write to support."),
    "signup_disabled": (ErrorCode.FORBIDDEN, "New accounts can't be made on this server."),
    "refresh_token_not_found": _SESSION_OVER,
    "refresh_token_already_used": _SESSION_OVER,
    "session_not_found": _SESSION_OVER,
    "session_expired": _SESSION_OVER,
    "user_not_found": _SESSION_OVER,
    "over_request_rate_limit": _TOO_MANY,
    "over_email_send_rate_limit": _TOO_MANY,
}


class AuthProvider:
    """Accounts and sessions."""

    def __init__(self, settings: CloudSettings, http: httpx.AsyncClient) -> None:
        self._url = settings.issuer
        self._key = settings.supabase_anon_key.get_secret_value()
        self._http = http

    async def sign_up(self, email: str, password: str, name: str) -> SessionAnswer:
        """Makes an account and signs in.

        Raises:
            ForexEliteError: EMAIL_TAKEN, WEAK_PASSWORD, or EMAIL_NOT_CONFIRMED where the project asks for that first.
        """
        client = self._client()
        answer = await self._ask(
            lambda: client.sign_up({"email": email, "password": password, "options": {"data": {"name": name}}})
        )
        return _session(answer)

    async def sign_in(self, email: str, password: str) -> SessionAnswer:
        """Signs in.

        Raises:
            ForexEliteError: INVALID_CREDENTIALS, EMAIL_NOT_CONFIRMED.
        """
        client = self._client()
        answer = await self._ask(lambda: client.sign_in_with_password({"email": email, "password": password}))
        return _session(answer)

    async def refresh(self, refresh_token: str) -> SessionAnswer:
        """Turns a refresh token, which works once, into a new session.

        Raises:
            ForexEliteError: REFRESH_TOKEN_INVALID.
        """
        client = self._client()
        return _session(await self._ask(lambda: client.refresh_session(refresh_token)))

    async def sign_out(self, refresh_token: str) -> None:
        """Ends the session of a refresh token, so also with an access token that has run out.

        A session that has already ended is no error.
        """
        try:
            session = await self.refresh(refresh_token)
            client = self._client()
            await self._ask(lambda: client.admin.sign_out(session.access_token, "local"))
        except ForexEliteError as error:
            if error.code is not ErrorCode.REFRESH_TOKEN_INVALID:
                raise

    def _client(self) -> AsyncGoTrueClient:
        return AsyncGoTrueClient(
            url=self._url,
            headers={"apikey": self._key, "Authorization": f"Bearer {self._key}"},
            http_client=self._http,
            auto_refresh_token=False,
            persist_session=False,
        )

    async def _ask(self, call: Callable[[], Awaitable[_T]]) -> _T:
        try:
            return await call()
        except AuthError as error:
            status = getattr(error, "status", 0)
            code, detail = _MEANING.get(str(error.code), _UNAVAILABLE)
            if error.code == "validation_failed" or (code is ErrorCode.SERVICE_UNAVAILABLE and status in (400, 422)):
                code, detail = ErrorCode.VALIDATION_ERROR, error.message
            raise ForexEliteError(code, detail) from error
        except (ValueError, KeyError, TypeError) as error:
            # Something between us and Auth answered in its place.
            raise ForexEliteError(*_UNAVAILABLE) from error


def _session(answer: AuthResponse) -> SessionAnswer:
    if answer.session is None or answer.user is None:
        code, detail = _UNCONFIRMED
        raise ForexEliteError(code, f"Your account is made. {detail}")
    name = answer.user.user_metadata.get("name")
    return SessionAnswer(
        access_token=answer.session.access_token,
        refresh_token=answer.session.refresh_token,
        expires_in=answer.session.expires_in,
        user=User(id=UUID(answer.user.id), email=answer.user.email or "", name=name),
    )


class ArtifactStorage:
    """Files of Expert Advisors in the private bucket `ea-artifacts`, at `<user id>/<version id>/<name>`."""

    def __init__(self, settings: CloudSettings, http: httpx.AsyncClient) -> None:
        key = settings.supabase_service_role_key.get_secret_value()
        self._client = AsyncStorageClient(
            f"{settings.supabase_url}/storage/v1/",
            headers={"apikey": key, "Authorization": f"Bearer {key}"},
            http_client=http,
        )

    async def put(self, path: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """Stores a file; one that is already there is replaced.

        Raises:
            ForexEliteError: SERVICE_UNAVAILABLE.
        """
        options = {"content-type": content_type, "x-upsert": "true"}
        await self._ask(lambda: self._bucket().upload(path, data, options))  # type: ignore[arg-type]

    async def get(self, path: str) -> bytes:
        """Reads a file.

        Raises:
            ForexEliteError: NOT_FOUND, SERVICE_UNAVAILABLE.
        """
        return await self._ask(lambda: self._bucket().download(path))

    async def signed_url(self, path: str, seconds: int = 300) -> str:
        """An address that opens the file without a token until the time is over.

        Raises:
            ForexEliteError: NOT_FOUND, SERVICE_UNAVAILABLE.
        """
        answer = await self._ask(lambda: self._bucket().create_signed_url(path, seconds))
        return str(answer["signedUrl"])

    async def delete(self, paths: list[str]) -> None:
        """Deletes files; missing ones are no error.

        Raises:
            ForexEliteError: SERVICE_UNAVAILABLE.
        """
        await self._ask(lambda: self._bucket().remove(paths))

    def _bucket(self) -> AsyncBucketProxy:
        return self._client.from_(BUCKET)

    async def _ask(self, call: Callable[[], Awaitable[_T]]) -> _T:
        try:
            return await call()
        except StorageApiError as error:
            if str(error.status) == "404":
                raise ForexEliteError(ErrorCode.NOT_FOUND, "This file is not stored any more.") from error
            raise _storage_unavailable() from error
        except (httpx.TransportError, ValueError, KeyError, TypeError) as error:
            # Something between us and Storage may answer in its place.
            raise _storage_unavailable() from error


def _storage_unavailable() -> ForexEliteError:
    return ForexEliteError(ErrorCode.SERVICE_UNAVAILABLE, "File storage does not answer right now. Try again shortly.")
