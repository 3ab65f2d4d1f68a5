"""Stops that follow the price: forward only, in steps, and they rest after a refusal."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_core.events import EventBus
from agent_core.store import Store
from agent_core.sync.events import AlertRaised
from agent_core.terminal.events import PositionsChanged
from agent_core.terminal.models import Account, Position, Side, SymbolSpec
from agent_core.trading.models import OutcomeStatus
from agent_core.trading.trailing import TrailingStops, next_stop

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LONG = Position(1, "EURUSD", Side.BUY, 0.1, 1.10, 1.10, 1.09, 1.12, 0.0, 0.0, NOW, 7, "", 1)
SHORT = replace(LONG, ticket=2, side=Side.SELL, sl=1.11, tp=None)
ACCOUNT = Account(7, "Demo", "", "", "USD", 2, 100, False, True, 1e4, 0.0, 0.0, 1e4, 0.0, 1e4, None, True, True)
TEN_PIPS = Decimal("0.0010")


@pytest.mark.parametrize(
    ("held", "price", "stop"),
    [
        (LONG, 1.10, "1.09900"),
        (LONG, 1.0905, None),  # back to 1.0895 would be wider
        (replace(LONG, sl=1.099), 1.10003, None),  # less than a twentieth of the distance
        (replace(LONG, sl=None), 1.10, "1.09900"),
        (SHORT, 1.10, "1.10100"),
        (replace(SHORT, sl=1.1005), 1.10, None),
        (LONG, 0.0, None),
    ],
)
def test_a_stop_moves_forward_only(spec: SymbolSpec, held: Position, price: float, stop: str | None) -> None:
    found = next_stop(replace(held, price_current=price), TEN_PIPS, spec)
    assert found == (None if stop is None else Decimal(stop))


class Desk:
    def __init__(self) -> None:
        self.calls: list[tuple[int, Decimal]] = []
        self.status = OutcomeStatus.DONE

    async def move_stop(self, ticket: int, sl: Decimal) -> Any:
        self.calls.append((ticket, sl))
        return SimpleNamespace(status=self.status, message="Too close to the price.")


class Stage:
    def __init__(self, path: Path, spec: SymbolSpec) -> None:
        self.store, self.bus, self.desk, self.now = Store(path), EventBus(), Desk(), 0.0
        self.terminal = SimpleNamespace(account=ACCOUNT, known_symbol=lambda _name: spec)
        self.alerts: list[AlertRaised] = []
        self.bus.subscribe(AlertRaised, self.note)
        self.restart()

    def note(self, event: AlertRaised) -> None:
        self.alerts.append(event)

    def restart(self) -> None:
        self.stops = TrailingStops(self.terminal, self.desk, self.store, self.bus, lambda: self.now)

    async def hold(self, *positions: Position) -> None:
        self.bus.publish(PositionsChanged(positions))
        await self.stops.close()
        await asyncio.sleep(0)


@pytest.fixture
def stage(tmp_path: Path, spec: SymbolSpec) -> Iterator[Stage]:
    made = Stage(tmp_path / "agent.db", spec)
    yield made
    made.store.close()


def test_it_goes_on_after_a_restart_and_ends_with_the_position(stage: Stage) -> None:
    async def follow() -> None:
        stage.stops.start(LONG, TEN_PIPS)
        await stage.stops.close()
        stage.restart()
        assert stage.stops.distances == {1: TEN_PIPS}
        await stage.hold(replace(LONG, price_current=1.102, sl=1.099), SHORT)
        await stage.hold(SHORT)
        assert stage.stops.distances == {}
        stage.terminal.account = replace(ACCOUNT, login=8)
        assert stage.stops.distances == {}

    asyncio.run(follow())
    assert stage.desk.calls == [(1, Decimal("1.09900")), (1, Decimal("1.10100"))]


def test_a_refused_stop_rests_and_says_so_once(stage: Stage) -> None:
    async def follow() -> None:
        stage.desk.status = OutcomeStatus.REFUSED
        stage.stops.start(LONG, TEN_PIPS)
        for second in (1, 29, 31, 32):
            stage.now = float(second)
            await stage.hold(replace(LONG, price_current=1.10 + second / 1000))

    asyncio.run(follow())
    assert len(stage.desk.calls) == 2
    assert [alert.message for alert in stage.alerts] == [
        "The trailing stop of EURUSD (1) could not follow: Too close to the price."
    ]
