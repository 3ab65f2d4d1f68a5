"""Events of any thread become signals in the window's thread, coalesced."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtWidgets import QApplication

from agent_core.ea.events import LibraryChanged
from agent_core.events import EventBus
from agent_core.jobs.events import JobProgressed
from agent_core.protocol.jobs import JobStatus, JobType
from agent_core.sync.events import AlertRaised, CloudLinkChanged
from agent_core.terminal.events import PositionsChanged, TickReceived
from agent_core.terminal.models import Tick
from app.agent_signals import AgentSignals


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def signals(bus: EventBus, qapp: Any) -> AgentSignals:
    return AgentSignals(bus)


def _collect(signal: Any) -> list[Any]:
    seen: list[Any] = []
    signal.connect(seen.append)
    return seen


def _in_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_burst_of_ticks_is_one_signal_with_the_last_quotes(bus: EventBus, signals: AgentSignals, qtbot: Any) -> None:
    seen = _collect(signals.ticks)

    def burst() -> None:
        for number in range(500):
            bus.publish(TickReceived(Tick("EURUSD", 1 + number / 1e5, 1.1, number)))
        bus.publish(TickReceived(Tick("XAUUSD", 2000, 2001, 1)))

    _in_thread(burst)
    qtbot.waitUntil(lambda: bool(seen))
    assert len(seen) == 1
    assert {name: tick.time_msc for name, tick in seen[0].items()} == {"EURUSD": 499, "XAUUSD": 1}


def test_the_first_quote_after_a_rest_waits_for_no_frame(
    bus: EventBus, signals: AgentSignals, qapp: QApplication
) -> None:
    seen = _collect(signals.ticks)
    bus.publish(TickReceived(Tick("EURUSD", 1.0, 1.1, 1)))
    qapp.processEvents()
    assert len(seen) == 1


def test_slots_run_in_the_thread_of_the_window(bus: EventBus, signals: AgentSignals, qtbot: Any) -> None:
    threads: list[int] = []
    signals.positions.connect(lambda _positions: threads.append(threading.get_ident()))
    _in_thread(lambda: bus.publish(PositionsChanged(())))
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.get_ident()]


def test_states_arrive_once_facts_arrive_all_in_order(bus: EventBus, signals: AgentSignals, qtbot: Any) -> None:
    clouds, alerts, jobs, library = (
        _collect(signal) for signal in (signals.cloud_link, signals.alert, signals.job, signals.library)
    )
    job = uuid4()
    for number in range(3):
        bus.publish(CloudLinkChanged("connected", queued=number))
        bus.publish(AlertRaised("info", str(number)))
        bus.publish(JobProgressed(job, JobType.COMPILE, JobStatus.IN_PROGRESS, number / 3, ""))
        bus.publish(LibraryChanged())
    qtbot.waitUntil(lambda: bool(library))
    assert [event.queued for event in clouds] == [2]
    assert [event.message for event in alerts] == ["0", "1", "2"]
    assert len(jobs) == 3
    assert len(library) == 1


def test_nothing_comes_after_stop(bus: EventBus, signals: AgentSignals) -> None:
    seen = _collect(signals.alert)
    bus.publish(AlertRaised("info", "late"))
    signals.stop()
    signals.flush()
    assert seen == []
