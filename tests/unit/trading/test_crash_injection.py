"""Seeded runs in which process, host or broker fail at any point between an order's intent and its outcome.

The books of a broker made for this test are compared with what the desk acknowledged.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from sqlite3 import Connection
from typing import Any
from uuid import UUID, uuid4

import pytest

from agent_core.events import EventBus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.terminal.errors import OutcomeUnknown
from agent_core.terminal.feed import MarketFeed
from agent_core.terminal.models import (
    Account,
    Deal,
    HistoryOrder,
    OrderKind,
    PendingOrder,
    Position,
    SendResult,
    Side,
    SymbolSpec,
    TerminalInfo,
    Tick,
)  # fmt: skip
from agent_core.trading.desk import TradingDesk
from agent_core.trading.journal import order_key
from agent_core.trading.models import OrderOutcome, OrderTicket, OutcomeStatus, SizeMode

RUNS_A_SEED = 25
ACCOUNT = Account(1, "Demo", "", "", "USD", 2, 100, False, True, 1e6, 0.0, 0.0, 1e6, 0.0, 1e6, None, True, True)

INFO = TerminalInfo(True, True, False, 5000, 10.0, "MetaTrader 5", "", Path(), Path(), 100_000)


class Crash(Exception):  # noqa: N818
    """The process dies here."""


class Broker:
    """Books that survive every crash."""

    def __init__(self) -> None:
        self.ticket = 100
        self.positions: dict[int, Position] = {}
        self.orders: dict[int, PendingOrder] = {}
        self.history: list[HistoryOrder] = []
        self.deals: list[Deal] = []
        self.executed: dict[int, int] = {}

    def execute(self, request: dict[str, Any]) -> SendResult:
        self.ticket += 1
        self.executed[request["magic"]] = self.executed.get(request["magic"], 0) + 1
        side = Side.BUY if request["type"] in (0, 2) else Side.SELL
        now, magic, volume = datetime.now(UTC), request["magic"], request["volume"]
        if request["action"] == 5:
            self.orders[self.ticket] = PendingOrder(
                self.ticket, "EURUSD", side, OrderKind.LIMIT, volume, request["price"], None, None, None, now, None,
                magic, "",
            )  # fmt: skip
            return SendResult(10009, 0, self.ticket, volume, 0.0, 1.1, 1.1, "")
        opened = request.get("position")
        held = self.ticket if opened is None else opened
        if opened is None:
            self.positions[held] = Position(
                held, "EURUSD", side, volume, 1.1, 1.1, None, None, 0.0, 0.0, now, magic, "", held
            )
        else:
            position = self.positions.pop(opened)
            if position.volume > volume:
                self.positions[opened] = replace(position, volume=round(position.volume - volume, 2))
        self.deals.append(
            Deal(self.ticket, self.ticket, held, "EURUSD", side, 0 if opened is None else 1, volume, 1.1, 0.0, 0.0,
                 0.0, 0.0, now, magic, "")
        )  # fmt: skip
        return SendResult(10009, self.ticket, self.ticket, volume, 1.1, 1.1, 1.1, "")


class Terminal:
    """What the desk needs of the terminal, with faults at the one call that matters."""

    def __init__(self, broker: Broker, spec: SymbolSpec, chance: random.Random) -> None:
        self.broker, self.spec, self.chance = broker, spec, chance
        self.account: Account | None = ACCOUNT
        self.calm = False
        self.connected = True
        self.account_problem = ""

    async def symbol(self, _: str) -> SymbolSpec:
        return self.spec

    symbol_info = symbol

    async def tick(self, _: str) -> Tick:
        return Tick("EURUSD", 1.1, 1.1, 1)

    async def refresh_account(self) -> Account:
        return ACCOUNT

    async def terminal_info(self) -> TerminalInfo:
        return INFO

    async def learn(self, _: Any) -> None: ...

    def known_symbol(self, _: str) -> SymbolSpec:
        return self.spec

    async def margin(self, *_: Any) -> float:
        return 1.0

    async def positions(self) -> list[Position]:
        self._may_fail()
        return list(self.broker.positions.values())

    async def orders(self) -> list[PendingOrder]:
        return list(self.broker.orders.values())

    async def history_orders(self, *_: Any) -> list[HistoryOrder]:
        return list(self.broker.history)

    async def deals(self, *_: Any) -> list[Deal]:
        self._may_fail()
        return list(self.broker.deals)

    async def deals_of(self, order: int) -> list[Deal]:
        return [deal for deal in await self.deals() if deal.order == order]

    async def order_send(self, request: dict[str, Any]) -> SendResult:
        await asyncio.sleep(0)
        fault = (
            "none"
            if self.calm
            else self.chance.choice(
                [
                    "none",
                    "none",
                    "lost before",
                    "lost after",
                    "crash before",
                    "crash after",
                    "requote",
                    "refused",
                    "timeout",
                ]
            )
        )
        if fault == "lost before":
            raise OutcomeUnknown("gone.")
        if fault == "crash before":
            raise Crash
        if fault in ("requote", "refused"):
            return SendResult(10004 if fault == "requote" else 10018, 0, 0, 0.0, 0.0, 1.1, 1.1, "")
        result = self.broker.execute(request)
        if fault == "lost after":
            raise OutcomeUnknown("gone.")
        if fault == "crash after":
            raise Crash
        return replace(result, retcode=10012, order=0, deal=0) if fault == "timeout" else result

    def _may_fail(self) -> None:
        if not self.calm and self.chance.random() < 0.1:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "Not now.")


class FragileStore(Store):
    """Dies before or after one of its writes."""

    crash_at = -1

    def secure(self) -> None:
        """Leaves the disk alone: thousands of orders would wait for it."""

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        self.crash_at -= 1
        if self.crash_at == 0:
            raise Crash
        with super().transaction(durable=durable) as connection:
            yield connection
        if self.crash_at == 1:
            raise Crash


async def run(store: FragileStore, spec: SymbolSpec, chance: random.Random) -> None:
    broker = Broker()
    acknowledged: dict[UUID, OrderOutcome] = {}
    wanted = [_ticket(chance) for _ in range(3)]
    for life in range(4):
        terminal = Terminal(broker, spec, chance)
        terminal.calm = life == 3
        store.crash_at = -1 if terminal.calm else chance.randint(2, 30)
        with suppress(Crash, ForexEliteError):
            bus = EventBus()
            desk = TradingDesk(terminal, MarketFeed(terminal, bus), store, bus, EventLog(store),  # type: ignore[arg-type]
                               settle_after=timedelta(0))  # fmt: skip
            try:
                if terminal.calm or chance.random() < 0.5:
                    for outcome in await desk.reconcile():
                        acknowledged[outcome.client_id] = outcome
                for ticket in wanted:
                    acknowledged[ticket.client_id] = await desk.place(ticket)
                    first = acknowledged[ticket.client_id]
                    if first.position in broker.positions and chance.random() < 0.5:
                        lots = None if chance.random() < 0.5 else Decimal("0.01")
                        await desk.close_position(first.position, lots)
            except ForexEliteError:
                assert not terminal.calm
                raise
            finally:
                await desk.close()
    _check(broker, acknowledged, wanted)


def _check(broker: Broker, acknowledged: dict[UUID, OrderOutcome], wanted: list[OrderTicket]) -> None:
    assert all(count == 1 for count in broker.executed.values())
    for ticket in wanted:
        outcome = acknowledged[ticket.client_id]
        done = order_key(ticket.client_id) in broker.executed
        assert outcome.final
        assert done is (outcome.status in (OutcomeStatus.FILLED, OutcomeStatus.PLACED)), outcome


def _ticket(chance: random.Random) -> OrderTicket:
    kind = chance.choice([OrderKind.MARKET, OrderKind.LIMIT])
    price = Decimal("1.09") if kind is OrderKind.LIMIT else None
    return OrderTicket(uuid4(), "EURUSD", Side.BUY, kind, SizeMode.LOTS, Decimal("0.05"), price=price)


@pytest.mark.logs_errors
@pytest.mark.parametrize("seed", range(80))
async def test_orders_are_never_sent_twice_and_never_lost(
    seed: int, tmp_path: Path, spec: SymbolSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_core.trading.sender._LOOK_SECONDS", 0.0)
    monkeypatch.setattr("agent_core.trading.sender._LOOK_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("agent_core.trading.sender._PAUSE_SECONDS", 0.0)
    chance = random.Random(seed)
    store = FragileStore(tmp_path / "agent.db")
    for _ in range(RUNS_A_SEED):
        await run(store, spec, chance)
    store.close()
