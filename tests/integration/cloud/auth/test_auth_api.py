import time
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = "correct horse 8"


def _code(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["instance"] == answer.headers["x-request-id"]
    code: str = body["code"]
    return code


async def test_sign_up_then_me(client: httpx.AsyncClient, trader: Any) -> None:
    me = await client.get("/api/v1/auth/me", headers=trader.headers)
    assert me.status_code == 200
    assert me.json() == {"id": str(trader.user_id), "email": trader.email, "name": "Test Trader"}


async def test_sign_in(client: httpx.AsyncClient, trader: Any) -> None:
    answer = await client.post("/api/v1/auth/login", json={"email": trader.email, "password": PASSWORD})
    assert answer.status_code == 200
    body = answer.json()
    assert body["user"]["id"] == str(trader.user_id)
    assert body["expires_in"] == 3600
    assert body["refresh_token"] != trader.session.refresh_token


@pytest.mark.parametrize("email", ["known", "unknown@example.com"])
async def test_a_wrong_password(client: httpx.AsyncClient, trader: Any, email: str) -> None:
    body = {"email": trader.email if email == "known" else email, "password": "wrong wrong"}
    assert _code(await client.post("/api/v1/auth/login", json=body), 401) == "INVALID_CREDENTIALS"


@pytest.mark.parametrize(("change", "code", "field"), [
    ({"email": "broken"}, "VALIDATION_ERROR", "email"),
    ({"password": "short"}, "VALIDATION_ERROR", "password"),
    ({"name": ""}, "VALIDATION_ERROR", "name"),
    ({"user_id": "x"}, "VALIDATION_ERROR", "user_id"),
    ({"password": "ü" * 40}, "VALIDATION_ERROR", None),
])  # fmt: skip
async def test_sign_up_refuses(client: httpx.AsyncClient, change: dict[str, str], code: str, field: str | None) -> None:
    body = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, "name": "A", **change}
    answer = await client.post("/api/v1/auth/signup", json=body)
    assert _code(answer, 400) == code
    assert answer.json().get("field") == field


async def test_a_taken_address(client: httpx.AsyncClient, trader: Any) -> None:
    body = {"email": trader.email, "password": PASSWORD, "name": "A"}
    assert _code(await client.post("/api/v1/auth/signup", json=body), 400) == "EMAIL_TAKEN"


async def test_refresh_works_once(client: httpx.AsyncClient, trader: Any) -> None:
    first = {"refresh_token": trader.session.refresh_token}
    second = (await client.post("/api/v1/auth/refresh", json=first)).json()
    third = await client.post("/api/v1/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert third.status_code == 200
    assert _code(await client.post("/api/v1/auth/refresh", json=first), 401) == "REFRESH_TOKEN_INVALID"
    ended = await client.post("/api/v1/auth/refresh", json={"refresh_token": third.json()["refresh_token"]})
    assert _code(ended, 401) == "REFRESH_TOKEN_INVALID"


async def test_sign_out_ends_this_session_alone(client: httpx.AsyncClient, trader: Any) -> None:
    other = (await client.post("/api/v1/auth/login", json={"email": trader.email, "password": PASSWORD})).json()
    body = {"refresh_token": trader.session.refresh_token}
    assert (await client.post("/api/v1/auth/logout", json=body)).status_code == 204
    assert (await client.post("/api/v1/auth/logout", json=body)).status_code == 204
    assert _code(await client.post("/api/v1/auth/refresh", json=body), 401) == "REFRESH_TOKEN_INVALID"
    alive = await client.post("/api/v1/auth/refresh", json={"refresh_token": other["refresh_token"]})
    assert alive.status_code == 200


async def test_no_state_leaks_between_users(client: httpx.AsyncClient, sign_up: Any) -> None:
    first, second = await sign_up(), await sign_up()
    for user in (first, second, first):
        me = await client.get("/api/v1/auth/me", headers=user.headers)
        assert me.json()["id"] == str(user.user_id)


def _claims(backend: Any, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "sub": str(uuid4()), "aud": "authenticated", "role": "authenticated", "exp": now + 60, "iat": now,
        "iss": f"{backend.supabase_url}/auth/v1",
    }  # fmt: skip
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


@pytest.mark.parametrize("changes", [
    {"exp": 1}, {"exp": None}, {"aud": "anon"}, {"aud": None}, {"iss": "https://evil.example/auth/v1"}, {"iss": None},
    {"sub": None}, {"sub": "not a uuid"}, {"role": "service_role"}, {"role": None},
])  # fmt: skip
async def test_well_signed_tokens_with_wrong_claims(
    client: httpx.AsyncClient, backend: Any, changes: dict[str, Any]
) -> None:
    key = serialization.load_pem_private_key(backend.secrets.signing_key_pem.encode(), None)
    async with httpx.AsyncClient() as http:
        key_id = (await http.get(f"{backend.supabase_url}/auth/v1/.well-known/jwks.json")).json()["keys"][0]["kid"]
    good = jwt.encode(_claims(backend), key, "ES256", headers={"kid": key_id})
    bad = jwt.encode(_claims(backend, **changes), key, "ES256", headers={"kid": key_id})
    assert (await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {good}"})).status_code == 200
    answer = await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {bad}"})
    assert _code(answer, 401) == "INVALID_JWT"
    assert answer.json()["detail"] == "Invalid token"


async def test_tokens_with_wrong_signatures(client: httpx.AsyncClient, backend: Any, trader: Any) -> None:
    header = jwt.get_unverified_header(trader.session.access_token)
    stranger = ec.generate_private_key(ec.SECP256R1())
    public = stranger.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    tokens = [
        jwt.encode(_claims(backend), stranger, "ES256", headers={"kid": header["kid"]}),
        jwt.encode(_claims(backend), stranger, "ES256", headers={"kid": "unknown"}),
        jwt.encode(_claims(backend), "x" * 40, "HS256", headers={"kid": header["kid"]}),
        jwt.encode(_claims(backend), public.hex(), "HS256", headers={"kid": header["kid"]}),
        jwt.encode(_claims(backend), backend.secrets.jwt_secret, "HS256"),
        jwt.encode(_claims(backend), None, "none", headers={"kid": header["kid"]}),
        trader.session.access_token[:-4] + "AAAA",
        backend.service_key,
        "not.a.token",
        "x",
    ]
    for token in tokens:
        answer = await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert _code(answer, 401) == "INVALID_JWT"
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer "}):
        assert _code(await client.get("/api/v1/auth/me", headers=headers), 401) == "INVALID_JWT"
