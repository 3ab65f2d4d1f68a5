"""A module with the API of the MetaTrader5 package, for a simulated terminal.

Names, calling conventions, failure values, error codes and record types are the package's; nothing here tells a
program that the terminal is simulated. Like the package it blocks, has one connection per process and is not safe
for threads.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from agent_core.simulator.arguments import ArgumentsError, in_group, keyword, positional, trade_request
from agent_core.simulator.constants import *  # noqa: F403 - the constants are the module's own
from agent_core.simulator.constants import (
    ORDER_TYPE_BUY,
    ORDER_TYPE_SELL,
    TRADE_ACTION_DEAL,
    TRADE_RETCODE_DONE,
    TRADE_RETCODE_PRICE_OFF,
    TRADE_RETCODE_REQUOTE,
)
from agent_core.simulator.market.bars import RATE_DTYPE, TICK_DTYPE
from agent_core.simulator.records import (
    AccountInfo,
    BookInfo,
    OrderCheckResult,
    OrderSendResult,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeDeal,
    TradeOrder,
    TradePosition,
    TradeRequest,
)
from agent_core.simulator.session import ApiFailure, Session, initialize_options

__version__ = "5.0.6231"
__author__ = "MetaQuotes Ltd."
__all__ = [
    "AccountInfo", "BookInfo", "OrderCheckResult", "OrderSendResult", "SymbolInfo", "TerminalInfo", "Tick",
    "TradeDeal", "TradeOrder", "TradePosition", "TradeRequest",
]  # fmt: skip

_TRIES = 10

_session = Session()


def _guarded(work: Callable[[], Any], failure: Any = None, argument_failure: Any = None) -> Any:
    """Runs a call; a failure becomes the function's failure value and the last error."""
    _session.error = (1, "Success")
    try:
        return work()
    except ArgumentsError as error:
        _session.error = (error.code, error.text)
        return argument_failure
    except ApiFailure:
        return failure


def _value(function: str, *arguments: Any) -> Any:
    return _session.call(function, *arguments).value


def _array(function: str, *arguments: Any) -> Any:
    reply = _session.call(function, *arguments)
    return np.frombuffer(reply.body, RATE_DTYPE if reply.kind == "rates" else TICK_DTYPE).copy()


def _records(kind: Any, function: str, *arguments: Any) -> tuple[Any, ...]:
    return tuple(kind(row) for row in _session.call(function, *arguments).value)


def initialize(*args: Any, **kwargs: Any) -> bool:
    """Connects to a terminal and starts it if it does not run."""
    return _session.initialize(args, kwargs)


def login(*args: Any, **kwargs: Any) -> bool:
    """Logs in to an account."""

    def work() -> bool:
        if len(args) > 1:
            raise ArgumentsError("Invalid number of arguments")
        given = {"login": args[0], **kwargs} if args else kwargs
        options = initialize_options((), given)
        _session.log_in(options["login"], options["timeout"])
        return True

    return bool(_guarded(work, failure=False, argument_failure=False))


def shutdown() -> bool:
    """Disconnects; the terminal keeps running."""
    _session.error = (1, "Success")
    _session.close()
    return True


def last_error() -> tuple[int, str]:
    """Code and text of the last error."""
    return _session.error


def version() -> Any:
    """(500, build, date)."""
    return _guarded(lambda: tuple(_value("version")))


def terminal_info() -> Any:
    """TerminalInfo."""
    return _guarded(lambda: TerminalInfo(_value("terminal_info")))


def account_info() -> Any:
    """AccountInfo."""
    return _guarded(lambda: AccountInfo(_value("account_info")))


def symbols_total() -> Any:
    """Number of symbols."""
    return _guarded(lambda: _value("symbols_total"))


def symbols_get(*args: Any, **kwargs: Any) -> Any:
    """SymbolInfo of all symbols, or of a group."""

    def work() -> tuple[Any, ...]:
        if len(args) > 1 or (args and "group" in kwargs):
            raise ArgumentsError
        group = keyword({"group": args[0]} if args else kwargs, "group", str, "*")
        return tuple(info for info in _records(SymbolInfo, "symbols_get") if in_group(info.name, group))

    return _guarded(work, argument_failure=False)


def symbol_info(*args: Any) -> Any:
    """SymbolInfo of a symbol."""
    return _guarded(lambda: SymbolInfo(_value("symbol_info", *positional("symbol_info", args, "str"))))


