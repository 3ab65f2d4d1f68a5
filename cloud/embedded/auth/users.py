"""Accounts of the Auth stand-in: rows of auth.users, passwords, and the JSON form of a user."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import bcrypt
from email_validator import EmailNotValidError, validate_email

from cloud.embedded.auth.errors import AuthError

MIN_PASSWORD = 6
_MAX_PASSWORD_BYTES = 72
_SOME_HASH = b"$2b$10$7EqJtq98hPqEX7fNZaFWoOhi5zLqPF8N8s0Y6oVYhLhX6dFLxF7zK"


def rfc3339(moment: datetime | None) -> str | None:
    """A time as GoTrue writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def checked_email(value: object) -> str:
    """The address in lower case.

    Raises:
        AuthError: it is none.
    """
    try:
        return validate_email(str(value), check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        raise AuthError(400, "validation_failed", "Unable to validate email address: invalid format") from None


async def hashed_password(password: object, rounds: int) -> str:
    """The bcrypt hash of a new password.

    Raises:
        AuthError: it is too short or too long.
    """
    if not isinstance(password, str) or not password:
        raise AuthError(400, "validation_failed", "Signup requires a valid password")
    if len(password.encode()) > _MAX_PASSWORD_BYTES:
        raise AuthError(400, "validation_failed", "Password cannot be longer than 72 characters")
    if len(password) < MIN_PASSWORD:
        message = f"Password should be at least {MIN_PASSWORD} characters."
        raise AuthError(422, "weak_password", message, weak_password={"reasons": ["length"]})
    return (await asyncio.to_thread(bcrypt.hashpw, password.encode(), bcrypt.gensalt(rounds))).decode()


async def password_fits(password: object, stored: str | None) -> bool:
    """Compares; takes about as long for an unknown user."""
    given = str(password).encode()[:_MAX_PASSWORD_BYTES]
    fits = await asyncio.to_thread(bcrypt.checkpw, given, (stored or "").encode() or _SOME_HASH)
    return fits and bool(stored)


async def find_by_email(connection: Any, email: str) -> asyncpg.Record | None:
    """The account with an address."""
    row: asyncpg.Record | None = await connection.fetchrow(
        "select * from auth.users where lower(email) = $1 and deleted_at is null", email
    )
    return row


async def find(connection: Any, user_id: UUID) -> asyncpg.Record | None:
    """The account with an id."""
    row: asyncpg.Record | None = await connection.fetchrow(
        "select * from auth.users where id = $1 and deleted_at is null", user_id
    )
    return row


async def create(
    connection: Any,
    *,
    email: str,
    password_hash: str | None,
    confirmed: bool,
    user_metadata: Mapping[str, Any] | None = None,
    app_metadata: Mapping[str, Any] | None = None,
) -> asyncpg.Record:
    """Adds an account.

    Raises:
        asyncpg.UniqueViolationError: the address is taken.
    """
    row: asyncpg.Record = await connection.fetchrow(
        """insert into auth.users
               (email, encrypted_password, email_confirmed_at, raw_user_meta_data, raw_app_meta_data)
           values ($1, $2, case when $3 then now() end, $4, $5) returning *""",
        email,
        password_hash,
        confirmed,
        dict(user_metadata or {}),
        {"provider": "email", "providers": ["email"], **(app_metadata or {})},
    )
    return row


async def update(connection: Any, user_id: UUID, changes: Mapping[str, Any]) -> asyncpg.Record:
    """Changes columns of an account; metadata is merged, a null member removes its key.

    Raises:
        asyncpg.UniqueViolationError: the new address is taken.
    """
    row: asyncpg.Record = await connection.fetchrow(
        """update auth.users set
               email = coalesce($2, email),
               encrypted_password = coalesce($3, encrypted_password),
               raw_user_meta_data = jsonb_strip_nulls(raw_user_meta_data || $4),
               raw_app_meta_data = jsonb_strip_nulls(raw_app_meta_data || $5),
               email_confirmed_at = case when $6 then coalesce(email_confirmed_at, now()) else email_confirmed_at end,
               banned_until = case when $7::text is null then banned_until
                                   when $7 = 'none' then null else now() + $7::interval end,
               updated_at = now()
           where id = $1 returning *""",
        user_id,
        changes.get("email"),
        changes.get("password_hash"),
        changes.get("user_metadata") or {},
        changes.get("app_metadata") or {},
        bool(changes.get("email_confirm")),
        changes.get("ban_duration"),
    )
    return row


def to_json(user: asyncpg.Record) -> dict[str, Any]:
    """A user as every answer shows it."""
    confirmed = rfc3339(user["email_confirmed_at"])
    created, updated = rfc3339(user["created_at"]), rfc3339(user["updated_at"])
    signed_in, user_id, email = rfc3339(user["last_sign_in_at"]), str(user["id"]), user["email"] or ""
    identity = {
        "identity_id": user_id, "id": user_id, "user_id": user_id, "provider": "email", "email": email,
        "identity_data": {"email": email, "email_verified": confirmed is not None, "sub": user_id},
        "last_sign_in_at": signed_in, "created_at": created, "updated_at": updated,
    }  # fmt: skip
    shown = {
        "id": user_id, "aud": user["aud"], "role": user["role"], "email": email,
        "email_confirmed_at": confirmed, "phone": user["phone"] or "", "confirmed_at": confirmed,
        "last_sign_in_at": signed_in, "app_metadata": user["raw_app_meta_data"],
        "user_metadata": user["raw_user_meta_data"], "identities": [identity], "banned_until":
        rfc3339(user["banned_until"]), "created_at": created, "updated_at": updated,
        "is_anonymous": user["is_anonymous"],
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


def is_banned(user: asyncpg.Record) -> bool:
    """Whether the account is locked now."""
    until: datetime | None = user["banned_until"]
    return until is not None and until > datetime.now(UTC)


def body_of(raw: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        AuthError: the body is something else.
    """
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise AuthError(400, "bad_json", "Could not parse request body as JSON")
    return body
