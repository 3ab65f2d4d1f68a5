"""A module with the API of the MetaTrader5 package, for a simulated terminal.

Names, calling conventions, failure values, error codes and record types are the package's; nothing here tells a
program that the terminal is simulated. Like the package it blocks, has one connection per process and is not safe
for threads.
"""

from typing import Any

import numpy as np

from agent_core.simulator.arguments import (
    MAX_GROUP,
    MAX_TEXT,
    ArgumentsError,
    in_group,
    named,
    named_ticket,
    positional,
    text,
    trade_request,
)
from agent_core.simulator.calling import api
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
from agent_core.simulator.session import Session, login_options

__version__ = "5.0.6231"
__author__ = "MetaQuotes Ltd."
__all__ = [
    "AccountInfo", "BookInfo", "OrderCheckResult", "OrderSendResult", "SymbolInfo", "TerminalInfo", "Tick",
    "TradeDeal", "TradeOrder", "TradePosition", "TradeRequest",
]  # fmt: skip

_TRIES = 10

_session = Session()


def _value(function: str, *arguments: Any) -> Any:
    return _session.call(function, *arguments).value


def _array(function: str, *arguments: Any) -> Any:
    reply = _session.call(function, *arguments)
    return np.frombuffer(reply.body, RATE_DTYPE if reply.kind == "rates" else TICK_DTYPE).copy()


def _records(kind: Any, function: str, *arguments: Any) -> tuple[Any, ...]:
    return tuple(kind(row) for row in _session.call(function, *arguments).value)


@api(_session, failure=False, refusal=False, keywords=True)
def initialize(*args: Any, **kwargs: Any) -> bool:
    """Connects to a terminal and starts it if it does not run."""
    return _session.initialize(args, kwargs)


@api(_session, failure=False, refusal=False, keywords=True)
def login(*args: Any, **kwargs: Any) -> bool:
    """Logs in to an account."""
    options = login_options(args, kwargs)
    _session.log_in(options["login"], options["timeout"])
    return True


@api(_session, arguments=False)
def shutdown() -> bool:
    """Disconnects; the terminal keeps running."""
    _session.close()
    return True


@api(_session, arguments=False, resets=False)
def last_error() -> tuple[int, str]:
    """Code and text of the last error."""
    return _session.error


@api(_session, failure=(0, 0, ""), arguments=False)
def version() -> Any:
    """(500, build, date)."""
    return tuple(_value("version"))


@api(_session, arguments=False)
def terminal_info() -> Any:
    """TerminalInfo."""
    return TerminalInfo(_value("terminal_info"))


@api(_session, arguments=False)
def account_info() -> Any:
    """AccountInfo."""
    return AccountInfo(_value("account_info"))


@api(_session, arguments=False)
def symbols_total() -> Any:
    """Number of symbols."""
    _session.require_version()
    return _value("symbols_total")


@api(_session, refusal=False, keywords=True)
def symbols_get(*args: Any, **kwargs: Any) -> Any:
    """SymbolInfo of all symbols, or of a group."""
    if len(args) > 1:
        raise ArgumentsError("Invalid number of arguments")
    group = text(args[0], MAX_GROUP, "Invalid 1st unnamed argument") if args else named(kwargs, "group", "*", MAX_GROUP)
    _session.require_version()
    return tuple(info for info in _records(SymbolInfo, "symbols_get") if in_group(info.name, group))


@api(_session)
def symbol_info(*args: Any) -> Any:
    """SymbolInfo of a symbol."""
    return SymbolInfo(_value("symbol_info", *positional(args, "str")))


@api(_session)
def symbol_info_tick(*args: Any) -> Any:
    """Last Tick of a symbol."""
    return Tick(_value("symbol_info_tick", *positional(args, "str")))


@api(_session, failure=False, refusal=False)
def symbol_select(*args: Any) -> Any:
    """Shows or hides a symbol in the Market Watch window."""
    return _value("symbol_select", *positional((*args, True) if len(args) == 1 else args, "str", "bool"))


@api(_session, failure=False)
def market_book_add(*args: Any) -> Any:
    """Subscribes to a symbol's depth of market."""
    name = positional(args, "str")
    return _session.connected and _value("market_book_add", *name)


@api(_session)
def market_book_get(*args: Any) -> Any:
    """Depth of market of a symbol subscribed to."""
    return _records(BookInfo, "market_book_get", *positional(args, "str"))


@api(_session, failure=False)
def market_book_release(*args: Any) -> Any:
    """Ends a subscription."""
    name = positional(args, "str")
    return _session.connected and _value("market_book_release", *name)


