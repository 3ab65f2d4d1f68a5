"""The Auth stand-in against the supabase package's own clients, over a real socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from supabase import AsyncClient, acreate_client
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

PASSWORD = "correct horse 8"


@dataclass
class Account:
    client: AsyncClient
    email: str
    session: Any


@pytest.fixture
async def anon(backend: Any) -> AsyncIterator[AsyncClient]:
    client = await acreate_client(backend.supabase_url, backend.anon_key)
    yield client
    await client.auth.close()


@pytest.fixture
async def admin(backend: Any) -> AsyncIterator[AsyncClient]:
    client = await acreate_client(backend.supabase_url, backend.service_key)
    yield client
    await client.auth.close()


@pytest.fixture
async def account(anon: AsyncClient) -> Account:
    email = f"{uuid4().hex}@Example.com"
    answer = await anon.auth.sign_up({"email": email, "password": PASSWORD, "options": {"data": {"name": "Ada"}}})
    return Account(anon, email.lower(), answer.session)


async def test_sign_up_gives_a_session_and_the_user(account: Account) -> None:
    assert account.session.token_type == "bearer"
    assert account.session.expires_in == 3600
    assert account.session.user.email == account.email
    assert account.session.user.user_metadata == {"name": "Ada"}
    assert account.session.user.identities[0].provider == "email"


async def test_the_client_verifies_our_tokens_by_itself(account: Account) -> None:
    answer = await account.client.auth.get_claims()
    assert answer["claims"]["sub"] == account.session.user.id
    assert answer["claims"]["aud"] == "authenticated"
    assert answer["headers"]["alg"] == "ES256"


async def test_sign_in_with_the_right_password(account: Account) -> None:
    answer = await account.client.auth.sign_in_with_password({"email": account.email.upper(), "password": PASSWORD})
    assert answer.user.id == account.session.user.id
    assert answer.user.last_sign_in_at is not None


@pytest.mark.parametrize("known", [True, False])
async def test_a_wrong_password_and_an_unknown_user_look_the_same(account: Account, known: bool) -> None:
    email = account.email if known else "nobody@example.com"
    with pytest.raises(AuthApiError) as refused:
        await account.client.auth.sign_in_with_password({"email": email, "password": "wrong wrong"})
    assert (refused.value.status, refused.value.code) == (400, "invalid_credentials")
    assert refused.value.message == "Invalid login credentials"


async def test_an_address_can_be_taken_once(account: Account) -> None:
    with pytest.raises(AuthApiError) as refused:
        await account.client.auth.sign_up({"email": account.email, "password": PASSWORD})
    assert (refused.value.status, refused.value.code) == (422, "user_already_exists")


async def test_weak_and_impossible_passwords(anon: AsyncClient) -> None:
    with pytest.raises(AuthWeakPasswordError) as weak:
        await anon.auth.sign_up({"email": "weak@example.com", "password": "12345"})
    assert weak.value.reasons == ["length"]
    with pytest.raises(AuthApiError) as long:
        await anon.auth.sign_up({"email": "long@example.com", "password": "x" * 73})
    assert (long.value.status, long.value.code) == (400, "validation_failed")
    with pytest.raises(AuthApiError) as broken:
        await anon.auth.sign_up({"email": "no address", "password": PASSWORD})
    assert broken.value.code == "validation_failed"


async def test_refresh_rotates(account: Account) -> None:
    answer = await account.client.auth.refresh_session()
    assert answer.session.refresh_token != account.session.refresh_token
    assert answer.user.id == account.session.user.id


async def test_the_parent_of_the_active_token_gives_the_active_one_again(account: Account) -> None:
    first = (await account.client.auth.refresh_session(account.session.refresh_token)).session
    again = (await account.client.auth.refresh_session(account.session.refresh_token)).session
    assert again.refresh_token == first.refresh_token


async def test_an_older_token_ends_the_whole_session(account: Account) -> None:
    first = (await account.client.auth.refresh_session(account.session.refresh_token)).session
    second = (await account.client.auth.refresh_session(first.refresh_token)).session
    with pytest.raises(AuthApiError) as reused:
        await account.client.auth.refresh_session(account.session.refresh_token)
    assert (reused.value.status, reused.value.code) == (400, "refresh_token_already_used")
    with pytest.raises(AuthApiError) as active:
        await account.client.auth.refresh_session(second.refresh_token)
    assert active.value.code == "refresh_token_already_used"


async def test_an_unknown_refresh_token(anon: AsyncClient) -> None:
    with pytest.raises(AuthApiError) as refused:
        await anon.auth.refresh_session("abcdefghijkl")
    assert (refused.value.status, refused.value.code) == (400, "refresh_token_not_found")


async def test_get_and_change_the_user(account: Account) -> None:
    found = await account.client.auth.get_user()
    assert found.user.email == account.email
    changed = await account.client.auth.update_user({"password": "another one 9", "data": {"name": "Grace"}})
    assert changed.user.user_metadata == {"name": "Grace"}
    with pytest.raises(AuthApiError) as same:
        await account.client.auth.update_user({"password": "another one 9"})
    assert (same.value.status, same.value.code) == (422, "same_password")
    with pytest.raises(AuthApiError):
        await account.client.auth.sign_in_with_password({"email": account.email, "password": PASSWORD})


@pytest.mark.parametrize(("scope", "first_lives", "second_lives"), [
    ("local", True, False), ("others", False, True), ("global", False, False),
])  # fmt: skip
async def test_sign_out_scopes(account: Account, scope: Any, first_lives: bool, second_lives: bool) -> None:
    first = account.session
    second = (await account.client.auth.sign_in_with_password({"email": account.email, "password": PASSWORD})).session
    await account.client.auth.admin.sign_out(second.access_token, scope)
    for session, lives in ((first, first_lives), (second, second_lives)):
        if lives:
            assert (await account.client.auth.get_user(session.access_token)).user is not None
        else:
            with pytest.raises(AuthApiError) as ended:
                await account.client.auth.get_user(session.access_token)
            assert (ended.value.status, ended.value.code) == (403, "session_not_found")


async def test_a_forged_token(account: Account) -> None:
    forged = jwt.encode({"sub": str(uuid4()), "role": "authenticated"}, "x" * 32, "HS256")
    with pytest.raises(AuthApiError) as refused:
        await account.client.auth.get_user(forged)
    assert (refused.value.status, refused.value.code) == (403, "bad_jwt")


async def test_admin_makes_lists_changes_and_deletes_users(admin: AsyncClient) -> None:
    email = f"{uuid4().hex}@example.com"
    made = await admin.auth.admin.create_user({"email": email, "password": PASSWORD, "email_confirm": True})
    assert made.user.email_confirmed_at is not None
    with pytest.raises(AuthApiError) as taken:
        await admin.auth.admin.create_user({"email": email, "password": PASSWORD})
    assert (taken.value.status, taken.value.code) == (422, "email_exists")
    listed = await admin.auth.admin.list_users(page=1, per_page=1000)
    assert email in {user.email for user in listed}
    banned = await admin.auth.admin.update_user_by_id(made.user.id, {"ban_duration": "24h"})
    assert banned.user.banned_until is not None
    with pytest.raises(AuthApiError) as locked:
        await admin.auth.sign_in_with_password({"email": email, "password": PASSWORD})
    assert locked.value.code == "user_banned"
    await admin.auth.admin.delete_user(made.user.id)
    with pytest.raises(AuthApiError) as gone:
        await admin.auth.admin.get_user_by_id(made.user.id)
    assert (gone.value.status, gone.value.code) == (404, "user_not_found")


async def test_users_are_no_admins(account: Account) -> None:
    account.client.auth.admin._headers["Authorization"] = f"Bearer {account.session.access_token}"
    with pytest.raises(AuthApiError) as refused:
        await account.client.auth.admin.list_users()
    assert (refused.value.status, refused.value.code) == (403, "not_admin")


async def test_an_unconfirmed_user_can_not_sign_in(admin: AsyncClient) -> None:
    email = f"{uuid4().hex}@example.com"
    await admin.auth.admin.create_user({"email": email, "password": PASSWORD})
    with pytest.raises(AuthApiError) as refused:
        await admin.auth.sign_in_with_password({"email": email, "password": PASSWORD})
    assert (refused.value.status, refused.value.code) == (400, "email_not_confirmed")


async def test_the_gateway_wants_a_key_but_shows_public_keys_to_all(backend: Any) -> None:
    async with httpx.AsyncClient(base_url=backend.supabase_url) as http:
        assert (await http.get("/auth/v1/user")).status_code == 401
        keys = await http.get("/auth/v1/.well-known/jwks.json")
        assert keys.headers["cache-control"] == "public, max-age=600"
        assert [(key["kty"], key["alg"]) for key in keys.json()["keys"]] == [("EC", "ES256")]
        assert "d" not in keys.json()["keys"][0]


async def test_errors_without_an_api_version_have_the_legacy_form(backend: Any) -> None:
    async with httpx.AsyncClient(base_url=backend.supabase_url, headers={"apikey": backend.anon_key}) as http:
        body = {"email": "nobody@example.com", "password": "wrong wrong"}
        answer = await http.post("/auth/v1/token?grant_type=password", json=body)
        empty = await http.post("/auth/v1/token?grant_type=refresh_token", json={"refresh_token": ""})
    assert answer.json() == {
        "code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"
    }  # fmt: skip
    assert answer.headers["x-sb-error-code"] == "invalid_credentials"
    assert empty.json()["error"] == "invalid_request"
