"""The guard on an account that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent_core.events import Event, EventBus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.store import Store
from agent_core.terminal.events import AccountChanged
from agent_core.terminal.models import Account, Deal
from agent_core.terminal.server_time import ServerClock
from agent_core.trading import risk_guard
from agent_core.trading.events import RiskLocked, RiskUnlocked
from agent_core.trading.models import BreachAction, RiskLimits
from agent_core.trading.risk_guard import RiskGuard
from agent_core.trading.risk_state import RiskStateStore

START = Account(7, "Demo", "", "", "USD", 2, 100, False, True, 1e4, 0.0, 0.0, 1e4, 0.0, 1e4, None, True, True)


class Stage:
    """Terminal and recorder of one guard, whose account the test moves."""

    connected = True

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = ServerClock(7200)
        self.account: Account | None = START
        self.held: list[Any] = []
        self.history: list[Deal] = []
        self.decisions: list[str] = []
        self.events: list[Event] = []
        self.restart()

    def restart(self) -> None:
        self.bus = EventBus()
        self.bus.subscribe(Event, self.events_append)
        self.guard = RiskGuard(self, self.store, self.bus, self)  # type: ignore[arg-type]

    def events_append(self, event: Event) -> None:
        self.events.append(event)

    def decision(self, verdict: str, rule: str | None, message: str) -> None:
        assert message.endswith(".")
        self.decisions.append(f"{verdict} {rule}" if rule else verdict)

    async def positions(self) -> list[Any]:
        return self.held

    async def orders(self) -> list[Any]:
        return []

    async def deals(self, since: datetime) -> list[Deal]:
        return [deal for deal in self.history if deal.time >= since]

    async def move(self, equity: float, *, balance: float | None = None) -> str | None:
        """Returns the rule that locks the account."""
        assert self.account is not None
        self.account = replace(self.account, equity=equity, balance=balance or self.account.balance)
        breach = await self.guard.look(self.account)
        return breach.rule if breach else None

    def flow(self, amount: float) -> None:
        self.history.append(
            Deal(len(self.history) + 1, 0, 0, "", None, 0, 0.0, 0.0, amount, 0.0, 0.0, 0.0, datetime.now(UTC), 0, "")
        )


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    store = Store(tmp_path / "agent.db")
    stage = Stage(store)
    yield stage
    await stage.guard.close()
    store.close()


async def test_no_limits_no_verdicts(stage: Stage) -> None:
    assert await stage.move(1.0) is None
    assert stage.decisions == []


async def test_the_trailing_drawdown_follows_the_highest_equity(stage: Stage) -> None:
    stage.guard.set_limits(RiskLimits(trailing_drawdown=Decimal(500)))
    assert [await stage.move(equity) for equity in (10_000.0, 9_600.0, 11_000.0, 10_501.0)] == [None] * 4
    stage.restart()
    assert await stage.move(10_500.0) == "trailing_drawdown"
    assert await stage.move(12_000.0) == "trailing_drawdown"
    assert stage.decisions == ["locked trailing_drawdown"]
    (locked,) = [event for event in stage.events if isinstance(event, RiskLocked)]
    assert not locked.flatten


async def test_the_absolute_drawdown_counts_from_when_it_was_set(stage: Stage) -> None:
    stage.guard.set_limits(RiskLimits(absolute_drawdown=Decimal(500)))
    assert [await stage.move(equity) for equity in (10_000.0, 12_000.0, 9_501.0)] == [None] * 3
    assert await stage.move(9_500.0) == "absolute_drawdown"


async def test_a_withdrawal_is_no_loss_and_a_deposit_no_profit(stage: Stage) -> None:
    stage.flow(10_000.0)
    stage.guard.set_limits(RiskLimits(absolute_drawdown=Decimal(500), trailing_drawdown=Decimal(500)))
    assert await stage.move(10_000.0) is None
    stage.flow(-4_000.0)
    assert await stage.move(6_000.0, balance=6_000.0) is None
    stage.flow(1_000.0)
    assert await stage.move(7_000.0, balance=7_000.0) is None
    assert await stage.move(6_501.0, balance=6_501.0) is None
    assert await stage.move(6_499.0, balance=6_499.0) == "trailing_drawdown"


async def test_the_daily_loss_counts_what_is_floating(stage: Stage) -> None:
    stage.guard.set_limits(RiskLimits(daily_loss=Decimal(100)))
    assert await stage.move(9_900.01) is None
    assert await stage.move(9_900.0) == "daily_loss"


async def test_unlocking_takes_its_delay_and_survives_a_restart(stage: Stage) -> None:
    stage.guard.set_limits(RiskLimits(daily_loss=Decimal(100), unlock_minutes=30))
    assert await stage.move(9_900.0) == "daily_loss"
    with pytest.raises(ForexEliteError, match="unlock it first") as caught:
        stage.guard.set_limits(RiskLimits())
    assert caught.value.code is ErrorCode.RISK_LIMIT
    asked = stage.guard.ask_unlock()
    assert asked.unlock_at is not None
    assert timedelta(minutes=29) < asked.unlock_at - datetime.now(UTC) <= timedelta(minutes=30)
    stage.restart()
    assert stage.guard.ask_unlock().unlock_at == asked.unlock_at
    assert await stage.move(9_950.0) == "daily_loss"
    past = {"unlock_at": datetime.now(UTC) - timedelta(seconds=1)}
    RiskStateStore(stage.store).change("7@Demo", lambda state: state.model_copy(update=past))
    assert await stage.move(9_890.0) is None
    assert not stage.guard.state.locked
    assert await stage.move(9_791.0) is None
    assert await stage.move(9_790.0) == "daily_loss"
    assert stage.decisions == [
        "locked daily_loss", "unlock asked daily_loss", "unlocked", "locked daily_loss",
    ]  # fmt: skip
    assert sum(isinstance(event, RiskUnlocked) for event in stage.events) == 1


async def test_flattening_is_repeated_while_anything_is_open(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.guard.set_limits(RiskLimits(daily_loss=Decimal(100), on_breach=BreachAction.FLATTEN))

    def flattened() -> int:
        return sum(isinstance(event, RiskLocked) and event.flatten for event in stage.events)

    assert await stage.move(9_900.0) == "daily_loss"
    assert flattened() == 1
    stage.held = [object()]
    await stage.move(9_899.0)
    assert flattened() == 1
    monkeypatch.setattr(risk_guard, "FLATTEN_SECONDS", 0.0)
    await stage.move(9_899.0)
    assert flattened() == 2
    stage.held = []
    await stage.move(9_899.0)
    assert flattened() == 2
    stage.held = [object()]
    stage.restart()
    await stage.move(9_899.0)
    assert flattened() == 3


async def test_each_account_has_its_own_lock(stage: Stage) -> None:
    stage.guard.set_limits(RiskLimits(daily_loss=Decimal(100)))
    assert await stage.move(9_900.0) == "daily_loss"
    stage.account = replace(START, login=8)
    assert await stage.move(10_000.0) is None
    assert not stage.guard.state.locked


async def test_the_account_is_watched_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(risk_guard, "WATCH_SECONDS", 0.01)
    stage.guard.set_limits(RiskLimits(daily_loss=Decimal(100)))
    stage.account = replace(START, equity=9_000.0)
    stage.bus.publish(AccountChanged(stage.account))
    async with asyncio.timeout(5):
        while stage.decisions != ["locked daily_loss"]:
            await asyncio.sleep(0.01)
        # A flat account stands still; the lock falls all the same.
        past = {"unlock_at": datetime.now(UTC)}
        RiskStateStore(stage.store).change("7@Demo", lambda state: state.model_copy(update=past))
        while stage.guard.state.locked:
            await asyncio.sleep(0.01)
