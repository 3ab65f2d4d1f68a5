"""A Trade page on a desk whose answers a test decides, for what a real terminal can't be made to do on command.

Bus, signals, tasks, toasts, settings and all widgets are the real ones; the whole chain with a terminal is covered by
the integration tests.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import numpy as np
import pytest
import qasync
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from agent_core.events import EventBus
from agent_core.jobs.models import JobOutcome
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import CloseAllPayload, JobStatus, JobType
from agent_core.store import Store
from agent_core.terminal.events import OrdersChanged, PositionsChanged, TerminalLinkChanged, TickReceived
from agent_core.terminal.models import (
    BAR_DTYPE,
    Account,
    Bars,
    Deal,
    OrderKind,
    PendingOrder,
    Position,
    Side,
    SymbolSpec,
    Tick,
    TradeMode,
)
from agent_core.trading.initial_stops import InitialStops
from agent_core.trading.journal import OrderJournal
from agent_core.trading.models import OrderOutcome, OrderPreview, OrderTicket, OutcomeStatus
from agent_core.trading.trailing import TrailingChanged
from app.agent_signals import AgentSignals
from app.context import AppContext
from app.shell.commands import CommandRegistry
from app.shell.toasts import Toasts
from app.tasks import Tasks
from app.theme import Theme
from app.trade.page import TradePage
from app.ui_settings import UiSettingsFile

NOW = datetime(2026, 11, 20, 13, 41, tzinfo=UTC)
_NO_COMMISSION = "The commission of EURUSD is not known before its first trade; it counts as 0."
PRICES = {
    "EURUSD": 1.08418, "GBPUSD": 1.26904, "USDJPY": 149.832, "USDCHF": 0.88121, "AUDUSD": 0.65548,
    "USDCAD": 1.35712, "NZDUSD": 0.6119, "EURJPY": 162.441, "XAUUSD": 2034.11, "EURGBP": 0.85431,
}  # fmt: skip


def spec_of(name: str, **changes: Any) -> SymbolSpec:
    digits = 3 if name.endswith("JPY") else 2 if name == "XAUUSD" else 5
    point = 10.0**-digits
    values: dict[str, Any] = {
        "name": name, "description": f"{name[:3]} vs {name[3:]}", "path": f"Forex\\{name}", "digits": digits,
        "point": point, "tick_size": point, "tick_value": 1.0, "tick_value_profit": 1.0, "tick_value_loss": 1.0,
        "contract_size": 100000.0, "volume_min": 0.01, "volume_max": 100.0, "volume_step": 0.01, "volume_limit": 0.0,
        "stops_level": 0, "freeze_level": 0, "trade_mode": TradeMode.FULL, "execution_mode": 2, "filling_mode": 3,
        "expiration_mode": 15, "order_mode": 127, "currency_base": name[:3], "currency_profit": name[3:],
        "currency_margin": name[:3], "spread": 5, "visible": True, "selected": True, "swap_long": 0.0,
        "swap_short": 0.0,
    }  # fmt: skip
    return SymbolSpec(**(values | changes))


def history_of(name: str, count: int, seed: int = 5) -> Bars:
    random = np.random.default_rng(seed)
    close = PRICES[name] * (1 + np.cumsum(random.normal(0, 0.00018, count)))
    close += PRICES[name] - close[-1]
    bars = np.zeros(count, BAR_DTYPE)
    bars["time"] = int(NOW.timestamp()) // 900 * 900 - np.arange(count)[::-1] * 900
    bars["close"], bars["open"] = close, np.concatenate((close[:1], close[:-1]))
    wick = PRICES[name] * 0.00008
    bars["high"] = np.maximum(bars["open"], close) + random.exponential(wick, count)
    bars["low"] = np.minimum(bars["open"], close) - random.exponential(wick, count)
    bars["volume"] = random.integers(20, 300, count)
    return bars


def account_of(**changes: Any) -> Account:
    values: dict[str, Any] = {
        "login": 50123456, "server": "Demo", "company": "Broker", "name": "T", "currency": "USD", "currency_digits": 2,
        "leverage": 100, "live": False, "hedging": True, "balance": 10000.0, "credit": 0.0, "profit": 0.0,
        "equity": 10482.36, "margin": 0.0, "margin_free": 10482.36, "margin_level": None, "trade_allowed": True,
        "trade_expert": True,
    }  # fmt: skip
    return Account(**(values | changes))


def position_of(ticket: int, symbol: str = "EURUSD", side: Side = Side.BUY, **changes: Any) -> Position:
    values: dict[str, Any] = {
        "ticket": ticket, "symbol": symbol, "side": side, "volume": 0.61, "price_open": 1.08352,
        "price_current": 1.08418, "sl": 1.08251, "tp": 1.08763, "profit": 40.26, "swap": 0.0, "time": NOW, "magic": 7,
        "comment": "", "identifier": ticket,
    }  # fmt: skip
    return Position(**(values | changes))


def order_of(ticket: int, symbol: str = "EURUSD", **changes: Any) -> PendingOrder:
    values: dict[str, Any] = {
        "ticket": ticket, "symbol": symbol, "side": Side.BUY, "kind": OrderKind.LIMIT, "volume": 0.2, "price": 1.083,
        "stop_limit_price": None, "sl": None, "tp": None, "time": NOW, "expiration": None, "magic": 0, "comment": "",
    }  # fmt: skip
    return PendingOrder(**(values | changes))


def outcome_of(client_id: UUID, status: OutcomeStatus, message: str = "", **changes: Any) -> OrderOutcome:
    values: dict[str, Any] = {
        "retcode": None, "code": None, "order": None, "deal": None, "position": None, "price": None, "lots": None,
        "profit": None, "at": NOW,
    }  # fmt: skip
    return OrderOutcome(client_id=client_id, status=status, message=message, **(values | changes))


class StandInTerminal:
    """Knows ten symbols."""

    def __init__(self) -> None:
        self.link = TerminalLinkChanged("connected", "")
        self.account: Account | None = account_of()
        self.account_problem = ""
        self.specs = {name: spec_of(name) for name in PRICES}

    @property
    def connected(self) -> bool:
        return self.link.state == "connected"

    def known_symbol(self, name: str) -> SymbolSpec | None:
        return self.specs.get(name)

    async def symbols(self) -> list[SymbolSpec]:
        return list(self.specs.values())

    async def symbol(self, name: str) -> SymbolSpec:
        if name not in self.specs:
            raise ForexEliteError(ErrorCode.UNKNOWN_INSTRUMENT, f"The broker has no instrument {name}.")
        return self.specs[name]

    async def bars(self, symbol: str, timeframe: str, count: int, before: datetime | None = None) -> Bars:
        if timeframe == "D1":
            return history_of(symbol, 96)[:1]
        bars = history_of(symbol, 1500)
        return bars[bars["time"] < before.timestamp()][-count:] if before else bars[-min(count, 600) :]

    async def deals(self, since: datetime, until: datetime | None = None) -> list[Deal]:
        return []


class StandInFeed:
    """Quotes what a test publishes."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self.positions: tuple[Position, ...] = ()
        self.orders: tuple[PendingOrder, ...] = ()
        self.ticks: dict[str, Tick] = {}

    def watch(self, symbols: object, watcher: str = "watchlist") -> None:
        """Nothing to do: a test publishes by hand."""

    def focus(self, symbol: str | None) -> None:
        """Nothing to do."""

    def last(self, symbol: str) -> Tick | None:
        return self.ticks.get(symbol)

    async def poll_account(self) -> None:
        self._bus.publish(PositionsChanged(self.positions))

    def quote(self, symbol: str, bid: float, spread: float = 0.00005, at: int = int(NOW.timestamp() * 1000)) -> None:
        self.ticks[symbol] = tick = Tick(symbol, bid, round(bid + spread, 6), at)
        self._bus.publish(TickReceived(tick))

    def hold(self, *positions: Position) -> None:
        self.positions = positions
        self._bus.publish(PositionsChanged(positions))

    def work(self, *orders: PendingOrder) -> None:
        self.orders = orders
        self._bus.publish(OrdersChanged(orders))


