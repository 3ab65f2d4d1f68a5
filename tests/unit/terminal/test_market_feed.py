from typing import Any

import pytest

from agent_core.events import EventBus
from agent_core.terminal.events import TickReceived
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.models import Tick


class Clock:
    """Says which quotes were taken as live."""

    def __init__(self) -> None:
        self.observed: list[Tick] = []

    def observe(self, ticks: list[Tick]) -> int:
        self.observed += ticks
        return 0


@pytest.fixture
def accepted() -> Any:
    bus, clock, seen = EventBus(), Clock(), []
    feed = MarketFeed(clock, bus)  # type: ignore[arg-type]
    handler = bus.subscribe(TickReceived, lambda event: seen.append(event.tick))

    def accept(*ticks: Tick) -> list[Tick]:
        seen.clear()
        for tick in ticks:
            feed._accept([tick])
        return list(seen)

    accept.clock, accept.keep = clock, handler  # type: ignore[attr-defined]
    return accept


def test_each_quote_is_published_once_and_old_ones_never(accepted: Any) -> None:
    first, second = Tick("EURUSD", 1.1, 1.2, 100), Tick("EURUSD", 1.1, 1.3, 200)
    assert accepted(first, first, second, first, second) == [first, second]


def test_quotes_of_one_millisecond_both_count(accepted: Any) -> None:
    ticks = [Tick("EURUSD", 1.1, 1.2, 100), Tick("EURUSD", 1.15, 1.2, 100)]
    assert accepted(*ticks) == ticks


def test_empty_quotes_are_refused_and_crossed_ones_kept(accepted: Any) -> None:
    crossed = Tick("EURUSD", 1.2, 1.1, 300)
    assert accepted(Tick("EURUSD", 0.0, 1.1, 100), Tick("EURUSD", 1.1, 0.0, 200), crossed) == [crossed]


def test_only_a_quote_seen_to_arrive_measures_the_servers_clock(accepted: Any) -> None:
    ticks = [Tick("EURUSD", 1.1, 1.2, 100), Tick("EURUSD", 1.1, 1.3, 200)]
    accepted(*ticks)
    assert accepted.clock.observed == ticks[1:]