def symbol_info_tick(*args: Any) -> Any:
    """Last Tick of a symbol."""
    return _guarded(lambda: Tick(_value("symbol_info_tick", *positional("symbol_info_tick", args, "str"))))


def symbol_select(*args: Any) -> Any:
    """Shows or hides a symbol in the Market Watch window."""
    given = (*args, True) if len(args) == 1 else args
    return _guarded(lambda: _value("symbol_select", *positional("symbol_select", given, "str", "bool")), failure=False)


def market_book_add(*args: Any) -> Any:
    """Subscribes to a symbol's depth of market."""
    return _guarded(lambda: _value("market_book_add", *positional("market_book_add", args, "str")), failure=False)


def market_book_get(*args: Any) -> Any:
    """Depth of market of a symbol subscribed to."""
    return _guarded(lambda: _records(BookInfo, "market_book_get", *positional("market_book_get", args, "str")))


def market_book_release(*args: Any) -> Any:
    """Ends a subscription."""
    return _guarded(
        lambda: _value("market_book_release", *positional("market_book_release", args, "str")), failure=False
    )


def copy_rates_from(*args: Any) -> Any:
    """Bars (symbol, timeframe, date_from, count)."""
    kinds = ("str", "int", "date", "int")
    return _guarded(lambda: _array("copy_rates_from", *positional("copy_rates_from", args, *kinds)))


def copy_rates_from_pos(*args: Any) -> Any:
    """Bars (symbol, timeframe, start_pos, count)."""
    kinds = ("str", "int", "int", "int")
    return _guarded(lambda: _array("copy_rates_from_pos", *positional("copy_rates_from_pos", args, *kinds)))


def copy_rates_range(*args: Any) -> Any:
    """Bars (symbol, timeframe, date_from, date_to)."""
    kinds = ("str", "int", "date", "date")
    return _guarded(lambda: _array("copy_rates_range", *positional("copy_rates_range", args, *kinds)))


def copy_ticks_from(*args: Any) -> Any:
    """Ticks (symbol, date_from, count, flags)."""
    kinds = ("str", "date", "int", "int")
    return _guarded(lambda: _array("copy_ticks_from", *positional("copy_ticks_from", args, *kinds)))


def copy_ticks_range(*args: Any) -> Any:
    """Ticks (symbol, date_from, date_to, flags)."""
    kinds = ("str", "date", "date", "int")
    return _guarded(lambda: _array("copy_ticks_range", *positional("copy_ticks_range", args, *kinds)))


def order_calc_margin(*args: Any) -> Any:
    """Margin (action, symbol, volume, price)."""
    kinds = ("int", "str", "float", "float")
    return _guarded(lambda: _value("order_calc_margin", *positional("order_calc_margin", args, *kinds)))


def order_calc_profit(*args: Any) -> Any:
    """Profit (action, symbol, volume, price_open, price_close)."""
    kinds = ("int", "str", "float", "float", "float")
    return _guarded(lambda: _value("order_calc_profit", *positional("order_calc_profit", args, *kinds)))


def order_check(*args: Any, **kwargs: Any) -> Any:
    """OrderCheckResult of a request."""

    def work() -> Any:
        request = trade_request("order_check", args, kwargs)
        return OrderCheckResult([*_value("order_check", *request), request])

    return _guarded(work)


def order_send(*args: Any, **kwargs: Any) -> Any:
    """OrderSendResult of a request."""

    def work() -> Any:
        request = trade_request("order_send", args, kwargs)
        return OrderSendResult([*_value("order_send", *request), request])

    return _guarded(work)