@dataclass
class StandInDesk:
    """Remembers what it was asked; `answer` decides what becomes of an order."""

    armed: bool = True
    problems: tuple[str, ...] = ()
    sent: list[OrderTicket] = field(default_factory=list)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    reconciled: list[OrderOutcome] = field(default_factory=list)
    answer: Callable[[OrderTicket], Awaitable[OrderOutcome]] | None = None
    change_status: OutcomeStatus = OutcomeStatus.DONE

    async def preview(self, ticket: OrderTicket) -> OrderPreview:
        stop = abs(Decimal("1.08423") - ticket.sl) * 10000 if ticket.sl else None
        return OrderPreview(
            lots=Decimal("0.61"), units=Decimal(61000), price=Decimal("1.08423"),
            risk_money=Decimal("104.82") if ticket.sl else None, risk_percent=Decimal("1.00") if ticket.sl else None,
            reward_money=Decimal("207.40") if ticket.tp else None, r_multiple=Decimal("2.0") if ticket.tp else None,
            margin=Decimal("660.75"), free_after=Decimal("9821.61"), spread_cost=Decimal("3.05"),
            commission=Decimal("1.83"), stop_pips=stop, target_pips=Decimal("34.0") if ticket.tp else None, formula="",
            problems=self.problems, guard="within limits" if not self.problems else self.problems[0],
            commission_note="" if ticket.tp else _NO_COMMISSION,
        )  # fmt: skip

    async def place(self, ticket: OrderTicket) -> OrderOutcome:
        self.sent.append(ticket)
        if self.answer is not None:
            return await self.answer(ticket)
        return outcome_of(ticket.client_id, OutcomeStatus.FILLED, "Done.", price=1.08423, lots=Decimal("0.61"))

    def owner_of(self, magic: int) -> str | None:
        return "manual" if magic == 7 else None

    async def reconcile(self) -> list[OrderOutcome]:
        return self.reconciled

    async def modify_position(self, ticket: int, *, sl: Decimal | None, tp: Decimal | None) -> OrderOutcome:
        return self._changed("modify_position", ticket, sl, tp)

    async def modify_order(
        self, ticket: int, *, price: Decimal, sl: Decimal | None, tp: Decimal | None
    ) -> OrderOutcome:
        return self._changed("modify_order", ticket, price, sl, tp)

    async def cancel_order(self, ticket: int) -> OrderOutcome:
        return self._changed("cancel_order", ticket)

    async def close_position(self, ticket: int, volume: Decimal | None = None) -> OrderOutcome:
        return self._changed("close_position", ticket, volume)

    async def close_by(self, ticket: int, opposite: int) -> OrderOutcome:
        return self._changed("close_by", ticket, opposite)

    async def reverse_position(self, ticket: int) -> OrderOutcome:
        return self._changed("reverse_position", ticket)

    def _changed(self, *call: Any) -> OrderOutcome:
        self.calls.append(call)
        text = "Too close to the price." if self.change_status is OutcomeStatus.REFUSED else "Done."
        return outcome_of(UUID(int=1), self.change_status, text)


