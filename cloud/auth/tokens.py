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
_ALGORITHM_OF_KEY = {"EC": "ES256", "RSA": "RS256"}
_KEYS_SECONDS = 600.0
# An attacker who invents key ids must not make us ask for the keys more often than this.
_REFETCH_SECONDS = 10.0
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
                options={"require": ["exp", "sub", "aud", "iss"]},
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
        if key_id is None:
            if header.get("alg") == "HS256" and self._legacy_secret:
                return self._legacy_secret, "HS256"
            raise _invalid()
        age = time.monotonic() - self._fetched_at
        if age > _KEYS_SECONDS or (key_id not in self._keys and age > _REFETCH_SECONDS):
            await self._fetch_keys(self._fetched_at)
        key = self._keys.get(key_id)
        if key is None:
            raise _invalid()
        return key, _ALGORITHM_OF_KEY[str(key.key_type)]

    async def _fetch_keys(self, seen: float) -> None:
        async with self._fetching:
            if self._fetched_at != seen:
                return  # another request has just fetched them
            try:
                response = await self._http.get(f"{self._issuer}/.well-known/jwks.json")
                response.raise_for_status()
                keys = response.json()["keys"]
            except (httpx.HTTPError, KeyError, ValueError) as error:
                _log.warning("jwks_unreachable", error=type(error).__name__)
                if self._keys:
                    return  # old keys are better than none; the next request tries again
                raise ForexEliteError(
                    ErrorCode.SERVICE_UNAVAILABLE, "Sign-in can't be checked right now. Try again shortly."
                ) from error
            self._keys = {key["kid"]: jwt.PyJWK(key) for key in keys if key.get("kty") in _ALGORITHM_OF_KEY}
            self._fetched_at = time.monotonic()


def _invalid() -> ForexEliteError:
    return ForexEliteError(ErrorCode.INVALID_JWT, _INVALID)
