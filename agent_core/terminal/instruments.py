"""The broker's instruments: by canonical or its own name, with their quotes and bars."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

from agent_core.events import EventBus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.market import Timeframe
from agent_core.store import Store
from agent_core.terminal.calls import TerminalCalls
from agent_core.terminal.events import SymbolsChosen
from agent_core.terminal.memory import TerminalMemory
from agent_core.terminal.models import Account, Bars, SymbolSpec, Tick
from agent_core.terminal.symbols import CLOSED_MODES, resolve_symbol

_FIRST_QUOTE_SECONDS = 3.0


class Instruments(TerminalCalls):
    """Calls that name an instrument.

    Attributes:
        memory: What is remembered about terminals.
        account: The account as last read.
    """

    def __init__(self, store: Store, bus: EventBus) -> None:
        super().__init__()
        self._bus = bus
        self.memory = TerminalMemory(store)
        self.account: Account | None = None
        self._symbols: dict[str, SymbolSpec] = {}
        self._names: dict[str, str] = {}
        self._chosen_symbols: dict[str, str] = {}

    async def symbol(self, name: str) -> SymbolSpec:
        """The contract of an instrument, by canonical or broker's name; makes the terminal quote it.

        Raises:
            ForexEliteError: the broker has no such instrument.
        """
        spec = self.resolved(name)
        if spec is None:
            await self._load_symbols()
            spec = self.resolved(name)
        if spec is None:
            raise ForexEliteError(
                ErrorCode.UNKNOWN_INSTRUMENT, f"The broker has no instrument {name}. Choose one from its list."
            )
        fresh = await self.symbol_info(spec.name)
        if not fresh.selected:
            # symbol_select fails now and then while the terminal is busy.
            for _ in range(3):
                if await self._select(spec.name):
                    fresh = await self.symbol_info(spec.name)
                    break
        self._symbols[fresh.name] = fresh
        return fresh

    @property
    def chosen_symbols(self) -> dict[str, str]:
        """The user's own choices of the broker's symbols: canonical name → broker's name."""
        return dict(self._chosen_symbols)

    async def choose_symbols(self, chosen: Mapping[str, str]) -> None:
        """Sets which of this broker's symbols a canonical name means; names left out are found by themselves.

        Raises:
            ForexEliteError: no account is there, or the broker has no such symbol.
        """
        account = self.account
        if account is None:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "Connect MetaTrader 5 first: symbols are the broker's.")
        await self._load_symbols()
        for broker_symbol in chosen.values():
            if broker_symbol not in self._symbols:
                raise ForexEliteError(
                    ErrorCode.UNKNOWN_INSTRUMENT,
                    f"The broker has no symbol {broker_symbol}. Write it as MetaTrader's Market Watch shows it.",
                )
        self.memory.set_symbols(account.server, chosen)
        self._chosen_symbols = dict(chosen)
        self._names.clear()
        self._bus.publish(SymbolsChosen())

    async def learn(self, broker_symbols: Iterable[str]) -> None:
        """Makes sure that `known_symbol` knows these."""
        if not self._symbols.keys() >= set(broker_symbols):
            await self._load_symbols()

    def known_symbol(self, broker_symbol: str) -> SymbolSpec | None:
        """The contract as last read, without asking the terminal."""
        return self._symbols.get(broker_symbol)

    def resolved(self, name: str) -> SymbolSpec | None:
        """The contract as last read, by canonical or broker's name, without asking the terminal."""
        found = self._symbols.get(self._names.get(name, ""))
        if found is None or found.trade_mode in CLOSED_MODES:
            # Brokers have thousands of symbols: the way through all of them is not for every order.
            found = resolve_symbol(name, self._symbols.values(), self._chosen_symbols)
            if found is not None:
                self._names[name] = found.name
        return found

    async def tick(self, symbol: str) -> Tick:
        """The last quote of an instrument.

        Raises:
            ForexEliteError: there is no quote yet.
        """
        name = symbol if symbol in self._symbols else (await self.symbol(symbol)).name
        deadline = asyncio.get_running_loop().time() + _FIRST_QUOTE_SECONDS
        while True:
            ticks = await self.ticks([name])
            if ticks and ticks[0].quoted:
                return ticks[0]
            if asyncio.get_running_loop().time() > deadline:
                raise ForexEliteError(
                    ErrorCode.INVALID_PRICE, f"There is no price for {name} yet. Wait for the first quote."
                )
            await asyncio.sleep(0.05)

    async def bars(self, symbol: str, timeframe: Timeframe, count: int, before: datetime | None = None) -> Bars:
        """The last `count` bars of an instrument, or the last ones that began before a time, oldest first.

        The terminal loads history in the background: a short answer is asked for again until it stops growing.
        """
        name = (await self.symbol(symbol)).name
        bars = await self.bars_of(name, timeframe, count, before)
        for _ in range(10):
            if len(bars) >= count:
                break
            await asyncio.sleep(0.1)
            longer = await self.bars_of(name, timeframe, count, before)
            settled = len(longer) == len(bars) > 0
            bars = longer
            if settled:
                break
        return bars

    async def _load_symbols(self) -> None:
        self._symbols = {symbol.name: symbol for symbol in await self.symbols()}
        self._names.clear()
