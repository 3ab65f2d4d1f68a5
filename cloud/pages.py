"""Cursors of paginated lists: opaque text that names the last row of a page."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Query, Response

from agent_core.protocol.errors import ErrorCode, ForexEliteError

PAGE_SIZE = 50
NEXT_CURSOR = "X-Next-Cursor"

Cursor = Annotated[str | None, Query(max_length=200, description="value of X-Next-Cursor")]
"""The parameter of paginated lists."""

Place = tuple[datetime, UUID]
"""(created_at, id) of a row, the order of every list."""


class Dated(Protocol):
    """A row that a cursor can name."""

    @property
    def id(self) -> UUID:
        """Its id."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        ...


def name_next(response: Response, cursor: str | None) -> None:
    """Tells the client where the next page begins, if there is one."""
    if cursor is not None:
        response.headers[NEXT_CURSOR] = cursor


def cursor_after(rows: Sequence[Dated]) -> str | None:
    """The cursor behind a full page; null behind the last one."""
    return encode_cursor(rows[-1].created_at, rows[-1].id) if len(rows) == PAGE_SIZE else None


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
