"""Sessions of the Auth stand-in: access tokens, and refresh tokens that work once."""

import secrets
import string
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from cloud.embedded.auth import users
from cloud.embedded.auth.errors import AuthError
from cloud.embedded.token_authority import TokenAuthority

_ALPHABET = string.ascii_lowercase + string.digits
_TOKEN_LENGTH = 12


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Life of tokens, in seconds.

    Attributes:
        access_seconds: Life of an access token.
        reuse_seconds: How long a used refresh token is still taken, for clients that ask twice at the same time.
    """

    access_seconds: int = 3600
    reuse_seconds: float = 10.0


class Sessions:
    """Opens, refreshes and ends sessions."""

    def __init__(self, authority: TokenAuthority, policy: SessionPolicy) -> None:
        self._authority = authority
        self._policy = policy

    async def open(self, connection: Any, user: asyncpg.Record) -> dict[str, Any]:
        """A new session of a user who has just proved who they are."""
        session_id = await connection.fetchval(
            "insert into auth.sessions (user_id) values ($1) returning id", user["id"]
        )
        signed_in = await connection.fetchrow(
            "update auth.users set last_sign_in_at = now() where id = $1 returning *", user["id"]
        )
        token = await self._add_token(connection, user["id"], session_id, None)
        return self._answer(signed_in, session_id, token)

    async def refresh(self, pool: "asyncpg.Pool[asyncpg.Record]", token: str) -> dict[str, Any]:
        """Turns a refresh token into a new session answer.

        A used token is still good if it is the parent of the active one, since then its answer was lost on the way,
        and within the reuse interval. Otherwise someone else has it: all tokens of the session stop to work.

        Raises:
            AuthError: refresh_token_not_found, refresh_token_already_used, user_banned.
        """
        async with pool.acquire() as connection, connection.transaction():
            # First the session's lock, then the token, so that two refreshes at the same time see each other.
            await connection.execute(
                "select from auth.sessions where id = (select session_id from auth.refresh_tokens where token = $1) "
                "for update",
                token,
            )
            row = await connection.fetchrow(
                "select *, extract(epoch from clock_timestamp() - updated_at) as age from auth.refresh_tokens "
                "where token = $1",
                token,
            )
            if row is None:
                raise AuthError(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
            user = await users.find(connection, row["user_id"])
            if user is None or users.is_banned(user):
                raise AuthError(400, "user_banned", "Invalid Refresh Token: User Banned")
            active = await connection.fetchrow(
                "select token, parent from auth.refresh_tokens where session_id = $1 and not revoked "
                "order by id desc limit 1",
                row["session_id"],
            )
            if row["revoked"] and active is not None and active["parent"] == token:
                return self._answer(user, row["session_id"], active["token"])
            if not row["revoked"] or (active is not None and row["age"] <= self._policy.reuse_seconds):
                used = active["token"] if row["revoked"] and active else token
                await connection.execute(
                    "update auth.refresh_tokens set revoked = true, updated_at = now() where token = $1", used
                )
                new = await self._add_token(connection, user["id"], row["session_id"], used)
                await connection.execute(
                    "update auth.sessions set refreshed_at = now(), updated_at = now() where id = $1", row["session_id"]
                )
                return self._answer(user, row["session_id"], new)
            await connection.execute(
                "update auth.refresh_tokens set revoked = true, updated_at = now() where session_id = $1 "
                "and not revoked",
                row["session_id"],
            )
        raise AuthError(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")

    @staticmethod
    async def end(connection: Any, user_id: UUID, session_id: UUID | None, scope: str) -> None:
        """Ends sessions: `global` all, `local` this one, `others` all but this one."""
        await connection.execute(
            """delete from auth.sessions where user_id = $1 and case $3::text
                   when 'local' then id = $2 when 'others' then id is distinct from $2 else true end""",
            user_id,
            session_id,
            scope,
        )

    async def _add_token(self, connection: Any, user_id: UUID, session_id: UUID, parent: str | None) -> str:
        token = "".join(secrets.choice(_ALPHABET) for _ in range(_TOKEN_LENGTH))
        await connection.execute(
            "insert into auth.refresh_tokens (token, user_id, session_id, parent) values ($1, $2, $3, $4)",
            token,
            user_id,
            session_id,
            parent,
        )
        return token

    def _answer(self, user: asyncpg.Record, session_id: UUID, refresh_token: str) -> dict[str, Any]:
        seconds = self._policy.access_seconds
        claims = {
            "sub": str(user["id"]), "aud": user["aud"], "role": user["role"], "email": user["email"] or "",
            "phone": user["phone"] or "", "app_metadata": user["raw_app_meta_data"],
            "user_metadata": user["raw_user_meta_data"], "aal": "aal1",
            "amr": [{"method": "password", "timestamp": int(time.time())}],
            "session_id": str(session_id), "is_anonymous": user["is_anonymous"],
        }  # fmt: skip
        return {
            "access_token": self._authority.sign(claims, seconds),
            "token_type": "bearer",
            "expires_in": seconds,
            "expires_at": int(time.time()) + seconds,
            "refresh_token": refresh_token,
            "user": users.to_json(user),
        }
