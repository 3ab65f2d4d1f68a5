"""The server's clock over weeks without a restart, and where no quote moves at first."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.store import Store
from agent_core.terminal import clock_keeper
from agent_core.terminal.clock_keeper import ClockKeeper
from agent_core.terminal.memory import TerminalMemory
from agent_core.terminal.models import Tick
from agent_core.terminal.server_time import ServerClock
from agent_core.terminal.week_offsets import WeekOffsets, week_open

HOUR = 3600
NEW_YORK = ZoneInfo("America/New_York")


def server_offset(utc: float) -> int:
    """A server seven hours ahead of New York."""
    found = datetime.fromtimestamp(utc, NEW_YORK).utcoffset()
    assert found is not None
    return int(found.total_seconds()) + 7 * HOUR


class Server:
    """What the keeper asks of a terminal, on a clock that the test moves."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.time = now.timestamp()
        self.clock = ServerClock(now=lambda: self.time)
        self.memory = TerminalMemory(store)
        self.reads = 0
        self.last_tick = now.timestamp()
        self.fails = False
        self.keeper = ClockKeeper(self, lambda: self.time)  # type: ignore[arg-type]
        self.keeper.follow("Broker-Demo")

    async def symbols(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="EURUSD", selected=True)]

    async def symbol(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(name=name)

    async def ticks(self, _: list[str]) -> list[Tick]:
        told = int((self.last_tick + server_offset(self.last_tick)) * 1000)
        return [Tick("EURUSD", 1.1, 1.2, self.clock.utc_msc(told))]

    async def week_offsets(self, _: str, present: int | None) -> WeekOffsets:
        self.reads += 1
        if self.fails:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "Not now.")
        hours: list[int] = []
        sunday = date(2025, 6, 1)
        while (opened := week_open(sunday)) <= self.time:
            hours += [utc for utc in range(opened, opened + 120 * HOUR, HOUR) if utc <= self.time]
            sunday += timedelta(days=7)
        return WeekOffsets.measured(np.array([utc + server_offset(utc) for utc in hours], np.int64), present)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "agent.db")
    yield store
    store.close()


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_keeper, "_LIVE_SECONDS", 0.06)


async def test_a_server_met_at_the_weekend_is_measured_by_its_last_opening(store: Store) -> None:
    server = Server(store, datetime(2026, 3, 7, 9, tzinfo=UTC))  # ten hours after the close
    server.last_tick = datetime(2026, 3, 6, 21, 59, 50, tzinfo=UTC).timestamp()
    await server.keeper.start()
    assert (server.clock.offset, server.clock.measured) == (2 * HOUR, False)
    assert server.memory.offset("Broker-Demo") is None


async def test_an_agent_that_runs_across_a_change_of_clocks_stays_right(store: Store) -> None:
    server = Server(store, datetime(2026, 3, 5, 12, tzinfo=UTC))
    server.memory.set_offset("Broker-Demo", 2 * HOUR)
    server.keeper.follow("Broker-Demo")
    await server.keeper.start()
    deal = datetime(2026, 3, 12, 12, tzinfo=UTC)  # in the first week of New York's summer time
    for day in range(1, 16):
        server.time = datetime(2026, 3, 5, 12, tzinfo=UTC).timestamp() + day * 86_400
        if datetime.fromtimestamp(server.time, UTC).weekday() < 5:
            told = int((server.time + server_offset(server.time)) * 1000)
            server.keeper.observe([Tick("EURUSD", 1.1, 1.2, server.clock.utc_msc(told))])
        server.keeper._asked = float("-inf")
        await server.keeper.keep()
    assert server.clock.utc(deal.timestamp() + 3 * HOUR) == deal
    assert server.clock.utc(datetime(2026, 3, 4, 14, tzinfo=UTC).timestamp()) == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert server.reads == 2


async def test_weeks_that_can_not_be_read_are_not_asked_for_every_second(store: Store) -> None:
    server = Server(store, datetime(2026, 3, 5, 12, tzinfo=UTC))
    server.fails = True
    for _ in range(5):
        await server.keeper.keep()
    assert server.reads == 1
