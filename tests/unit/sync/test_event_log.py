from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from agent_core.store import Store
from agent_core.sync.backoff import Backoff
from agent_core.sync.event_log import EventLog

AT = datetime(2026, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=2)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "agent.db")
    yield store
    store.close()


def test_facts_are_plain_json_in_order(store: Store) -> None:
    log = EventLog(store)
    woken: list[int] = []
    log.on_append = lambda: woken.append(1)
    data = {"price": Decimal("1.10"), "id": UUID(int=1), "at": AT, "text": "ü", "none": None}
    assert log.append("order_intent", data, at=AT) == 1
    assert log.append_all("deal", [(AT, {"n": 1}), (AT, {"n": 2})]) == 3
    first = log.pending()[0]
    assert first.at == AT
    assert first.data == {
        "price": "1.10", "id": str(UUID(int=1)), "at": "2026-03-04T03:06:00+00:00", "text": "ü", "none": None
    }  # fmt: skip
    assert [event.seq for event in log.pending()] == [1, 2, 3]
    assert [event.seq for event in log.pending(2)] == [1, 2]
    assert (log.queued, log.last_seq, len(woken)) == (3, 3, 2)


def test_numbers_go_on_after_a_restart_and_are_never_used_twice(store: Store) -> None:
    log = EventLog(store)
    old = datetime.now(UTC) - timedelta(days=40)
    log.append("a", {}, at=old)
    log.append("b", {}, at=old)
    log.mark_stored_through(1)
    again = EventLog(store)
    assert [event.kind for event in again.pending()] == ["b"]
    again.mark_stored_through(2)
    assert EventLog(store).last_seq == 0
    assert again.append("c", {}) == 3
    assert [event.seq for event in again.pending()] == [3]


def test_marks_can_not_run_ahead(store: Store) -> None:
    log = EventLog(store)
    log.append("a", {})
    log.mark_stored_through(99)
    log.append("b", {})
    assert [event.kind for event in log.pending()] == ["b"]


def test_another_agent_gets_what_waits_under_its_own_numbers(store: Store) -> None:
    log = EventLog(store)
    for _ in range(3):
        log.append("a", {})
    log.mark_stored_through(2)
    assert not log.aligned_with("x")
    log.align("x", 10)
    assert log.aligned_with("x")
    assert [event.seq for event in log.pending()] == [11]
    log.mark_stored_through(11)
    assert log.queued == 0
    log.append("b", {})
    assert [event.seq for event in log.pending()] == [12]


def test_without_a_cloud_old_snapshots_give_way(store: Store) -> None:
    log, now = EventLog(store), datetime.now(UTC)
    for kind, age in (("account", 3), ("deal", 3), ("positions", 2), ("alert", 0), ("account", 0)):
        log.append(kind, {"age": age}, at=now - timedelta(days=age))
    again = EventLog(store)
    assert [event.kind for event in again.pending()] == ["deal", "alert", "account"]
    again.append("deal", {})
    again.align("x", 4)
    assert [(event.seq, event.kind) for event in again.pending()] == [
        (5, "deal"), (6, "alert"), (7, "account"), (8, "deal")
    ]  # fmt: skip


def test_once_paired_every_fact_waits_for_the_cloud(store: Store) -> None:
    log = EventLog(store)
    log.align("x", 0)
    log.append("account", {}, at=AT)
    assert [event.kind for event in EventLog(store).pending()] == ["account"]


def test_waiting_grows_and_spreads() -> None:
    backoff = Backoff(first=1, most=8)
    waits = [backoff.next() for _ in range(6)]
    for wait, longest in zip(waits, [1, 2, 4, 8, 8, 8], strict=True):
        assert longest / 2 <= wait <= longest
    assert backoff.next(20) == 20
    backoff.success()
    assert backoff.next() <= 1
