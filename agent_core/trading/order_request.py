"""Requests in MetaTrader's own form, and the checks of levels that the broker would make.

Requests hold plain ints, floats and text as the wheel wants them; prices and volumes are snapped before.
"""

from decimal import Decimal
from typing import Any

from agent_core.terminal.constants import (
    Execution,
    ExpirationFlag,
    Filling,
    FillingFlag,
    OrderTime,
    OrderType,
    TradeAction,
)
from agent_core.terminal.conversions import order_type
from agent_core.terminal.models import OrderKind, PendingOrder, Position, Side, SymbolSpec
from agent_core.trading.models import OrderTicket

Request = dict[str, Any]
MAX_COMMENT = 29


def filling_for(spec: SymbolSpec, kind: OrderKind) -> Filling:
    """Returns how an order may be filled: by the symbol's bits, RETURN where execution is not "market".

    A symbol that allows nothing gets FOK, which its broker then refuses with a reason.
    """
    returns = spec.execution_mode != Execution.MARKET
    if kind is not OrderKind.MARKET and returns:
        return Filling.RETURN
    if spec.filling_mode & FillingFlag.FOK:
        return Filling.FOK
    if spec.filling_mode & FillingFlag.IOC:
        return Filling.IOC
    return Filling.RETURN if returns else Filling.FOK


def open_request(ticket: OrderTicket, spec: SymbolSpec, lots: Decimal, price: Decimal, magic: int) -> Request:
    """Returns the request that opens a position or places a pending order.

    Args:
        ticket: What is wanted; its levels must be snapped already.
        spec: The symbol's contract.
        lots: Volume, a multiple of the step.
        price: Ask or bid for a market order, else the order's price.
        magic: The order's key, by which it is found again.
    """
    request: Request = {
        "action": int(TradeAction.DEAL if ticket.kind is OrderKind.MARKET else TradeAction.PENDING),
        "magic": magic,
        "symbol": spec.name,
        "volume": float(lots),
        "price": float(price),
        "sl": _level(ticket.sl),
        "tp": _level(ticket.tp),
        "deviation": ticket.deviation,
        "type": int(order_type(ticket.side, ticket.kind)),
        "type_filling": int(filling_for(spec, ticket.kind)),
        "type_time": int(OrderTime.GTC),
        "comment": ticket.comment[:MAX_COMMENT],
    }
    if ticket.kind is not OrderKind.MARKET and not spec.expiration_mode & ExpirationFlag.GTC:
        request["type_time"] = int(OrderTime.DAY)
    if ticket.stop_limit_price is not None:
        request["stoplimit"] = float(ticket.stop_limit_price)
    return request


def close_request(
    position: Position, spec: SymbolSpec, lots: Decimal, price: Decimal, deviation: int, magic: int
) -> Request:
    """Returns the request that closes a position or a part of it, never another one's."""
    return {
        "action": int(TradeAction.DEAL),
        "magic": magic,
        "symbol": position.symbol,
        "volume": float(lots),
        "price": float(price),
        "deviation": deviation,
        "type": int(OrderType.SELL if position.side is Side.BUY else OrderType.BUY),
        "type_filling": int(filling_for(spec, OrderKind.MARKET)),
        "position": position.ticket,
    }


def close_by_request(position: Position, opposite: Position, magic: int) -> Request:
    """Returns the request that closes two opposite positions of a symbol by each other."""
    return {
        "action": int(TradeAction.CLOSE_BY),
        "magic": magic,
        "position": position.ticket,
        "position_by": opposite.ticket,
    }


def levels_request(position: Position, sl: Decimal | None, tp: Decimal | None, magic: int) -> Request:
    """Returns the request that sets a position's levels; a level left out would be removed, so both are given."""
    return {
        "action": int(TradeAction.SLTP),
        "magic": magic,
        "symbol": position.symbol,
        "position": position.ticket,
        "sl": _level(sl),
        "tp": _level(tp),
    }


def modify_request(
    order: PendingOrder, spec: SymbolSpec, price: Decimal, sl: Decimal | None, tp: Decimal | None
) -> Request:
    """Returns the request that changes a pending order."""
    request: Request = {
        "action": int(TradeAction.MODIFY),
        "magic": order.magic,
        "order": order.ticket,
        "symbol": order.symbol,
        "price": float(price),
        "sl": _level(sl),
        "tp": _level(tp),
        "type_time": int(OrderTime.GTC if spec.expiration_mode & ExpirationFlag.GTC else OrderTime.DAY),
    }
    if order.stop_limit_price is not None:
        request["stoplimit"] = order.stop_limit_price
    return request


def remove_request(order: PendingOrder) -> Request:
    """Returns the request that cancels a pending order."""
    return {"action": int(TradeAction.REMOVE), "order": order.ticket}


def _level(price: Decimal | None) -> float:
    return 0.0 if price is None else float(price)
