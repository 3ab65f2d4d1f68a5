"""Servers of several zones and rules, whose bars tell their clock: every time comes back right, changes included."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.terminal.server_time import ServerClock
from agent_core.terminal.week_offsets import WeekOffsets, last_week_open, week_open

HOUR, DAY = 3600, 86_400
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp()
YEARS = 3

Rule = Callable[[float], int]


def _zone(name: str, more: int = 0) -> Rule:
    zone = ZoneInfo(name)

    def offset(utc: float) -> int:
        found = datetime.fromtimestamp(utc, zone).utcoffset()
        assert found is not None
        return int(found.total_seconds()) + more

    return offset


def _europe_then_america(utc: float) -> int:
    switch = datetime(2025, 2, 1, tzinfo=UTC).timestamp()
    return _zone("Europe/Athens")(utc) if utc < switch else _zone("America/New_York", 7 * HOUR)(utc)


SERVERS: dict[str, Rule] = {
    "New York + 7": _zone("America/New_York", 7 * HOUR),
    "Athens": _zone("Europe/Athens"),
    "London": _zone("Europe/London"),
    "New York": _zone("America/New_York"),
    "Moscow": _zone("Europe/Moscow"),
    "Singapore": _zone("Asia/Singapore"),
    "Sydney": _zone("Australia/Sydney"),
    "Europe, later America": _europe_then_america,
}


def _sessions() -> list[tuple[int, int]]:
    """Opening and closing of each FX week, the Christmas weeks with their holidays."""
    sunday = datetime.fromtimestamp(NOW - YEARS * 365 * DAY, UTC).date()
    sunday -= timedelta(days=(sunday.weekday() + 1) % 7)
    found: list[tuple[int, int]] = []
    while week_open(sunday) < NOW:
        opened, closed = week_open(sunday), week_open(sunday + timedelta(days=7)) - 2 * DAY
        christmas = int(datetime(sunday.year, 12, 24, 18, tzinfo=UTC).timestamp())
        if opened < christmas < closed:
            found += [(opened, christmas), (christmas + 40 * HOUR, closed)]
        elif sunday.month == 1 and sunday.day == 1:
            found.append((opened + DAY, closed))
        else:
            found.append((opened, closed))
        sunday += timedelta(days=7)
    return [(opened, min(closed, int(NOW))) for opened, closed in found if opened < min(closed, NOW)]


SESSIONS = _sessions()


def _clock(rule: Rule) -> ServerClock:
    hours = [utc for opened, closed in SESSIONS for utc in range(opened, closed, HOUR)][-13_000:]
    clock = ServerClock(rule(NOW), now=lambda: NOW)
    clock.weeks = WeekOffsets.measured(np.array([utc + rule(utc) for utc in hours], np.int64), clock.offset)
    return clock


CLOCKS = {name: _clock(rule) for name, rule in SERVERS.items()}


@pytest.mark.parametrize("server", SERVERS)
@given(data=st.data())
def test_every_trading_hour_comes_back(server: str, data: st.DataObject) -> None:
    opened, closed = data.draw(st.sampled_from(SESSIONS))
    utc = data.draw(st.integers(opened, closed - 1))
    rule, clock = SERVERS[server], CLOCKS[server]
    if server in ("Europe, later America", "Sydney") and utc < clock.weeks.opens[0]:
        return  # before what the bars tell, one rule is followed, New York's or Europe's
    told = utc + rule(utc)
    assert clock.utc(told).timestamp() == utc
    assert clock.server(datetime.fromtimestamp(utc, UTC)) == told
    assert clock.utc_msc(told * 1000 + 7) == utc * 1000 + 7
    assert clock.server_msc(utc * 1000 + 7) == told * 1000 + 7


@pytest.mark.parametrize("server", SERVERS)
def test_bars_across_a_change_are_as_evenly_spaced_as_the_market(server: str) -> None:
    rule, clock = SERVERS[server], CLOCKS[server]
    first = clock.weeks.opens[0]
    hours = np.array([utc for opened, closed in SESSIONS for utc in range(opened, closed, HOUR) if utc >= first])
    told = np.array([utc + rule(float(utc)) for utc in hours], np.int64)
    assert (clock.utc_seconds(told) == hours).all()
    assert (clock.utc_seconds(told[:0]) == told[:0]).all()


def test_daily_bars_begin_at_the_servers_own_midnight() -> None:
    clock = CLOCKS["New York + 7"]
    for day, utc_hour in ((datetime(2026, 7, 6, tzinfo=UTC), 21), (datetime(2026, 1, 5, tzinfo=UTC), 22)):
        assert clock.utc(day.timestamp()) == day - timedelta(hours=24 - utc_hour)


def test_without_history_the_present_offset_holds() -> None:
    clock = ServerClock(7200, now=lambda: NOW)
    assert WeekOffsets.measured(np.zeros(0, np.int64), 7200) == WeekOffsets()
    assert clock.utc(0.0) == datetime.fromtimestamp(-7200, UTC)


def test_a_week_opens_on_sunday_at_17_in_new_york() -> None:
    opened = last_week_open(NOW)
    assert datetime.fromtimestamp(opened, NEW_YORK).strftime("%A %H:%M") == "Sunday 17:00"
    assert last_week_open(opened) == opened
    assert last_week_open(opened - 1) == opened - 7 * DAY
