import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.auth.tokens import TokenVerifier

ISSUER = "https://abc.supabase.co/auth/v1"
SECRET = "legacy secret, long enough for every algorithm of this test"


class KeyServer:
    """Answers the address of public keys; counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.asked = 0
        self.down = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == f"{ISSUER}/.well-known/jwks.json"
        self.asked += 1
        return httpx.Response(503) if self.down else httpx.Response(200, json={"keys": self.keys})

    def add(self, key: rsa.RSAPrivateKey, key_id: str) -> None:
        self.keys.append({**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "alg": "RS256"})


@pytest.fixture
def server() -> KeyServer:
    return KeyServer()


@pytest.fixture
async def http(server: KeyServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as client:
        yield client


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _claims() -> dict[str, Any]:
    return {
        "sub": str(uuid4()), "aud": "authenticated", "role": "authenticated", "iss": ISSUER, "email": "a@b.c",
        "exp": int(time.time()) + 60,
    }  # fmt: skip


async def _refused(verifier: TokenVerifier, token: str) -> ErrorCode:
    with pytest.raises(ForexEliteError) as refused:
        await verifier.verify(token)
    return refused.value.code


async def test_keys_are_fetched_once(server: KeyServer, http: httpx.AsyncClient, key: rsa.RSAPrivateKey) -> None:
    server.add(key, "k1")
    verifier = TokenVerifier(http, issuer=ISSUER)
    claims = _claims()
    token = jwt.encode(claims, key, "RS256", headers={"kid": "k1"})
    for _ in range(3):
        verified = await verifier.verify(token)
    assert (str(verified.user_id), verified.email) == (claims["sub"], "a@b.c")
    assert server.asked == 1


async def test_unknown_key_ids_do_not_ask_each_time(
    server: KeyServer, http: httpx.AsyncClient, key: rsa.RSAPrivateKey
) -> None:
    verifier = TokenVerifier(http, issuer=ISSUER)
    token = jwt.encode(_claims(), key, "RS256", headers={"kid": "invented"})
    for _ in range(5):
        assert await _refused(verifier, token) is ErrorCode.INVALID_JWT
    assert server.asked == 1


async def test_a_new_key_is_found_after_a_while(
    server: KeyServer, http: httpx.AsyncClient, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = TokenVerifier(http, issuer=ISSUER)
    token = jwt.encode(_claims(), key, "RS256", headers={"kid": "k2"})
    assert await _refused(verifier, token) is ErrorCode.INVALID_JWT
    server.add(key, "k2")
    monkeypatch.setattr("cloud.auth.tokens._REFETCH_SECONDS", 0.0)
    await verifier.verify(token)


async def test_unreachable_keys(
    server: KeyServer, http: httpx.AsyncClient, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.down = True
    verifier = TokenVerifier(http, issuer=ISSUER)
    token = jwt.encode(_claims(), key, "RS256", headers={"kid": "k1"})
    assert await _refused(verifier, token) is ErrorCode.SERVICE_UNAVAILABLE
    server.down = False
    server.add(key, "k1")
    await verifier.verify(token)
    server.down = True
    monkeypatch.setattr("cloud.auth.tokens._KEYS_SECONDS", -1.0)
    await verifier.verify(token)  # old keys are better than none


async def test_the_legacy_secret_only_where_configured(http: httpx.AsyncClient) -> None:
    token = jwt.encode(_claims(), SECRET, "HS256")
    assert (await TokenVerifier(http, issuer=ISSUER, legacy_secret=SECRET).verify(token)).email == "a@b.c"
    assert await _refused(TokenVerifier(http, issuer=ISSUER), token) is ErrorCode.INVALID_JWT
    with_id = jwt.encode(_claims(), SECRET, "HS256", headers={"kid": "k1"})
    assert await _refused(TokenVerifier(http, issuer=ISSUER, legacy_secret=SECRET), with_id) is ErrorCode.INVALID_JWT
    stronger = jwt.encode(_claims(), SECRET, "HS384")
    assert await _refused(TokenVerifier(http, issuer=ISSUER, legacy_secret=SECRET), stronger) is ErrorCode.INVALID_JWT