@api(_session)
def copy_rates_from(*args: Any) -> Any:
    """Bars (symbol, timeframe, date_from, count)."""
    return _array("copy_rates_from", *positional(args, "str", "int", "date", "int"))


@api(_session)
def copy_rates_from_pos(*args: Any) -> Any:
    """Bars (symbol, timeframe, start_pos, count)."""
    return _array("copy_rates_from_pos", *positional(args, "str", "int", "int", "int"))


@api(_session)
def copy_rates_range(*args: Any) -> Any:
    """Bars (symbol, timeframe, date_from, date_to)."""
    return _array("copy_rates_range", *positional(args, "str", "int", "date", "date"))


@api(_session)
def copy_ticks_from(*args: Any) -> Any:
    """Ticks (symbol, date_from, count, flags)."""
    return _array("copy_ticks_from", *positional(args, "str", "date", "int", "int"))


@api(_session)
def copy_ticks_range(*args: Any) -> Any:
    """Ticks (symbol, date_from, date_to, flags)."""
    return _array("copy_ticks_range", *positional(args, "str", "date", "date", "int"))


@api(_session)
def order_calc_margin(*args: Any) -> Any:
    """Margin (action, symbol, volume, price)."""
    return _value("order_calc_margin", *positional(args, "bits", "str", "float", "float"))


@api(_session)
def order_calc_profit(*args: Any) -> Any:
    """Profit (action, symbol, volume, price_open, price_close)."""
    return _value("order_calc_profit", *positional(args, "bits", "str", "float", "float", "float"))


@api(_session, keywords=True)
def order_check(*args: Any, **kwargs: Any) -> Any:
    """OrderCheckResult of a request."""
    request = trade_request(args, kwargs)
    return OrderCheckResult([*_value("order_check", *request), request])


@api(_session, keywords=True)
def order_send(*args: Any, **kwargs: Any) -> Any:
    """OrderSendResult of a request."""
    request = trade_request(args, kwargs)
    return OrderSendResult([*_value("order_send", *request), request])


def _by_keywords(kind: Any, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if args:
        raise ArgumentsError("Unnamed arguments not allowed")
    if "ticket" in kwargs:
        return _records(kind, function, named_ticket(kwargs, "ticket"), "")
    if "symbol" in kwargs:
        return _records(kind, function, None, named(kwargs, "symbol", "", MAX_TEXT))
    group = named(kwargs, "group", "*", MAX_GROUP)
    return tuple(row for row in _records(kind, function, None, "") if in_group(row.symbol, group))


@api(_session, arguments=False)
def orders_total() -> Any:
    """Number of working orders."""
    return len(_value("orders_get", None, ""))


@api(_session, keywords=True)
def orders_get(*args: Any, **kwargs: Any) -> Any:
    """TradeOrder of working orders, by ticket, symbol or group."""
    return _by_keywords(TradeOrder, "orders_get", args, kwargs)


@api(_session, arguments=False)
def positions_total() -> Any:
    """Number of open positions."""
    return len(_value("positions_get", None, ""))


@api(_session, keywords=True)
def positions_get(*args: Any, **kwargs: Any) -> Any:
    """TradePosition of open positions, by ticket, symbol or group."""
    return _by_keywords(TradePosition, "positions_get", args, kwargs)


def _history(kind: Any, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if len(args) != 2:
        named_ones = [name for name in ("ticket", "position") if name in kwargs]
        if not named_ones:
            raise ArgumentsError
        if args:
            raise ArgumentsError("Unnamed arguments not allowed")
        name = named_ones[0]
        ticket = named_ticket(kwargs, name)
        return _records(kind, function, 0, 0, *((ticket, None) if name == "ticket" else (None, ticket)))
    # Beside two dates only the group counts.
    start, end = positional(args, "date", "date")
    group = named(kwargs, "group", "", MAX_GROUP)
    found = _records(kind, function, start, end, None, None)
    return tuple(row for row in found if in_group(row.symbol, group)) if group else found


@api(_session)
def history_orders_total(*args: Any) -> Any:
    """Number of orders done within two dates."""
    return len(_value("history_orders_get", *positional(args, "date", "date"), None, None))


@api(_session, keywords=True)
def history_orders_get(*args: Any, **kwargs: Any) -> Any:
    """TradeOrder of orders that are done: two dates, or ticket=, or position=."""
    return _history(TradeOrder, "history_orders_get", args, kwargs)


@api(_session)
def history_deals_total(*args: Any) -> Any:
    """Number of deals within two dates."""
    return len(_value("history_deals_get", *positional(args, "date", "date"), None, None))


@api(_session, keywords=True)
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
