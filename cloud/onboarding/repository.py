"""Queries of onboarding. Row-level security filters by user; the queries say so again, for the index."""

from typing import Any
from uuid import UUID

from agent_core.protocol.onboarding import BrokerConnection, Preferences, PreferencesRequest
from cloud.db.pool import Connection

_CONNECTION_COLUMNS = "id, type, agent_id, broker_name, account_number, account_type, label, is_active, created_at"


async def onboarding_facts(connection: Connection, user_id: UUID) -> tuple[bool, bool]:
    """Whether the user has an active broker connection, and has accepted the disclaimer."""
    row = await connection.fetchrow(
        """select exists (select from broker_connections where user_id = $1 and is_active) as connected,
                  coalesce((select disclaimer_accepted from user_settings where user_id = $1), false) as accepted""",
        user_id,
    )
    return (row["connected"], row["accepted"]) if row else (False, False)


async def broker_connections(connection: Connection, user_id: UUID) -> list[BrokerConnection]:
    """The user's connections, oldest first."""
    rows = await connection.fetch(
        f"select {_CONNECTION_COLUMNS} from broker_connections where user_id = $1 order by created_at, id",  # noqa: S608
        user_id,
    )
    return [BrokerConnection(**row) for row in rows]


async def agent_is_own(connection: Connection, user_id: UUID, agent_id: UUID) -> bool:
    """Whether an agent belongs to the user and is still paired."""
    return bool(
        await connection.fetchval(
            "select exists (select from mt5_agents where id = $1 and user_id = $2 and revoked_at is null)",
            agent_id,
            user_id,
        )
    )


async def save_connection(connection: Connection, user_id: UUID, values: dict[str, Any]) -> UUID:
    """Adds a connection or updates the one with the same type, account and server."""
    saved: UUID = await connection.fetchval(
        """insert into broker_connections
               (user_id, type, agent_id, broker_name, account_number, server, account_type, label,
                credentials_encrypted)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           on conflict (user_id, type, account_number, server) do update
               set agent_id = excluded.agent_id, broker_name = excluded.broker_name,
                   account_type = excluded.account_type, label = excluded.label,
                   credentials_encrypted = excluded.credentials_encrypted, is_active = true
           returning id""",
        user_id,
        values["type"],
        values["agent_id"],
        values["broker_name"],
        values["account_number"],
        values["server"],
        values["account_type"],
        values["label"],
        values["credentials_encrypted"],
    )
    return saved


async def disconnect(connection: Connection, user_id: UUID, connection_id: UUID) -> bool:
    """Switches a connection off and deletes its credentials. False: the user has no such connection."""
    found = await connection.fetchval(
        """update broker_connections set is_active = false, credentials_encrypted = null
           where id = $1 and user_id = $2 returning true""",
        connection_id,
        user_id,
    )
    return bool(found)


async def preferences(connection: Connection, user_id: UUID) -> Preferences | None:
    """The user's settings."""
    row = await connection.fetchrow(
        "select risk_percent, disclaimer_accepted, preferred_pairs from user_settings where user_id = $1", user_id
    )
    return Preferences(**row) if row else None


async def save_preferences(connection: Connection, user_id: UUID, request: PreferencesRequest) -> None:
    """Changes what the request holds and keeps the rest."""
    await connection.execute(
        """insert into user_settings (user_id, risk_percent, disclaimer_accepted, preferred_pairs)
           values ($1, coalesce($2, 1.0), coalesce($3, false), coalesce($4, '{}'::text[]))
           on conflict (user_id) do update
               set risk_percent = coalesce($2, user_settings.risk_percent),
                   disclaimer_accepted = coalesce($3, user_settings.disclaimer_accepted),
                   preferred_pairs = coalesce($4, user_settings.preferred_pairs),
                   updated_at = now()""",
        user_id,
        request.risk_percent,
        request.disclaimer_accepted,
        request.preferred_pairs,
    )
