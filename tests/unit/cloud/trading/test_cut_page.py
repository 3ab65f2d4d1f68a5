from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.protocol.errors import ForexEliteError
from cloud.trading.pages import RowPlace, cut_page

START = datetime(2026, 3, 2, tzinfo=UTC)
Row = tuple[int, str]


def _place(row: Row) -> RowPlace:
    return START + timedelta(seconds=row[0]), row[1]


@given(st.sets(st.tuples(st.integers(0, 5), st.text(max_size=3)), max_size=180))
def test_the_pages_hold_every_row_once_in_order(rows: set[Row]) -> None:
    seen: list[Row] = []
    cursor: str | None = None
    while True:
        page, cursor = cut_page(list(rows), _place, cursor)
        assert len(page) <= 50
        seen += page
        if cursor is None:
            break
    assert seen == sorted(rows, key=_place, reverse=True)


@pytest.mark.parametrize("cursor", ["", "?", "bm90IGpzb24=", "WzFd"])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ForexEliteError, match="cursor"):
        cut_page([], _place, cursor)
