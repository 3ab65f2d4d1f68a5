"""The trade server's checks of a request, in the order the real one makes them."""

from agent_core.simulator import constants as mt5
from agent_core.simulator.broker.models import BUY, SELL, Order, Position, RefusedError, Request
from agent_core.simulator.market.market import Quote
from agent_core.simulator.market.symbols import INSTANT_EXECUTION, MARKET_EXECUTION, Symbol

_BUY_TYPES = frozenset({0, 2, 4, 6})
_LIMITS = frozenset({mt5.ORDER_TYPE_BUY_LIMIT, mt5.ORDER_TYPE_SELL_LIMIT})
_STOP_LIMITS = frozenset({mt5.ORDER_TYPE_BUY_STOP_LIMIT, mt5.ORDER_TYPE_SELL_STOP_LIMIT})


def side_of(order_type: int) -> int:
    """BUY or SELL, of any order type."""
    return BUY if order_type in _BUY_TYPES else SELL


def check_volume(symbol: Symbol, volume: float) -> None:
    """Refuses a volume outside the symbol's limits or steps (10014)."""
    steps = volume / symbol.volume_step
    in_steps = abs(steps - round(steps)) < 1e-6
    if not (symbol.volume_min - 1e-9 <= volume <= symbol.volume_max + 1e-9) or not in_steps:
        raise RefusedError(mt5.TRADE_RETCODE_INVALID_VOLUME)


def check_trade_mode(mode: int, side: int, *, closing: bool) -> None:
    """Refuses what the symbol's trade mode does not allow."""
    if mode == mt5.SYMBOL_TRADE_MODE_DISABLED:
        raise RefusedError(mt5.TRADE_RETCODE_TRADE_DISABLED)
    if closing:
        return
    if mode == mt5.SYMBOL_TRADE_MODE_CLOSEONLY:
        raise RefusedError(mt5.TRADE_RETCODE_CLOSE_ONLY)
    if mode == mt5.SYMBOL_TRADE_MODE_LONGONLY and side == SELL:
        raise RefusedError(mt5.TRADE_RETCODE_LONG_ONLY)
    if mode == mt5.SYMBOL_TRADE_MODE_SHORTONLY and side == BUY:
        raise RefusedError(mt5.TRADE_RETCODE_SHORT_ONLY)


def check_filling(symbol: Symbol, filling: int, order_type: int = BUY) -> None:
    """Refuses a filling mode the symbol does not have (10030)."""
    allowed = {
        mt5.ORDER_FILLING_FOK: bool(symbol.filling & 1),
        mt5.ORDER_FILLING_IOC: bool(symbol.filling & 2),
        mt5.ORDER_FILLING_RETURN: symbol.execution != MARKET_EXECUTION,
        mt5.ORDER_FILLING_BOC: bool(symbol.filling & 4) and order_type in (_LIMITS | _STOP_LIMITS),
    }
    if not allowed.get(filling, False):
        raise RefusedError(mt5.TRADE_RETCODE_INVALID_FILL)


def check_instant_price(symbol: Symbol, request: Request, price: float) -> None:
    """In instant execution the trader's price must be given (10015) and within the deviation (10004)."""
    if symbol.execution != INSTANT_EXECUTION:
        return
    if request.price <= 0:
        raise RefusedError(mt5.TRADE_RETCODE_INVALID_PRICE)
    if abs(request.price - price) > (request.deviation + 0.5) * symbol.point:
        raise RefusedError(mt5.TRADE_RETCODE_REQUOTE)


def check_stops(symbol: Symbol, side: int, reference: float, sl: float, tp: float) -> None:
    """Refuses a stop or target on the wrong side of, or too near to, the reference price (10016)."""
    sign = 1 if side == BUY else -1
    distance = (symbol.stops_level - 0.5) * symbol.point if symbol.stops_level else 0.0
    for level, direction in ((sl, -sign), (tp, sign)):
        if level < 0:
            raise RefusedError(mt5.TRADE_RETCODE_INVALID_STOPS)
        gap = (level - reference) * direction
        if level and (gap <= 0 or gap < distance):
            raise RefusedError(mt5.TRADE_RETCODE_INVALID_STOPS)


def stops_reference(position_type: int, quote: Quote) -> float:
    """Price a position's stops are measured from: what it would be closed at."""
    return quote.bid if position_type == BUY else quote.ask


def check_frozen_position(symbol: Symbol, position: Position, quote: Quote) -> None:
    """Refuses to touch a position whose stop or target is about to be reached (10029)."""
    price = stops_reference(position.type, quote)
    _check_distance(symbol, [abs(level - price) for level in (position.sl, position.tp) if level])


def check_frozen_order(symbol: Symbol, order: Order, quote: Quote) -> None:
    """Refuses to touch an order that is about to be filled (10029)."""
    price = quote.ask if side_of(order.type) == BUY else quote.bid
    _check_distance(symbol, [abs(order.price_open - price)])


def _check_distance(symbol: Symbol, distances: list[float]) -> None:
    if symbol.freeze_level and any(distance < (symbol.freeze_level + 0.5) * symbol.point for distance in distances):
        raise RefusedError(mt5.TRADE_RETCODE_FROZEN)


def check_pending_prices(symbol: Symbol, order_type: int, quote: Quote, request: Request) -> None:
    """Refuses a working order on the wrong side of the market (10015) and its stops (10016)."""
    side = side_of(order_type)
    sign = 1 if side == BUY else -1
    market = quote.ask if side == BUY else quote.bid
    distance = (symbol.stops_level - 0.5) * symbol.point if symbol.stops_level else 0.0
    beyond = (request.price - market) * sign
    gap = -beyond if order_type in _LIMITS else beyond
    if request.price <= 0 or gap <= 0 or gap < distance:
        raise RefusedError(mt5.TRADE_RETCODE_INVALID_PRICE)
    reference = request.price
    if order_type in _STOP_LIMITS:
        if request.stoplimit <= 0 or (request.price - request.stoplimit) * sign < 0:
            raise RefusedError(mt5.TRADE_RETCODE_INVALID_PRICE)
        reference = request.stoplimit
    check_stops(symbol, side, reference, request.sl, request.tp)


def check_expiration(request: Request, server_seconds: int) -> None:
    """Refuses an expiration in the past or of an unknown kind (10022)."""
    if request.type_time not in (0, 1, 2, 3):
        raise RefusedError(mt5.TRADE_RETCODE_INVALID_EXPIRATION)
    dated = request.type_time in (mt5.ORDER_TIME_SPECIFIED, mt5.ORDER_TIME_SPECIFIED_DAY)
    if dated and request.expiration <= server_seconds:
        raise RefusedError(mt5.TRADE_RETCODE_INVALID_EXPIRATION)


def check_close(position: Position, request: Request) -> None:
    """Refuses to close with the wrong side or symbol (10013) or more than there is (10038)."""
    if request.type == position.type or request.symbol != position.symbol:
        raise RefusedError(mt5.TRADE_RETCODE_INVALID)
    if request.volume > position.volume + 1e-9:
        raise RefusedError(mt5.TRADE_RETCODE_INVALID_CLOSE_VOLUME)


def same_order(order: Order, request: Request) -> bool:
    """Whether a modification would change nothing."""
    return (order.price_open, order.sl, order.tp, order.type_time, order.time_expiration, order.price_stoplimit) == (
        request.price, request.sl, request.tp, request.type_time, request.expiration, request.stoplimit,
    )  # fmt: skip
