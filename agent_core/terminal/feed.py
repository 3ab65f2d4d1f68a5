"""The market feed: polls quotes, account, positions, orders and deals, and publishes what changed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from agent_core.events import EventBus
from agent_core.protocol.errors import ForexEliteError
from agent_core.terminal.deal_watch import DealWatch
from agent_core.terminal.events import (
    ClockMoved,
    DealsAdded,
    OrdersChanged,
    PositionsChanged,
    SymbolsChosen,
    TickReceived,
)
from agent_core.terminal.models import PendingOrder, Position, Tick
from agent_core.terminal.service import TerminalService

log = logging.getLogger(__name__)

FOCUS_SECONDS = 0.05
OTHERS_SECONDS = 0.25
ACCOUNT_SECONDS = 0.25
LINK_SECONDS = 1.0
#: Symbols asked for in one call: an order waits at most this many quotes.
_CHUNK = 10


class MarketFeed:
    """Keeps the latest state of the connected terminal and publishes changes; MetaTrader itself pushes nothing.

    Attributes:
        positions: Open positions as last read.
        orders: Pending orders as last read.
    """

    def __init__(self, terminal: TerminalService, bus: EventBus) -> None:
        self._terminal = terminal
        self._bus = bus
        self._deals = DealWatch(terminal)
        self._watched: dict[str, tuple[str, ...]] = {}
        self._focus: str | None = None
        self._broker_names: dict[str, str] = {}
        self._last: dict[str, Tick] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._account_key: tuple[int, str] | None = None
        bus.subscribe(SymbolsChosen, self._symbols_chosen)
        self.positions: tuple[Position, ...] = ()
        self.orders: tuple[PendingOrder, ...] = ()

    def watch(self, symbols: Iterable[str], watcher: str = "watchlist") -> None:
        """Sets the symbols a watcher wants quoted, by canonical or broker's name."""
        self._watched[watcher] = tuple(symbols)

    def focus(self, symbol: str | None) -> None:
        """Sets the symbol that is quoted fastest (the charted one)."""
        self._focus = symbol

    def last(self, symbol: str) -> Tick | None:
        """The latest quote of a symbol, by canonical or broker's name."""
        return self._last.get(self._broker_names.get(symbol, symbol))

    async def start(self) -> None:
        """Starts polling; harmless when it runs already."""
        if self._tasks:
            return
        loops: tuple[tuple[str, float, Callable[[], Awaitable[None]]], ...] = (
            ("focus", FOCUS_SECONDS, self._poll_focus),
            ("quotes", OTHERS_SECONDS, self._poll_others),
            ("account", ACCOUNT_SECONDS, self.poll_account),
            ("link", LINK_SECONDS, self._poll_link),
        )
        for name, seconds, poll in loops:
            self._tasks.append(asyncio.create_task(self._loop(seconds, poll), name=f"feed-{name}"))

    async def stop(self) -> None:
        """Stops polling."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def poll_account(self) -> None:
        """Reads account, positions and orders at once, and deals where something moved."""
        account = await self._terminal.refresh_account()
        key = (account.login, account.server)
        if key != self._account_key:
            self._account_key = key
            self._broker_names = {}
            self._last.clear()
        positions = tuple(await self._terminal.positions())
        await self._terminal.learn(position.symbol for position in positions)
        if positions != self.positions:
            self.positions = positions
            self._bus.publish(PositionsChanged(positions))
        orders = tuple(await self._terminal.orders())
        if orders != self.orders:
            self.orders = orders
            self._bus.publish(OrdersChanged(orders))
        if deals := await self._deals.look(account, positions, orders):
            self._bus.publish(DealsAdded(deals))

    async def _poll_focus(self) -> None:
        if self._focus is not None:
            await self._poll_quotes([self._focus])

    async def _poll_others(self) -> None:
        wanted = dict.fromkeys(symbol for symbols in self._watched.values() for symbol in symbols)
        others = [symbol for symbol in wanted if symbol != self._focus]
        for start in range(0, len(others), _CHUNK):
            await self._poll_quotes(others[start : start + _CHUNK])

    async def _poll_link(self) -> None:
        if self._terminal.link.state == "lost":
            await self._terminal.restore()
        elif self._terminal.connected:
            await self._terminal.refresh_link()

    async def _poll_quotes(self, symbols: list[str]) -> None:
        names = [name for symbol in symbols if (name := await self._broker_name(symbol)) is not None]
        if names:
            self._accept(await self._terminal.ticks(names))

    async def _broker_name(self, symbol: str) -> str | None:
        names = self._broker_names  # another dict from the moment on that names mean something else
        name = names.get(symbol)
        if name is None:
            try:
                name = (await self._terminal.symbol(symbol)).name
            except ForexEliteError as error:
                log.debug("No quotes for %s: %s", symbol, error.detail)
                return None
            names[symbol] = name
        return name

    def _symbols_chosen(self, _: SymbolsChosen) -> None:
        self._broker_names = {}

    def _accept(self, ticks: Iterable[Tick]) -> None:
        """Publishes quotes that are new. Crossed quotes (ask below bid) do occur and pass as they are."""
        fresh, arrived = list[Tick](), list[Tick]()
        for tick in ticks:
            last = self._last.get(tick.symbol)
            if tick.bid <= 0 or tick.ask <= 0:
                continue
            if last is not None:
                if tick.time_msc < last.time_msc or tick == last:
                    continue
                if tick.time_msc > last.time_msc:
                    # Only a quote seen to arrive is live; the first one may be days old.
                    arrived.append(tick)
            fresh.append(tick)
        moved = self._terminal.observe(arrived) if arrived else 0
        self._last.update((tick.symbol, tick) for tick in fresh)
        if moved:
            self._last = {name: replace(tick, time_msc=tick.time_msc + moved) for name, tick in self._last.items()}
            self._bus.publish(ClockMoved())
        for tick in fresh:
            self._bus.publish(TickReceived(self._last[tick.symbol]))

    async def _loop(self, seconds: float, poll: Callable[[], Awaitable[None]]) -> None:
        while True:
            started = time.monotonic()
            try:
                if self._terminal.connected or poll == self._poll_link:
                    await poll()
            except ForexEliteError as error:
                log.debug("A poll failed: %s", error.detail)
            except Exception:
                log.exception("A poll failed")
            took = time.monotonic() - started
            # A slow terminal gets at least as much rest as it had work.
            await asyncio.sleep(max(seconds - took, took, 0.01))
