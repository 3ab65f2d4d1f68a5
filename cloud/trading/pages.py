"""Pages of lists that the broker answers whole: newest first, cut at the row that a cursor names."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.pages import PAGE_SIZE

_Row = TypeVar("_Row")
RowPlace = tuple[datetime, str]


def cut_page(rows: list[_Row], place: Callable[[_Row], RowPlace], cursor: str | None) -> tuple[list[_Row], str | None]:
    """Returns the page behind the cursor and the next page's cursor, null on the last page.

    Raises:
        ForexEliteError: VALIDATION_ERROR, the cursor is none of ours.
    """
    ordered = sorted(rows, key=place, reverse=True)
    if cursor is not None:
        last = _decode(cursor)
        ordered = [row for row in ordered if place(row) < last]
    page = ordered[:PAGE_SIZE]
    return page, _encode(place(page[-1])) if len(ordered) > PAGE_SIZE else None


def _encode(place: RowPlace) -> str:
    return base64.urlsafe_b64encode(json.dumps([place[0].isoformat(), place[1]]).encode()).decode()


def _decode(cursor: str) -> RowPlace:
    try:
        moment, row_id = json.loads(base64.urlsafe_b64decode(cursor))
        return datetime.fromisoformat(moment), str(row_id)
    except (ValueError, TypeError) as error:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, "This cursor is none of ours. Take it from X-Next-Cursor.", field="cursor"
        ) from error
