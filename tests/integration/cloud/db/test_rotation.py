import asyncio
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from cloud.cli import main
from cloud.services import Services
from cloud.vault import CredentialVault


@pytest.fixture
def keys() -> list[str]:
    return [Fernet.generate_key().decode() for _ in range(2)]


async def _store(services: Services, user: Any, encrypted: bytes) -> None:
    async with services.db.as_service() as tx:
        await tx.execute(
            """insert into broker_connections (user_id, type, account_number, label, credentials_encrypted)
               values ($1, 'OANDA', $2, 'l', $3)""",
            user.user_id, uuid4().hex, encrypted,
        )  # fmt: skip


async def test_the_command_renews_every_connection_and_names_those_it_can_not(
    services: Services, backend: Any, trader: Any, keys: list[str], monkeypatch: Any, capsys: Any
) -> None:
    new, old = keys
    for name, value in {
        "FOREXELITE_CLOUD_MODE": "hosted", "DATABASE_URL": backend.app_dsn, "SUPABASE_URL": backend.supabase_url,
        "SUPABASE_SERVICE_ROLE_KEY": backend.service_key, "AGENT_KEY_SECRET": "not an example value",
        "CREDENTIALS_KEYS": f"{new},{old}",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    async with services.db.as_service() as tx:
        await tx.execute("update broker_connections set credentials_encrypted = null")
    secret = {"api_key": "k", "account_number": "1"}
    for _ in range(3):
        await _store(services, trader, CredentialVault([SecretStr(old)]).encrypt(secret))
    assert await asyncio.to_thread(main, ["rotate-credentials"]) == 0
    assert await asyncio.to_thread(main, ["rotate-credentials"]) == 0
    # The server that runs beside may log in between.
    told = [line for line in capsys.readouterr().out.splitlines() if "newest key" in line]
    assert told == ["3 connections are encrypted with the newest key."] * 2
    async with services.db.as_service() as tx:
        rows = await tx.fetch("select credentials_encrypted from broker_connections where user_id = $1", trader.user_id)
    newest = CredentialVault([SecretStr(new)])
    assert [newest.decrypt(row["credentials_encrypted"]) for row in rows] == [secret] * 3

    await _store(services, trader, CredentialVault([SecretStr(Fernet.generate_key().decode())]).encrypt(secret))
    assert await asyncio.to_thread(main, ["rotate-credentials"]) == 1
    said = capsys.readouterr().out
    assert "3 connections are encrypted" in said
    assert "no key opens its credentials" in said
    assert "api_key" not in said
