"""The signed-in user's session: its access token in memory, its refresh token with the credentials."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from agent_core.credentials import Credentials
from agent_core.protocol.auth import SessionAnswer, User
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.sync.http import CloudError, answer_of, send, tls

if TYPE_CHECKING:
    import httpx

_NAME = "cloud_session"
_EARLY_SECONDS = 30.0
_OVER = frozenset({ErrorCode.REFRESH_TOKEN_INVALID, ErrorCode.INVALID_CREDENTIALS, ErrorCode.INVALID_JWT})


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore")

    url: str
    refresh_token: str
    user: User


class UserSession:
    """One user at one cloud.

    Args:
        client: Returns the client of the cloud; called with the first request.
        url: Address of the cloud.
        credentials: Keep the refresh token.

    Attributes:
        user: Who is signed in.
    """

    def __init__(self, client: "Callable[[], httpx.AsyncClient]", url: str, credentials: Credentials) -> None:
        self._client = client
        self._url = url
        self._credentials = credentials
        self._lock = asyncio.Lock()
        self._access_token = ""
        self._refresh_token = ""
        self._expires = 0.0
        self.user: User | None = None

    async def is_kept(self) -> bool:
        """Whether a session was kept last time."""
        return await asyncio.to_thread(self._load) is not None

    async def restore(self) -> User | None:
        """Signs in with the session kept last time; None when there is none, or it is over.

        Raises:
            CloudError: the cloud can't be reached; the session is kept for the next try.
        """
        kept = await asyncio.to_thread(self._load)
        if kept is None:
            return None
        self._refresh_token, self.user = kept.refresh_token, kept.user
        await asyncio.to_thread(tls)
        try:
            await self.refresh("")
        except ForexEliteError as error:
            if isinstance(error, CloudError) and error.passing:
                raise
            return None
        return self.user

    def begin(self, answer: SessionAnswer) -> User:
        """Takes a new session over and keeps it."""
        self._access_token, self._refresh_token = answer.access_token, answer.refresh_token
        self._expires = time.monotonic() + answer.expires_in
        self.user = answer.user
        kept = _Kept(url=self._url, refresh_token=answer.refresh_token, user=answer.user)
        self._credentials.set(_NAME, kept.model_dump_json())
        return answer.user

    def end(self) -> str:
        """Forgets the session; returns its refresh token, so that it can be revoked."""
        token, self._access_token, self._refresh_token = self._refresh_token, "", ""
        self.user = None
        self._credentials.delete(_NAME)
        return token

    async def token(self) -> str:
        """Returns an access token that holds for a while yet.

        Raises:
            ForexEliteError: nobody is signed in, or the session is over.
        """
        if not self._refresh_token:
            raise ForexEliteError(ErrorCode.INVALID_JWT, "You are not signed in. Sign in to use the cloud.")
        if time.monotonic() > self._expires - _EARLY_SECONDS:
            await self.refresh(self._access_token)
        return self._access_token

    async def refresh(self, refused: str) -> None:
        """Gets a new access token, unless another request has done so since `refused` was used.

        Raises:
            ForexEliteError: the session is over, or the cloud can't be reached.
        """
        async with self._lock:
            if self._access_token != refused:
                return
            body = json.dumps({"refresh_token": self._refresh_token})
            try:
                response = await send(self._client(), "POST", "/auth/refresh", body=body)
            except CloudError as error:
                if error.code in _OVER:
                    self.end()
                    raise ForexEliteError(
                        ErrorCode.REFRESH_TOKEN_INVALID, "Your session is over. Sign in again."
                    ) from error
                raise
            self.begin(answer_of(SessionAnswer, response))

    def _load(self) -> _Kept | None:
        text = self._credentials.get(_NAME)
        if text is None:
            return None
        try:
            kept = _Kept.model_validate_json(text)
        except ValidationError:
            return None
        return kept if kept.url == self._url else None
