"""All SQL of alerts."""

from datetime import datetime
from uuid import UUID

from agent_core.protocol.agents import Alert
from cloud.db.pool import Connection


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
