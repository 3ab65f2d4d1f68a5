"""The trade server's clock: New York plus seven hours, so that its day ends when New York's FX day does.

MetaTrader hands out this wall clock encoded as if it were UTC. It is UTC+2 in winter and UTC+3 in summer, and FX
weekends are exactly its Saturdays and Sundays.
"""

import time
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = 60
HOUR = 3600
DAY = 86_400
SATURDAY = 5
"""Number of a day in its week, from Monday as 0."""

_NEW_YORK = ZoneInfo("America/New_York")


@lru_cache(maxsize=64)
def _offset_in_quarter(quarter_hour: int) -> int:
    local = datetime.fromtimestamp(quarter_hour * 900, UTC).astimezone(_NEW_YORK)
    offset = local.utcoffset()
    return (int(offset.total_seconds()) if offset else 0) + 7 * HOUR


def server_offset(utc: float) -> int:
    """Seconds the server's clock is ahead of UTC at a moment (epoch seconds)."""
    return _offset_in_quarter(int(utc // 900))


def server_now_msc() -> int:
    """Server wall clock as epoch milliseconds."""
    now = time.time()
    return int((now + server_offset(now)) * 1000)


def server_msc(utc: float) -> int:
    """Server wall clock at a moment given in epoch seconds UTC."""
    return int((utc + server_offset(utc)) * 1000)


def is_weekend(day: int) -> bool:
    """Whether a day (days since 1970-01-01, a Thursday) is a Saturday or Sunday."""
    return (day + 3) % 7 >= SATURDAY


def week_of(day: int) -> int:
    """Number of a day's week; weeks start on Monday."""
    return (day + 3) // 7