class StandInJobs:
    """Remembers what it was asked to do; closes two positions."""

    def __init__(self, calls: list[tuple[Any, ...]]) -> None:
        self._calls = calls

    async def run(self, kind: JobType, payload: CloseAllPayload) -> JobOutcome:
        self._calls.append((kind, payload))
        return JobOutcome(UUID(int=1), JobStatus.COMPLETED, {"closed_positions": 2, "failed": []})


class StandInTrailing:
    """Remembers which stops follow the price."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self.distances: dict[int, Decimal] = {}

    def start(self, position: Position, distance: Decimal) -> None:
        self.distances[position.ticket] = distance
        self._bus.publish(TrailingChanged(dict(self.distances)))

    def stop(self, ticket: int) -> None:
        self.distances.pop(ticket)
        self._bus.publish(TrailingChanged(dict(self.distances)))


@dataclass
class Room:
    """The page with everything a test turns."""

    page: TradePage
    context: AppContext
    window: QWidget
    bus: EventBus
    terminal: StandInTerminal
    feed: StandInFeed
    desk: StandInDesk
    deployments: list[Any]

    async def until(self, look: Callable[[], Any], seconds: float = 5) -> Any:
        """Waits until something is true."""
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline:
            if seen := look():
                return seen
            await asyncio.sleep(0.01)
        raise AssertionError("It did not come.")

    async def ready(self) -> None:
        """Waits for the chart of EURUSD with a quote, in the watchlist too, and a ticket that may send."""
        listed = self.page.watchlist.model
        await self.until(lambda: len(self.page.chart.model))
        self.feed.quote("EURUSD", 1.08418)
        await self.until(self.page.ticket.form.buy.isEnabled)
        # The list takes quotes in together: one that came before the first was taken in would not have moved.
        await self.until(lambda: (at := listed.row_of("EURUSD")) < 0 or listed.rows[at].bid is not None)


@pytest.fixture
def room(theme: Theme, qtbot: QtBot, qt_loop: qasync.QEventLoop, tmp_path: Path) -> Iterator[Room]:
    bus, terminal, desk = EventBus(), StandInTerminal(), StandInDesk()
    feed, store = StandInFeed(bus), Store(tmp_path / "agent.db")
    deployments: list[Any] = []
    agent = SimpleNamespace(
        terminal=terminal,
        feed=feed,
        desk=desk,
        jobs=StandInJobs(desk.calls),
        bus=bus,
        initial_stops=InitialStops(cast("Any", terminal), OrderJournal(store), store, bus),
        trailing=StandInTrailing(bus),
        ea=SimpleNamespace(deployments=lambda: deployments),
    )
    window = QWidget()
    qtbot.addWidget(window)
    toasts = Toasts(window, theme)
    context = AppContext(
        agent=cast("Any", agent), api=cast("Any", None), signals=AgentSignals(bus), theme=theme, tasks=Tasks(toasts),
        toasts=toasts, ui=UiSettingsFile(tmp_path), commands=CommandRegistry(window),
    )  # fmt: skip
    context.ui.set("confirm_orders", False)
    page = TradePage(context)
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(page)
    window.resize(1545, 930)
    window.show()
    yield Room(page, context, window, bus, terminal, feed, desk, deployments)
    window.hide()
    qt_loop.run_until_complete(asyncio.wait_for(context.tasks.stop(), 20))
    store.close()


@pytest.fixture
def position() -> Callable[..., Position]:
    return position_of


@pytest.fixture
def order() -> Callable[..., PendingOrder]:
    return order_of
