"""Verifies access tokens without asking anybody: public keys from JWKS, a legacy secret where configured."""

import asyncio
import time
from typing import Any
from uuid import UUID

import httpx
import jwt
import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.auth.claims import Claims

_log = structlog.get_logger(__name__)
AUDIENCE = "authenticated"
_ALGORITHMS = frozenset({"ES256", "RS256"})
_KEYS_SECONDS = 600.0
# An attacker who invents key ids must not make us ask for the keys more often than this.
_REFETCH_SECONDS = 10.0
# Requests wait while the keys are asked for; one that hangs must not take everything with it.
_ANSWER_SECONDS = 3.0
_LEEWAY_SECONDS = 5
# A token that was verified is taken as verified for so long; a key taken away lives no longer than that.
_REMEMBERED_SECONDS = 30.0
_MOST_REMEMBERED = 10_000
_INVALID = "Invalid token"


class TokenVerifier:
    """Turns an access token into `Claims`."""

    def __init__(self, http: httpx.AsyncClient, *, issuer: str, legacy_secret: str = "") -> None:
        self._http = http
        self._issuer = issuer
        self._legacy_secret = legacy_secret
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._not_before = float("-inf")
        self._tries = 0
        self._fetching = asyncio.Lock()
        self._verified: dict[str, tuple[Claims, float]] = {}

    async def verify(self, token: str) -> Claims:
        """Checks signature, algorithm, expiry, audience, issuer and role.

        Raises:
            ForexEliteError: INVALID_JWT for a bad token, SERVICE_UNAVAILABLE if the keys can't be had.
        """
        known, until = self._verified.get(token, (None, 0.0))
        if known is not None and until > time.time():
            return known
        try:
            key, algorithm = await self._key_for(jwt.get_unverified_header(token))
            raw: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=AUDIENCE,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                # A clock that is behind the issuer's must not refuse every token that was just issued.
                options={"require": ["exp", "sub", "aud", "iss"], "verify_iat": False},
            )
            if raw.get("role") != "authenticated":
                raise _invalid()
            claims = Claims(UUID(raw["sub"]), str(raw.get("email") or ""), raw)
        except (jwt.PyJWTError, ValueError, AttributeError, TypeError) as error:
            raise _invalid() from error
        if len(self._verified) >= _MOST_REMEMBERED:
            self._verified.clear()
        self._verified[token] = claims, min(float(raw["exp"]), time.time() + _REMEMBERED_SECONDS)
        return claims

    async def _key_for(self, header: dict[str, Any]) -> tuple[Any, str]:
        """The key and the only algorithm it may be used with; the token's own `alg` never chooses."""
        key_id = header.get("kid")
        if header.get("alg") == "HS256" and self._legacy_secret and key_id not in self._keys:
            # Hosted projects give the secret an id too, which no list of public keys has.
            return self._legacy_secret, "HS256"
        if key_id is None:
            raise _invalid()
        now = time.monotonic()
        age = now - self._fetched_at
        wanted = age > _KEYS_SECONDS or (key_id not in self._keys and age > _REFETCH_SECONDS)
        if wanted and now >= self._not_before:
            await self._fetch_keys(self._tries)
        key = self._keys.get(key_id)
        if key is None:
            raise _invalid()
        return key, str(key.algorithm_name)

    async def _fetch_keys(self, seen: int) -> None:
        async with self._fetching:
            # Who waited here has what another request has just fetched, or heard that there is nothing.
            if self._tries == seen:
                await self._try_to_fetch()
                self._tries += 1
        if self._fetched_at == float("-inf"):
            raise ForexEliteError(
                ErrorCode.SERVICE_UNAVAILABLE, "Sign-in can't be checked right now. Try again shortly."
            )

    async def _try_to_fetch(self) -> None:
        try:
            response = await self._http.get(f"{self._issuer}/.well-known/jwks.json", timeout=_ANSWER_SECONDS)
            response.raise_for_status()
            self._keys = _usable(response.json()["keys"])
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            _log.warning("jwks_unreachable", error=type(error).__name__)
            if self._fetched_at > float("-inf"):
                # Old keys are better than none.
                self._not_before = time.monotonic() + _REFETCH_SECONDS
            return
        self._fetched_at = time.monotonic()


def _usable(keys: list[dict[str, Any]]) -> dict[str, jwt.PyJWK]:
    """Keys by their id; one of a kind that is not used here takes nothing from the others."""
    usable: dict[str, jwt.PyJWK] = {}
    for key in keys:
        try:
            made = jwt.PyJWK(key)
            if made.algorithm_name in _ALGORITHMS:
                usable[key["kid"]] = made
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError) as error:
            _log.warning("jwks_key_skipped", error=type(error).__name__)
    return usable


def _invalid() -> ForexEliteError:
    return ForexEliteError(ErrorCode.INVALID_JWT, _INVALID)
