from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_core.store import Store
from agent_core.terminal.memory import TerminalMemory
from agent_core.terminal.models import TerminalInstall
from agent_core.terminal.server_time import ServerClock

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("hours", "late", "expected"),
    [(2, 0.0, 7200), (3, 1.5, 10800), (0, 2.0, 0), (-5, 0.3, -18000), (5.75, 0.1, 20700), (2, -20.0, 7200)],
)
def test_the_offset_is_measured_to_a_quarter_of_an_hour(hours: float, late: float, expected: int) -> None:
    clock = ServerClock(now=lambda: NOW)
    assert clock.observe(int((NOW + hours * 3600 - late) * 1000)) is (expected != 0)
    assert (clock.offset, clock.measured) == (expected, True)


def test_an_old_quote_measures_nothing() -> None:
    clock = ServerClock(7200, now=lambda: NOW)
    assert not clock.observe(int((NOW - 3 * 86400) * 1000))
    assert (clock.offset, clock.measured) == (7200, False)


def test_what_leaves_is_utc_and_comes_back() -> None:
    clock = ServerClock(7200, now=lambda: NOW)
    moment = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
    assert clock.server(moment) == moment.timestamp() + 7200
    assert clock.utc(clock.server(moment)) == moment
    assert clock.server_msc(clock.utc_msc(1_000_000)) == 1_000_000


def test_the_brokers_day_begins_at_its_own_midnight() -> None:
    assert ServerClock(7200, now=lambda: NOW).day_start() == datetime(2026, 3, 9, 22, 0, tzinfo=UTC)


def test_what_was_learned_is_remembered(tmp_path: Path) -> None:
    store = Store(tmp_path / "agent.db")
    memory = TerminalMemory(store)
    assert (memory.install, memory.offset("Demo"), memory.last_deal(1, "Demo")) == (None, None, None)
    install = TerminalInstall(tmp_path / "MT 5" / "terminal64.exe", tmp_path / "Größe", True, False, "MT 5")
    memory.install = install
    memory.set_offset("Demo", 7200)
    memory.set_last_deal(1, "Demo", 99)
    again = TerminalMemory(store)
    assert (again.install, again.offset("Demo"), again.last_deal(1, "Demo")) == (install, 7200, 99)
    store.close()
