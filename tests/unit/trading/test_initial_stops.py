"""R is measured by the stop a position was opened with, whatever became of it since."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from agent_core.events import EventBus
from agent_core.store import Store
from agent_core.terminal.constants import TradeAction
from agent_core.terminal.events import PositionsChanged
from agent_core.terminal.models import Account, Position, Side
from agent_core.trading.initial_stops import InitialStops
from agent_core.trading.journal import Action, OrderJournal, order_key

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LONG = Position(1, "EURUSD", Side.BUY, 0.1, 1.10, 1.10, 1.09, 1.12, 0.0, 0.0, NOW, 0, "", 1)
ACCOUNT = Account(7, "Demo", "", "", "USD", 2, 100, False, True, 1e4, 0.0, 0.0, 1e4, 0.0, 1e4, None, True, True)


class Stage:
    def __init__(self, path: Path) -> None:
        self.store, self.bus = Store(path), EventBus()
        self.journal, self.terminal = OrderJournal(self.store), SimpleNamespace(account=ACCOUNT)
        self.restart()

    def restart(self) -> None:
        self.stops = InitialStops(self.terminal, self.journal, self.store, self.bus)

    def hold(self, *positions: Position) -> list[float | None]:
        self.bus.publish(PositionsChanged(positions))
        return [self.stops.risk(position) for position in positions]

    def send(self, number: int, action: TradeAction, stop: float) -> int:
        """Writes an order into the journal; returns its magic number."""
        client = UUID(int=number)
        self.journal.begin(client, ACCOUNT.key, Action.OPEN, "EURUSD", target=None, owner="manual")
        asyncio.run(self.journal.mark_sent(client, {"action": int(action), "sl": stop}))
        return order_key(client)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "agent.db")
    yield made
    made.store.close()


def test_the_first_stop_that_was_seen_stays_the_measure(stage: Stage) -> None:
    assert stage.hold(replace(LONG, sl=None)) == [None]
    assert stage.hold(replace(LONG, sl=1.101)) == [None]  # it never could lose anything
    assert stage.hold(LONG) == [pytest.approx(0.01)]
    assert stage.hold(replace(LONG, sl=1.10)) == [pytest.approx(0.01)]
    stage.restart()
    assert stage.hold(replace(LONG, sl=1.105)) == [pytest.approx(0.01)]
    stage.terminal.account = replace(ACCOUNT, login=8)
    assert stage.hold(replace(LONG, sl=1.105)) == [None]  # another account's position of the same number


def test_a_short_position_risks_upwards(stage: Stage) -> None:
    short = replace(LONG, side=Side.SELL, sl=1.102)
    assert stage.hold(short, replace(short, ticket=2, sl=1.09)) == [pytest.approx(0.002), None]


def test_the_stop_an_order_was_sent_with_comes_before_the_first_one_seen(stage: Stage) -> None:
    magic = stage.send(1, TradeAction.DEAL, 1.095)
    assert stage.hold(replace(LONG, magic=magic, sl=1.10)) == [pytest.approx(0.005)]
    # A pending order's stop may have been moved before it was filled.
    pending = stage.send(2, TradeAction.PENDING, 1.095)
    assert stage.hold(replace(LONG, ticket=2, magic=pending)) == [pytest.approx(0.01)]
    bare = stage.send(3, TradeAction.DEAL, 0.0)
    assert stage.hold(replace(LONG, ticket=3, magic=bare, sl=None)) == [None]
    assert stage.hold(replace(LONG, ticket=3, magic=bare)) == [pytest.approx(0.01)]
