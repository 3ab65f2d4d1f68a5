"""Cursors of paginated lists: opaque text that names the last row of a page."""

import base64
import json
from datetime import datetime
from uuid import UUID

from agent_core.protocol.errors import ErrorCode, ForexEliteError

PAGE_SIZE = 50
NEXT_CURSOR = "X-Next-Cursor"

Place = tuple[datetime, UUID]
"""(created_at, id) of a row, the order of every list."""


def encode_cursor(created_at: datetime, row_id: UUID) -> str:
    """Names a row as the end of a page."""
    return base64.urlsafe_b64encode(json.dumps([created_at.isoformat(), str(row_id)]).encode()).decode()


def decode_cursor(cursor: str | None) -> Place | None:
    """Reads a cursor back.

    Raises:
        ForexEliteError: VALIDATION_ERROR, it is none of ours.
    """
    if cursor is None:
        return None
    try:
        moment, row_id = json.loads(base64.urlsafe_b64decode(cursor))
        return datetime.fromisoformat(moment), UUID(row_id)
    except (ValueError, TypeError) as error:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, "This cursor is none of ours. Take it from X-Next-Cursor.", field="cursor"
        ) from error
