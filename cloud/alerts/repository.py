"""All SQL of alerts."""

from datetime import datetime
from uuid import UUID

from agent_core.protocol.agents import Alert
from cloud.db.pool import Connection
from cloud.updates.notify import notify_user


async def add(tx: Connection, user_id: UUID, kind: str, level: str, message: str) -> None:
    """Adds an alert and tells the user's open sockets of it."""
    alert_id = await tx.fetchval(
        "insert into public.alerts (user_id, kind, level, message) values ($1, $2, $3, $4) returning id",
        user_id, kind, level, message,
    )  # fmt: skip
    notify_user(tx, user_id, "alert", {"id": alert_id, "level": level, "message": message})


async def page(
    tx: Connection, user_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int, unresolved: bool
) -> list[Alert]:
    """Alerts of the user, newest first."""
    rows = await tx.fetch(
        """select id, kind, level, message, created_at, resolved_at from public.alerts
           where user_id = $1 and (not $2 or resolved_at is null)
             and ($3::timestamptz is null or (created_at, id) < ($3, $4))
           order by created_at desc, id desc limit $5""",
        user_id, unresolved, before[0] if before else None, before[1] if before else None, limit,
    )  # fmt: skip
    return [Alert.model_validate(dict(row)) for row in rows]
