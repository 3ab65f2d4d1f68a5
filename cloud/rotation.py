"""Encrypts all stored credentials with the newest key, so that older keys can be taken away."""

from dataclasses import dataclass
from uuid import UUID

from cryptography.fernet import InvalidToken

from cloud.db.pool import Database
from cloud.vault import CredentialVault


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did.

    Attributes:
        rotated: How many connections' credentials are encrypted with the newest key now.
        unreadable: Connections whose credentials no key opens; their owners have to enter them again.
    """

    rotated: int
    unreadable: list[UUID]


async def rotate_credentials(database: Database, vault: CredentialVault) -> Rotation:
    """Goes through all connections, one transaction each; the cloud may be at work meanwhile."""
    async with database.as_service() as tx:
        rows = await tx.fetch("select id from public.broker_connections where credentials_encrypted is not null")
    unreadable = [row["id"] for row in rows if not await _rotate(database, vault, row["id"])]
    return Rotation(len(rows) - len(unreadable), unreadable)


async def _rotate(database: Database, vault: CredentialVault, connection_id: UUID) -> bool:
    async with database.as_service() as tx:
        encrypted = await tx.fetchval(
            "select credentials_encrypted from public.broker_connections where id = $1 for update", connection_id
        )
        if encrypted is None:
            return True  # deleted, or connected anew, meanwhile
        try:
            renewed = vault.rotate(encrypted)
        except InvalidToken:
            return False
        await tx.execute(
            "update public.broker_connections set credentials_encrypted = $2 where id = $1", connection_id, renewed
        )
    return True