def _by_keywords(kind: Any, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    def work() -> tuple[Any, ...]:
        if args:
            raise ArgumentsError("Unnamed arguments not allowed")
        ticket = keyword(kwargs, "ticket", int, 0)
        symbol = "" if ticket else keyword(kwargs, "symbol", str, "")
        group = "*" if ticket or symbol else keyword(kwargs, "group", str, "*")
        return tuple(row for row in _records(kind, function, ticket, symbol) if in_group(row.symbol, group))

    return _guarded(work)


def orders_total() -> Any:
    """Number of working orders."""
    return _guarded(lambda: len(_value("orders_get", 0, "")))


def orders_get(*args: Any, **kwargs: Any) -> Any:
    """TradeOrder of working orders, by ticket, symbol or group."""
    return _by_keywords(TradeOrder, "orders_get", args, kwargs)


def positions_total() -> Any:
    """Number of open positions."""
    return _guarded(lambda: len(_value("positions_get", 0, "")))


def positions_get(*args: Any, **kwargs: Any) -> Any:
    """TradePosition of open positions, by ticket, symbol or group."""
    return _by_keywords(TradePosition, "positions_get", args, kwargs)


def _history(kind: Any, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    def work() -> tuple[Any, ...]:
        ticket = keyword(kwargs, "ticket", int, 0)
        position = keyword(kwargs, "position", int, 0)
        if ticket or position:
            if args:
                raise ArgumentsError("Unnamed arguments not allowed")
            return _records(kind, function, 0, 0, ticket, position)
        start, end = positional(function, args, "date", "date")
        group = keyword(kwargs, "group", str, "")
        found = _records(kind, function, start, end, 0, 0)
        return tuple(row for row in found if in_group(row.symbol, group)) if group else found

    return _guarded(work)


def history_orders_total(*args: Any) -> Any:
    """Number of orders done within two dates."""
    return _guarded(
        lambda: len(_value("history_orders_get", *positional("history_orders_total", args, "date", "date"), 0, 0))
    )


def history_orders_get(*args: Any, **kwargs: Any) -> Any:
    """TradeOrder of orders that are done: two dates, or ticket=, or position=."""
    return _history(TradeOrder, "history_orders_get", args, kwargs)


def history_deals_total(*args: Any) -> Any:
    """Number of deals within two dates."""
    return _guarded(
        lambda: len(_value("history_deals_get", *positional("history_deals_total", args, "date", "date"), 0, 0))
    )


def history_deals_get(*args: Any, **kwargs: Any) -> Any:
    """TradeDeal of deals: two dates, or ticket=, or position=."""
    return _history(TradeDeal, "history_deals_get", args, kwargs)


def _RawOrder(  # noqa: N802 - the package's name
    order_type: int, symbol: str, volume: float, price: float, comment: str | None = None, ticket: int | None = None
) -> Any:
    order: dict[str, Any] = {
        "action": TRADE_ACTION_DEAL, "symbol": symbol, "volume": volume, "type": order_type, "price": price,
        "deviation": 10,
    }  # fmt: skip
    if comment is not None:
        order["comment"] = comment
    if ticket is not None:
        order["position"] = ticket
    return order_send(order)


def _with_present_price(order_type: int, symbol: str, volume: float, comment: str | None, ticket: int | None) -> Any:
    """Sends a market order, again while the server asks for another price."""
    result = None
    for _ in range(_TRIES):
        tick = symbol_info_tick(symbol)
        if tick is None:
            return None
        price = tick.ask if order_type == ORDER_TYPE_BUY else tick.bid
        result = _RawOrder(order_type, symbol, volume, price, comment, ticket)
        if result is None or result.retcode not in (TRADE_RETCODE_REQUOTE, TRADE_RETCODE_PRICE_OFF):
            break
    return result


def Buy(  # noqa: N802 - the package's name
    symbol: str, volume: float, price: float | None = None, *, comment: str | None = None, ticket: int | None = None
) -> Any:
    """Buys at a price, or at the present one."""
    if price is not None:
        return _RawOrder(ORDER_TYPE_BUY, symbol, volume, price, comment, ticket)
    return _with_present_price(ORDER_TYPE_BUY, symbol, volume, comment, ticket)


def Sell(  # noqa: N802 - the package's name
    symbol: str, volume: float, price: float | None = None, *, comment: str | None = None, ticket: int | None = None
) -> Any:
    """Sells at a price, or at the present one."""
    if price is not None:
        return _RawOrder(ORDER_TYPE_SELL, symbol, volume, price, comment, ticket)
    return _with_present_price(ORDER_TYPE_SELL, symbol, volume, comment, ticket)


def Close(symbol: str, *, comment: str | None = None, ticket: int | None = None) -> Any:  # noqa: N802
    """Closes a symbol's positions, or one: True, False, "Partially", or None after an error."""
    positions = positions_get(ticket=ticket) if ticket is not None else positions_get(symbol=symbol)
    done = 0
    for position in positions:
        opposite = ORDER_TYPE_SELL if position.type == ORDER_TYPE_BUY else ORDER_TYPE_BUY
        result = _with_present_price(opposite, symbol, position.volume, comment, position.ticket)
        if result is None:
            return None
        done += result.retcode == TRADE_RETCODE_DONE
    if done:
        return True if done == len(positions) else "Partially"
    return False
