"""Stops and targets given as pips or as money become prices."""

from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import SymbolSpec
from agent_core.trading.models import LevelMode, OrderTicket, SizeMode
from agent_core.trading.numbers import calculable, decimal, snap_price, snap_volume_down


def with_prices(ticket: OrderTicket, spec: SymbolSpec, entry: Decimal, commission: Decimal) -> OrderTicket:
    """Returns a ticket whose stop and target are prices.

    Money is what the whole order loses at its stop, commission included, or wins at its target, in the account's
    currency. Stops are rounded towards the entry and targets away from it: never more is lost, never less won.

    Args:
        ticket: What is wanted; its own prices must be snapped already.
        spec: The symbol's contract.
        entry: Expected entry price.
        commission: Cost of opening and closing one lot in the account's currency.

    Raises:
        ForexEliteError: a distance makes no price.
    """
    sl, tp = ticket.sl, ticket.tp
    if sl is not None and ticket.sl_mode is not LevelMode.PRICE:
        distance = _distance(sl, ticket.sl_mode, ticket, spec, decimal(spec.tick_value_loss), commission, "sl")
        sl = _level(entry, -ticket.side.sign * _ticks(distance, spec, ROUND_DOWN, "sl"), spec, "sl")
    if tp is not None and ticket.tp_mode is not LevelMode.PRICE:
        distance = _distance(tp, ticket.tp_mode, ticket, spec, decimal(spec.tick_value_profit), Decimal(0), "tp")
        tp = _level(entry, ticket.side.sign * _ticks(distance, spec, ROUND_UP, "tp"), spec, "tp")
    return replace(ticket, sl=sl, tp=tp, sl_mode=LevelMode.PRICE, tp_mode=LevelMode.PRICE)


def _distance(
    amount: Decimal,
    mode: LevelMode,
    ticket: OrderTicket,
    spec: SymbolSpec,
    tick_value: Decimal,
    commission: Decimal,
    field: str,
) -> Decimal:
    if not calculable(amount) or amount <= 0:
        raise _wrong("Enter the distance of stop and target as a plain number above zero.", field)
    if mode is LevelMode.PIPS:
        return amount * decimal(spec.pip)
    lots = _lots(ticket, spec)
    if lots <= 0 or tick_value <= 0:
        raise _wrong("Give the size in lots or units: how far away an amount of money is depends on it.", field)
    left = amount / lots - commission
    return left / tick_value * decimal(spec.tick_size)


def _lots(ticket: OrderTicket, spec: SymbolSpec) -> Decimal:
    if ticket.size_mode is SizeMode.LOTS:
        return snap_volume_down(ticket.size, spec)
    if ticket.size_mode is SizeMode.UNITS:
        return snap_volume_down(ticket.size / decimal(spec.contract_size), spec)
    return Decimal(0)


def _ticks(distance: Decimal, spec: SymbolSpec, rounding: str, field: str) -> Decimal:
    tick = decimal(spec.tick_size)
    ticks = (distance / tick).to_integral_value(rounding)
    if ticks < 1:
        raise _wrong(
            "This distance is less than the smallest step of the price, costs included. Make it larger.", field
        )
    return ticks * tick


def _level(entry: Decimal, distance: Decimal, spec: SymbolSpec, field: str) -> Decimal:
    level = snap_price(entry + distance, spec)
    if level <= 0:
        raise _wrong("This distance reaches below a price of zero. Make it smaller.", field)
    return level


def _wrong(text: str, field: str) -> ForexEliteError:
    return ForexEliteError(ErrorCode.INVALID_STOPS, text, field=field)
