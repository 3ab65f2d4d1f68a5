"""Pairing keys: `fep_<agent id, generation, random>.<signature>`, signed with HMAC-SHA256.

The signature lets a forged key be refused without asking the database; the fingerprint stored there makes a key
revocable. The key itself is kept nowhere.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

PREFIX = "fep_"
_GENERATION_BYTES = 4
_RANDOM_BYTES = 24
_BODY_BYTES = 16 + _GENERATION_BYTES + _RANDOM_BYTES


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """What a genuine key says."""

    agent_id: UUID
    generation: int


def make_key(secret: bytes, agent_id: UUID, generation: int) -> str:
    """Makes a new key of an agent; each generation replaces the one before."""
    body = agent_id.bytes + generation.to_bytes(_GENERATION_BYTES) + secrets.token_bytes(_RANDOM_BYTES)
    return f"{PREFIX}{_text(body)}.{_text(_signature(secret, body))}"


def read_key(secret: bytes, key: str) -> KeyClaim | None:
    """Returns what the key claims; null when it isn't one of ours."""
    body_text, _, signature_text = key.removeprefix(PREFIX).partition(".")
    try:
        body, signature = _bytes(body_text), _bytes(signature_text)
    except (binascii.Error, ValueError):
        return None
    if len(body) != _BODY_BYTES or not hmac.compare_digest(signature, _signature(secret, body)):
        return None
    return KeyClaim(UUID(bytes=body[:16]), int.from_bytes(body[16 : 16 + _GENERATION_BYTES]))


def fingerprint(key: str) -> str:
    """What the database keeps of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _signature(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, b"forexelite agent key" + body, "sha256")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if _text(data) != text:
        raise ValueError("other letters that mean the same bytes")
    return data
