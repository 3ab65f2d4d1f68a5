"""Seeded runs in which process, host, terminal or broker fail at any point between an order's intent and its outcome.

The books of a broker made for this test are compared with what the journal says of every order, change and closing.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
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
    Snapshot,
    SymbolSpec,
    TerminalInfo,
    Tick,
)  # fmt: skip
from agent_core.trading.desk import TradingDesk
from agent_core.trading.journal import Action, Entry, OrderJournal
from agent_core.trading.models import OrderOutcome, OrderTicket, OutcomeStatus, SizeMode
from tests.unit.trading.crash_broker import Broker, identity

RUNS_A_SEED = 25
ACCOUNT = Account(1, "Demo", "", "", "USD", 2, 100, False, True, 1e6, 0.0, 0.0, 1e6, 0.0, 1e6, None, True, True)
INFO = TerminalInfo(True, True, False, 5000, 10.0, "MetaTrader 5", "", Path(), Path(), 100_000)
GOOD = frozenset({OutcomeStatus.FILLED, OutcomeStatus.PARTIAL, OutcomeStatus.PLACED, OutcomeStatus.DONE})
#: What happens to a request; "before" means that it never reaches the broker, "after" that it is carried out.
FAULTS = [
    *["none"] * 8,
    *(f"{what} {when}" for when in ("before", "after") for what in ("process", "host", "terminal", "answer", "10012",
                                                                     "10031")),
    "answer later", "deals later", "requote", "refused",
]  # fmt: skip


class Crash(Exception):  # noqa: N818
    """The process dies here."""


class Terminal:
    """What the desk needs of the terminal, with faults at every call."""

    def __init__(self, broker: Broker, spec: SymbolSpec, chance: random.Random, *, calm: bool) -> None:
        self.broker, self.spec, self.chance, self.calm = broker, spec, chance, calm
        self.account: Account | None = replace(ACCOUNT, hedging=not broker.netting)
        self.connected = True
        self.account_problem = ""
        self.back_after = self.silent_for = self.hidden_for = 0
        self.later: list[dict[str, Any]] = []

    async def restore(self) -> bool:
        self.back_after -= 1
        self.connected = self.back_after <= 0
        return self.connected

    async def symbol(self, _: str) -> SymbolSpec:
        return self.spec

    symbol_info = symbol

    async def tick(self, _: str) -> Tick:
        return Tick("EURUSD", 1.1, 1.1, 1)

    async def refresh_account(self) -> Account:
        assert self.account is not None
        return self.account

    async def snapshot(self, _: str) -> Snapshot:
        account = await self.refresh_account()
        positions, orders = list(self.broker.positions.values()), list(self.broker.orders.values())
        return Snapshot(account, self.spec, await self.tick(""), positions, orders)

    async def terminal_info(self) -> TerminalInfo:
        self._answer()
        return INFO

    def known_symbol(self, _: str) -> SymbolSpec:
        return self.spec

    async def margin(self, *_: Any) -> float:
        return 1.0

    async def positions(self) -> list[Position]:
        self._answer()
        return list(self.broker.positions.values())

    async def orders(self) -> list[PendingOrder]:
        self._answer()
        return list(self.broker.orders.values())

    async def history_orders(self, *_: Any) -> list[HistoryOrder]:
        self._answer()
        return list(self.broker.history)

    async def deals(self, *_: Any) -> list[Deal]:
        self._answer()
        self.hidden_for -= 1
        return self.broker.deals[: -1 if self.hidden_for > 0 else None]

    async def deals_of(self, order: int) -> list[Deal]:
        return [deal for deal in await self.deals() if deal.order == order]

    async def order_send(self, request: dict[str, Any], *, account: str) -> SendResult:
        assert self.account is not None
        assert self.account.key == account
        await asyncio.sleep(0)
        self._answer()
        fault, _, when = ("none" if self.calm else self.chance.choice(FAULTS)).partition(" ")
        if fault in ("requote", "refused"):
            return SendResult(10004 if fault == "requote" else 10018, 0, 0, 0.0, 0.0, 1.1, 1.1, "")
        if (fault, when) == ("answer", "later"):
            self.later.append(request)
            raise OutcomeUnknown("gone.")
        result = SendResult(0, 0, 0, 0.0, 0.0, 1.1, 1.1, "") if when == "before" else self.broker.execute(request)
        if fault == "process":
            raise Crash
        if fault in ("host", "terminal", "answer"):
            self.silent_for = 2 if fault == "host" else 0
            self.connected, self.back_after = fault != "terminal", 3
            raise OutcomeUnknown("gone.")
        if fault == "deals":
            self.hidden_for = 3
        return replace(result, retcode=int(fault), order=0, deal=0) if fault.isdecimal() else result

    def _answer(self) -> None:
        """Every call brings an order closer that is late; most calls are answered."""
        if self.later and (self.calm or self.chance.random() < 0.3):
            self.broker.execute(self.later.pop())
        self.silent_for -= 1
        failed = not self.calm and self.chance.random() < 0.05
        if failed or not self.connected or self.silent_for >= 0:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "Not now.")


class FragileStore(Store):
    """Dies before or after one of its writes. The disk is left alone: thousands of orders would wait for it."""

    crash_at = -1

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        self._come_closer()
        with super().transaction(durable=durable) as connection:
            yield connection
        self._come_closer()

    def secure(self) -> None: ...

    async def secured(self) -> None:
        self._come_closer()

    def _come_closer(self) -> None:
        self.crash_at -= 1
        if self.crash_at == 0:
            raise Crash


class Wishes:
    """What the trader wants in one run: each wish has its own id and is asked for again in every life."""

    def __init__(self, chance: random.Random, *, netting: bool) -> None:
        self.found: dict[UUID, OrderOutcome] = {}
        self.first, self.second, self.limit, self.all = (uuid4() for _ in range(4))
        sizes = ("0.05", "0.03") if chance.random() < 0.5 else ("0.03", "0.05")
        self.list: list[Callable[[TradingDesk], Awaitable[object]]] = [
            self._place(self.first, Side.BUY, sizes[0]),
            self._place(self.second, Side.SELL, sizes[1]),
            self._place(self.limit, Side.BUY, "0.04", Decimal("1.09")),
        ]
        changes = [
            self._on(self.first, lambda desk, ticket, key: desk.modify_position(
                ticket, sl=Decimal("1.05"), tp=None, client_id=key)),
            self._on(self.first, lambda desk, ticket, key: desk.close_position(
                ticket, Decimal("0.01"), client_id=key)),
            self._on(self.first, lambda desk, ticket, key: desk.close_position(ticket, client_id=key)),
            self._on(self.first, lambda desk, ticket, key: desk.reverse_position(ticket, client_id=key)),
            self._on(self.limit, lambda desk, ticket, key: desk.modify_order(
                ticket, price=Decimal("1.08"), sl=None, tp=None, client_id=key)),
            self._on(self.limit, lambda desk, ticket, key: desk.cancel_order(ticket, client_id=key)),
            lambda desk: desk.close_all(close_positions=True, cancel_orders=True, client_id=self.all),
        ]  # fmt: skip
        if not netting:
            changes.append(self._on(self.first, lambda desk, ticket, key: desk.close_by(
                ticket, self._ticket(self.second) or 1, client_id=key)))  # fmt: skip
        self.list += chance.sample(changes, 3)

    def _place(
        self, key: UUID, side: Side, size: str, price: Decimal | None = None
    ) -> Callable[[TradingDesk], Awaitable[None]]:
        kind = OrderKind.MARKET if price is None else OrderKind.LIMIT

        async def place(desk: TradingDesk) -> None:
            self.found[key] = await desk.place(
                OrderTicket(key, "EURUSD", side, kind, SizeMode.LOTS, Decimal(size), price=price)
            )

        return place

    def _on(
        self, key: UUID, change: Callable[[TradingDesk, int, UUID], Awaitable[OrderOutcome]]
    ) -> Callable[[TradingDesk], Awaitable[None]]:
        own = uuid4()

        async def run(desk: TradingDesk) -> None:
            if (ticket := self._ticket(key)) is not None:
                await change(desk, ticket, own)

        return run

    def _ticket(self, key: UUID) -> int | None:
        found = self.found.get(key)
        return None if found is None else found.position or found.order


async def run(store: FragileStore, spec: SymbolSpec, chance: random.Random) -> None:
    broker = Broker(netting=chance.random() < 0.4)
    wishes = Wishes(chance, netting=broker.netting)
    late: list[dict[str, Any]] = []
    for life in range(4):
        terminal = Terminal(broker, spec, chance, calm=life == 3)
        terminal.later = late
        store.crash_at = -1 if terminal.calm else chance.randint(2, 60)
        bus = EventBus()
        with suppress(Crash):
            desk = TradingDesk(terminal, MarketFeed(terminal, bus), store, bus, EventLog(store),  # type: ignore[arg-type]
                               settle_after=timedelta(0))  # fmt: skip
            try:
                if terminal.calm or chance.random() < 0.5:
                    with nullcontext() if terminal.calm else suppress(ForexEliteError):
                        await desk.reconcile()
                for wish in wishes.list:
                    with nullcontext() if terminal.calm else suppress(ForexEliteError):
                        await wish(desk)
            finally:
                await desk.close()
    _check(broker, OrderJournal(store).entries_since(datetime.now(UTC) - timedelta(days=1)))
    store.execute("DELETE FROM order_journal")


def _check(broker: Broker, entries: list[Entry]) -> None:
    assert all(count == 1 for count in broker.executed.values())
    opened = 0
    for entry in entries:
        assert entry.outcome is not None, entry
        assert entry.outcome.final
        good = entry.outcome.status in GOOD
        gone = entry.target not in broker.positions.keys() | broker.orders.keys()
        if entry.request is not None and broker.executed[identity(entry.request)]:
            changed = entry.action in (Action.MODIFY_POSITION, Action.MODIFY_ORDER, Action.CANCEL)
            assert good or (changed and gone), entry
        elif good:
            # It was closed or cancelled all the same, by another wish.
            assert entry.action is not Action.OPEN, entry
            assert gone, entry
        opened += good and entry.action is Action.OPEN
    keys = {entry.magic for entry in entries if entry.action is Action.OPEN}
    assert opened == sum(broker.executed[key] for key in keys)
    assert set(broker.executed) <= {identity(entry.request) for entry in entries if entry.request is not None}


@pytest.mark.logs_errors
@pytest.mark.parametrize("seed", range(80))
async def test_orders_are_never_sent_twice_and_never_lost(
    seed: int, tmp_path: Path, spec: SymbolSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sender._LOOK_SECONDS", "sender._LOOK_PAUSE_SECONDS", "sender._PAUSE_SECONDS",
                 "sender._DEALS_SECONDS", "sender._DEALS_PAUSE_SECONDS", "close_all._PAUSE_SECONDS"):  # fmt: skip
        monkeypatch.setattr(f"agent_core.trading.{name}", 0.0)
    chance = random.Random(seed)
    store = FragileStore(tmp_path / "agent.db")
    for _ in range(RUNS_A_SEED):
        await run(store, spec, chance)
    store.close()
