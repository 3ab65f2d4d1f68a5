"""The API functions that only read: account, terminal, symbols, prices, positions, orders, history."""

from collections.abc import Callable
from typing import Any

import numpy as np

from agent_core.simulator.broker.broker import LIMIT_ORDERS
from agent_core.simulator.broker.triggers import MARGIN_CALL_LEVEL, STOP_OUT_LEVEL
from agent_core.simulator.build import BUILD_DATE
from agent_core.simulator.market.bars import RATE_DTYPE, Records
from agent_core.simulator.market.symbols import SYMBOLS, Symbol
from agent_core.simulator.terminal import rows
from agent_core.simulator.terminal.answers import INVALID_PARAMS, NOT_FOUND, Answer, ApiError, array, value
from agent_core.simulator.terminal.terminal import COMPANY, Terminal

TIMEFRAMES = frozenset(
    {1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 0x4001, 0x4002, 0x4003, 0x4004, 0x4006, 0x4008, 0x400C, 0x4018, 0x8001,
     0xC001}
)  # fmt: skip
_D1 = 0x4018
MAX_BARS = 100_000


class ReadApi:
    """Reading functions, by name in `functions`."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._market = terminal.market
        self._ledger = terminal.ledger
        self._books: set[str] = set()
        self.functions: dict[str, Callable[..., Answer]] = {
            name: getattr(self, name)
            for name in (
                "ready", "version", "terminal_info", "account_info", "symbols_total", "symbols_get", "symbol_info",
                "symbol_info_tick", "symbol_select", "market_book_add", "market_book_get", "market_book_release",
                "copy_rates_from", "copy_rates_from_pos", "copy_rates_range", "copy_ticks_from", "copy_ticks_range",
                "orders_get", "positions_get", "history_orders_get", "history_deals_get",
            )
        }  # fmt: skip

    def ready(self) -> Answer:
        """State of the start: 1 connecting, 2 authorised and synchronised, 3 refused."""
        switches = self._terminal.switches
        return value(3 if not switches.authorized else 2 if switches.connected else 1)

    def version(self) -> Answer:
        """Version, build, date."""
        return value([500, self._terminal.build, BUILD_DATE])

    def terminal_info(self) -> Answer:
        """TerminalInfo."""
        terminal = self._terminal
        switches, layout = terminal.switches, terminal.layout
        return value([
            False, False, switches.connected, True, switches.auto_trading, switches.api_disabled, False, False, False,
            False, terminal.build, MAX_BARS, 0, 38_214, 0.0, 0.0, COMPANY, "MetaTrader 5", terminal.language,
            str(layout.executable.parent), str(layout.data), str(layout.common),
        ])  # fmt: skip

    def account_info(self) -> Answer:
        """AccountInfo."""
        terminal = self._terminal
        options, switches, broker = terminal.options, terminal.switches, terminal.broker
        account = broker.account()
        return value([
            terminal.login, 2 if terminal.live else 0, options.leverage, LIMIT_ORDERS, 0, switches.trade_allowed,
            switches.trade_expert, 0 if options.netting else 2, broker.valuation.digits, False, account.balance, 0.0,
            account.profit, account.equity, account.margin, account.margin_free, account.margin_level,
            MARGIN_CALL_LEVEL, STOP_OUT_LEVEL, 0.0, 0.0, 0.0, 0.0, 0.0,
            "Live Trader" if terminal.live else "Demo Trader", terminal.server, options.currency,
            "ForexElite Markets Ltd",
        ])  # fmt: skip

    def symbols_total(self) -> Answer:
        """Number of symbols."""
        return value(len(SYMBOLS))

    def symbols_get(self) -> Answer:
        """All SymbolInfo."""
        return Answer("records", [self._symbol_row(symbol) for symbol in SYMBOLS.values()])

    def symbol_info(self, name: str) -> Answer:
        """SymbolInfo of one symbol."""
        return value(self._symbol_row(self._symbol(name)))

    def symbol_info_tick(self, name: str) -> Answer:
        """The last Tick; none for a symbol that is not selected."""
        quote = self._market.quote(name) if name in self._terminal.selected else None
        if quote is None:
            raise ApiError(*NOT_FOUND)
        return value(rows.tick_row(quote))

    def symbol_select(self, name: str, enable: bool) -> Answer:
        """Shows or hides a symbol; one with positions or orders cannot be hidden."""
        self._symbol(name)
        if not enable and name in self._ledger.exposed_symbols():
            return value(False)
        self._terminal.select(name, selected=enable)
        return value(True)

    def market_book_add(self, name: str) -> Answer:
        """Subscribes to the depth of market."""
        self._books.add(self._symbol(name).name)
        return value(True)

    def market_book_get(self, name: str) -> Answer:
        """Best prices as a depth of market of one row each."""
        quote = self._market.quote(name) if name in self._books else None
        if quote is None:
            raise ApiError(*NOT_FOUND)
        return Answer("records", [[1, quote.ask, 100, 100.0], [2, quote.bid, 100, 100.0]])

    def market_book_release(self, name: str) -> Answer:
        """Ends the subscription."""
        self._books.discard(self._symbol(name).name)
        return value(True)

    def copy_rates_from_pos(self, name: str, timeframe: int, start: int, count: int) -> Answer:
        """Bars counted back from the present one."""
        self._check(name, timeframe, count)
        if start < 0:
            raise ApiError(*INVALID_PARAMS)
        bars = self._rates(name, timeframe, 2**40, min(start + count, MAX_BARS))
        return array("rates", bars[: max(len(bars) - start, 0)][-count:])

    def copy_rates_from(self, name: str, timeframe: int, date: int, count: int) -> Answer:
        """Bars that start at or before a time."""
        self._check(name, timeframe, count)
        return array("rates", self._rates(name, timeframe, date, min(count, MAX_BARS)))

    def copy_rates_range(self, name: str, timeframe: int, start: int, end: int) -> Answer:
        """Bars that start within a range."""
        self._check(name, timeframe, 1)
        return array("rates", self._market.rates(name, timeframe, end, None, start))

    def _rates(self, name: str, timeframe: int, until: int, count: int) -> Records:
        return self._market.rates(name, timeframe, until, count)

    def copy_ticks_from(self, name: str, start: int, count: int, flags: int) -> Answer:
        """Ticks from a time on."""
        self._check(name, 1, count)
        return array("ticks", self._ticks(name, start * 1000, 2**60, flags, count))

    def copy_ticks_range(self, name: str, start: int, end: int, flags: int) -> Answer:
        """Ticks within a range."""
        self._check(name, 1, 1)
        return array("ticks", self._ticks(name, start * 1000, end * 1000, flags, None))

    def _ticks(self, name: str, start: int, end: int, flags: int, limit: int | None) -> Records:
        # FX ticks carry no trades: the trade filter leaves nothing.
        return self._market.ticks(name, start, end if flags != 2 else start - 1, limit)

    def _check(self, name: str, timeframe: int, count: int) -> None:
        self._symbol(name)
        if timeframe not in TIMEFRAMES or count <= 0:
            raise ApiError(*INVALID_PARAMS)

    def orders_get(self, ticket: int | None, symbol: str) -> Answer:
        """Working orders; of one ticket, or of one symbol, or all."""
        broker = self._terminal.broker
        found = [o for o in self._ledger.orders.values() if _matches(o.ticket, o.symbol, ticket, symbol)]
        return Answer("records", [rows.order_row(broker, order) for order in found])

    def positions_get(self, ticket: int | None, symbol: str) -> Answer:
        """Open positions; of one ticket, or of one symbol, or all."""
        broker = self._terminal.broker
        found = [p for p in self._ledger.positions.values() if _matches(p.ticket, p.symbol, ticket, symbol)]
        return Answer("records", [rows.position_row(broker, position) for position in found])

    def history_orders_get(self, start: int, end: int, ticket: int | None, position: int | None) -> Answer:
        """Orders that are done, by time of their end, by ticket or by position."""
        broker = self._terminal.broker
        found: list[list[Any]] = [
            rows.order_row(broker, order)
            for order in self._ledger.history_orders.values()
            if _in_history(order.time_done_msc, start, end, (order.ticket, ticket), (order.position_id, position))
        ]
        return Answer("records", found)

    def history_deals_get(self, start: int, end: int, ticket: int | None, position: int | None) -> Answer:
        """Deals by time, by their order's ticket or by position."""
        found = [
            rows.deal_row(deal)
            for deal in self._ledger.deals.values()
            if _in_history(deal.time_msc, start, end, (deal.order, ticket), (deal.position_id, position))
        ]
        return Answer("records", found)

    def _symbol(self, name: str) -> Symbol:
        symbol = SYMBOLS.get(name)
        if symbol is None:
            raise ApiError(*NOT_FOUND)
        return symbol

    def _symbol_row(self, symbol: Symbol) -> list[Any]:
        selected = symbol.name in self._terminal.selected
        day = self._market.rates(symbol.name, _D1, 2**40, 2) if selected else np.zeros(0, RATE_DTYPE)
        return rows.symbol_row(self._terminal.broker, symbol, selected=selected, day=day)


def _matches(ticket: int, symbol: str, wanted_ticket: int | None, wanted_symbol: str) -> bool:
    if wanted_ticket is not None:
        return ticket == wanted_ticket
    return not wanted_symbol or symbol == wanted_symbol


def _in_history(
    msc: int, start: int, end: int, ticket: tuple[int, int | None], position: tuple[int, int | None]
) -> bool:
    for own, wanted in (ticket, position):
        if wanted is not None:
            return own == wanted
    return start <= msc // 1000 <= end
