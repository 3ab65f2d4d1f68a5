"""Changes to what is already at the broker: levels, partial and whole closes, pending orders."""

from decimal import Decimal

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.constants import OrderMode
from agent_core.terminal.models import PendingOrder, Position, Side
from agent_core.terminal.service import TerminalService
from agent_core.trading import order_request
from agent_core.trading.arming import ArmSwitch
from agent_core.trading.journal import Entry
from agent_core.trading.models import KEEP, Keep, Level, OrderOutcome, OrderTicket, SizeMode
from agent_core.trading.numbers import decimal, plain, snap_price, snap_volume_down
from agent_core.trading.order_checks import closing_price, level_findings, price_findings, refuse
from agent_core.trading.sender import OrderSender

#: Getting out matters more than the last points of the price.
CLOSE_DEVIATION = 50


class OrderChanges:
    """Builds, checks and sends changes whose intent is in the journal. Closing and cancelling need no arming.

    Raises:
        ForexEliteError: (from every coroutine) it was not sent, and why.
    """

    def __init__(self, terminal: TerminalService, sender: OrderSender, switch: ArmSwitch) -> None:
        self._terminal = terminal
        self._sender = sender
        self._switch = switch

    async def modify_position(self, entry: Entry, ticket: int, sl: Level, tp: Level) -> OrderOutcome:
        """Sets the levels of a position."""
        refuse(self._switch.finding())
        position = await self.position(ticket)
        return await self._set_levels(entry, position, _level(sl, position.sl), _level(tp, position.tp))

    async def move_stop(self, entry: Entry, ticket: int, sl: Decimal) -> OrderOutcome:
        """Moves a position's stop towards its profit, never back, and leaves its target."""
        refuse(self._switch.finding())
        position = await self.position(ticket)
        held = _level(KEEP, position.sl)
        if held is not None:
            sl = max(sl, held) if position.side is Side.BUY else min(sl, held)
        return await self._set_levels(entry, position, sl, _level(KEEP, position.tp))

    async def _set_levels(
        self, entry: Entry, position: Position, sl: Decimal | None, tp: Decimal | None
    ) -> OrderOutcome:
        spec = await self._terminal.symbol_info(position.symbol)
        tick = await self._terminal.tick(position.symbol)
        sl, tp = (None if level is None else snap_price(level, spec) for level in (sl, tp))
        kept = {decimal(level) for level in (position.sl, position.tp) if level is not None}
        reference = closing_price(position.side, tick)
        # A level that stays as it is was accepted before; the broker does not ask again.
        refuse(*level_findings(position.side, spec, reference, _unless(sl, kept), _unless(tp, kept)))
        request = order_request.levels_request(position, sl, tp, entry.magic)
        return await self._sender.send(entry, request, spec)

    async def close_position(self, entry: Entry, ticket: int, volume: Decimal | None) -> OrderOutcome:
        """Closes a position or a part of it."""
        refuse(self._switch.account_finding())
        position = await self.position(ticket)
        spec = await self._terminal.symbol_info(position.symbol)
        held = decimal(position.volume)
        lots = held if volume is None else snap_volume_down(volume, spec)
        least = decimal(spec.volume_min)
        if not 0 < lots <= held or (lots < held and (lots < least or held - lots < least)):
            raise ForexEliteError(
                ErrorCode.INVALID_VOLUME,
                f"The position has {plain(held)} lots; close all of it, or leave and close at least {plain(least)}.",
                field="volume",
            )
        tick = await self._terminal.tick(position.symbol)
        price = closing_price(position.side, tick)
        request = order_request.close_request(position, spec, lots, price, CLOSE_DEVIATION, entry.magic)
        return await self._sender.send(entry, request, spec)

    async def close_by(self, entry: Entry, ticket: int, opposite: int) -> OrderOutcome:
        """Closes two opposite positions of a symbol by each other; what is left of the larger one stays open."""
        refuse(self._switch.account_finding())
        position, other = await self.position(ticket), await self.position(opposite)
        if position.symbol != other.symbol or position.side is other.side:
            raise ForexEliteError(
                ErrorCode.ORDER_REFUSED, "Only a buy and a sell position of the same symbol can close each other."
            )
        spec = await self._terminal.symbol_info(position.symbol)
        if not spec.order_mode & OrderMode.CLOSE_BY:
            raise ForexEliteError(
                ErrorCode.ORDER_REFUSED, f"The broker does not close {spec.name} positions by each other. Close both."
            )
        request = order_request.close_by_request(position, other, entry.magic)
        return await self._sender.send(entry, request, spec)

    async def modify_order(
        self, entry: Entry, ticket: int, price: Decimal | Keep, sl: Level, tp: Level
    ) -> OrderOutcome:
        """Moves a pending order."""
        refuse(self._switch.finding())
        order = await self._order(ticket)
        spec = await self._terminal.symbol_info(order.symbol)
        tick = await self._terminal.tick(order.symbol)
        price = snap_price(decimal(order.price) if isinstance(price, Keep) else price, spec)
        levels = (_level(sl, order.sl), _level(tp, order.tp))
        sl, tp = (None if level is None else snap_price(level, spec) for level in levels)
        limit = None if order.stop_limit_price is None else decimal(order.stop_limit_price)
        wanted = OrderTicket(
            entry.client_id, order.symbol, order.side, order.kind, SizeMode.LOTS, decimal(order.volume), price, limit,
            sl, tp,
        )  # fmt: skip
        refuse(*price_findings(wanted, spec, tick), *level_findings(order.side, spec, limit or price, sl, tp))
        request = order_request.modify_request(order, spec, price, sl, tp)
        return await self._sender.send(entry, request, spec)

    async def cancel_order(self, entry: Entry, ticket: int) -> OrderOutcome:
        """Cancels a pending order."""
        refuse(self._switch.account_finding())
        order = await self._order(ticket)
        spec = await self._terminal.symbol_info(order.symbol)
        return await self._sender.send(entry, order_request.remove_request(order), spec)

    async def position(self, ticket: int) -> Position:
        """Returns an open position."""
        for position in await self._terminal.positions():
            if position.ticket == ticket:
                return position
        raise ForexEliteError(ErrorCode.NOT_FOUND, f"Position {ticket} is not open any more.")

    async def _order(self, ticket: int) -> PendingOrder:
        for order in await self._terminal.orders():
            if order.ticket == ticket:
                return order
        raise ForexEliteError(ErrorCode.NOT_FOUND, f"Order {ticket} is not pending any more.")


def _level(wanted: Level, present: float | None) -> Decimal | None:
    if isinstance(wanted, Keep):
        return None if present is None else decimal(present)
    return wanted


def _unless(level: Decimal | None, kept: set[Decimal]) -> Decimal | None:
    return None if level in kept else level
