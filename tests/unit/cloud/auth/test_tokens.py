import asyncio
import json
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
        self.hangs = False

    async def answer(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == f"{ISSUER}/.well-known/jwks.json"
        self.asked += 1
        if self.hangs:
            await asyncio.sleep(0.02)
            raise httpx.ReadTimeout("no answer")
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


@pytest.mark.parametrize("headers", [None, {"kid": "WFfTACHsaHoCUL/S"}])
async def test_the_legacy_secret_only_where_configured(
    server: KeyServer, http: httpx.AsyncClient, key: rsa.RSAPrivateKey, headers: dict[str, str] | None
) -> None:
    """Hosted projects name an id in its tokens, which their list of public keys does not have."""
    token = jwt.encode(_claims(), SECRET, "HS256", headers=headers)
    legacy = TokenVerifier(http, issuer=ISSUER, legacy_secret=SECRET)
    assert (await legacy.verify(token)).email == "a@b.c"
    assert server.asked == 0
    assert await _refused(TokenVerifier(http, issuer=ISSUER), token) is ErrorCode.INVALID_JWT
    stronger = jwt.encode(_claims(), SECRET, "HS384", headers=headers)
    assert await _refused(legacy, stronger) is ErrorCode.INVALID_JWT
    # While a project changes over, both are good, and neither key serves for the other's algorithm.
    server.add(key, "k1")
    both = TokenVerifier(http, issuer=ISSUER, legacy_secret=SECRET)
    await both.verify(jwt.encode(_claims(), key, "RS256", headers={"kid": "k1"}))
    await both.verify(token)
    confused = jwt.encode(_claims(), SECRET, "HS256", headers={"kid": "k1"})
    assert await _refused(both, confused) is ErrorCode.INVALID_JWT
    for other in ("another secret that is long enough for this", str(server.keys[0]["n"])):
        forged = jwt.encode(_claims(), other, "HS256", headers=headers)
        assert await _refused(both, forged) is ErrorCode.INVALID_JWT


async def test_a_key_server_that_hangs_is_not_asked_by_every_request(
    server: KeyServer, http: httpx.AsyncClient, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add(key, "k1")
    verifier = TokenVerifier(http, issuer=ISSUER)
    await verifier.verify(jwt.encode(_claims(), key, "RS256", headers={"kid": "k1"}))
    server.hangs = True
    monkeypatch.setattr("cloud.auth.tokens._KEYS_SECONDS", -1.0)
    tokens = [jwt.encode(_claims(), key, "RS256", headers={"kid": "k1"}) for _ in range(5)]
    await asyncio.gather(*(verifier.verify(token) for token in tokens))
    invented = [jwt.encode(_claims(), key, "RS256", headers={"kid": f"no {number}"}) for number in range(5)]
    assert {await _refused(verifier, token) for token in invented} == {ErrorCode.INVALID_JWT}
    assert server.asked == 2


async def test_nobody_is_signed_out_before_the_first_keys_are_there(
    server: KeyServer, http: httpx.AsyncClient, key: rsa.RSAPrivateKey
) -> None:
    server.hangs = True
    verifier = TokenVerifier(http, issuer=ISSUER)
    tokens = [jwt.encode(_claims(), key, "RS256", headers={"kid": "k1"}) for _ in range(4)]
    codes = await asyncio.gather(*(_refused(verifier, token) for token in tokens))
    assert (set(codes), server.asked) == ({ErrorCode.SERVICE_UNAVAILABLE}, 1)


async def test_keys_of_other_kinds_take_nothing_from_ours(
    server: KeyServer, http: httpx.AsyncClient, key: rsa.RSAPrivateKey
) -> None:
    server.keys = [
        {"kty": "EC", "kid": "odd", "crv": "secp999"}, {"kty": "RSA"}, {"kty": "oct", "kid": "hs", "k": "c2VjcmV0"},
        {"kid": "empty"}, "no key",  # type: ignore[list-item]
    ]  # fmt: skip
    server.add(key, "k1")
    verifier = TokenVerifier(http, issuer=ISSUER)
    await verifier.verify(jwt.encode(_claims(), key, "RS256", headers={"kid": "k1"}))
    # A symmetric key of the list is no secret; nor may the public key serve as one.
    for secret, key_id in (("secret", "hs"), (json.dumps(server.keys[-1]), "k1")):
        assert await _refused(verifier, jwt.encode(_claims(), secret * 9, "HS256", headers={"kid": key_id}))


async def test_clocks_differ(server: KeyServer, http: httpx.AsyncClient, key: rsa.RSAPrivateKey) -> None:
    server.add(key, "k1")
    verifier = TokenVerifier(http, issuer=ISSUER)
    ahead = {**_claims(), "iat": int(time.time()) + 40}
    await verifier.verify(jwt.encode(ahead, key, "RS256", headers={"kid": "k1"}))
    over = {**_claims(), "exp": int(time.time()) - 10}
    assert await _refused(verifier, jwt.encode(over, key, "RS256", headers={"kid": "k1"})) is ErrorCode.INVALID_JWT


async def test_a_token_is_not_taken_as_verified_beyond_its_end(
    http: httpx.AsyncClient, server: KeyServer, key: rsa.RSAPrivateKey
) -> None:
    server.add(key, "one")
    verifier = TokenVerifier(http, issuer=ISSUER)
    nearly_over = {**_claims(), "exp": int(time.time()) - 3}  # clocks may differ by five seconds
    token = jwt.encode(nearly_over, key, algorithm="RS256", headers={"kid": "one"})
    assert await verifier.verify(token)
    async with asyncio.timeout(10):
        while time.time() <= nearly_over["exp"] + 5:
            await asyncio.sleep(0.1)
    assert await _refused(verifier, token) is ErrorCode.INVALID_JWT
