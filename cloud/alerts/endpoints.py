"""`/api/v1/alerts`."""

from fastapi import APIRouter, Response

from agent_core.protocol.agents import Alert
from cloud.alerts import repository
from cloud.deps import CurrentUser, ServicesDep
from cloud.pages import PAGE_SIZE, Cursor, cursor_after, decode_cursor, name_next

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])


@router.get("")
async def list_alerts(
    services: ServicesDep,
    user: CurrentUser,
    response: Response,
    cursor: Cursor = None,
    unresolved: bool = False,
) -> list[Alert]:
    """The user's alerts, newest first."""
    async with services.db.as_user(user) as tx:
        alerts = await repository.page(
            tx, user.user_id, before=decode_cursor(cursor), limit=PAGE_SIZE, unresolved=unresolved
        )
    name_next(response, cursor_after(alerts))
    return alerts
