"""Finds out at the broker how an order ended whose answer was lost. Nothing is ever sent from here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from agent_core.protocol.errors import ErrorCode
from agent_core.terminal.constants import DealEntry, OrderState
from agent_core.terminal.models import Deal, HistoryOrder, OrderKind, PendingOrder, Position
from agent_core.trading.journal import Action, Entry, State
from agent_core.trading.models import OrderOutcome, OutcomeStatus
from agent_core.trading.numbers import decimal
from agent_core.trading.outcomes import closed_text, outcome, placed_text, refused, traded_text

#: An order that the broker shows nowhere for this long after it was sent never arrived.
SETTLE_AFTER = timedelta(seconds=60)
#: The broker's clock and this computer's may differ by so much.
_CLOCKS = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class BrokerView:
    """What the broker shows, read after the order was given up on.

    Attributes:
        as_of: Time before reading began.
        digits: Digits of a symbol's prices; None where they are not known.
    """

    positions: Sequence[Position]
    orders: Sequence[PendingOrder]
    history: Sequence[HistoryOrder]
    deals: Sequence[Deal]
    as_of: datetime
    digits: Callable[[str], int | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Finding:
    """How an entry ended, and whether it is `State.SETTLED` or `State.LOST`."""

    outcome: OrderOutcome
    state: State = State.SETTLED


def reconcile(entry: Entry, view: BrokerView, settle_after: timedelta = SETTLE_AFTER) -> Finding | None:
    """Returns how an entry ended, or None while that can't be known yet."""
    if entry.state is State.INTENT or entry.request is None or entry.sent_at is None:
        text = "The program ended before the order was sent. Nothing was opened or changed."
        if entry.action is Action.OPEN and entry.target is not None:
            text = (
                f"The program ended while position {entry.target} was being turned round: no opposite position was "
                "opened. See whether the position is still there; then turn it round again, or open the opposite one."
            )
        return Finding(refused(entry.client_id, ErrorCode.ORDER_REFUSED, text))
    found = _SEARCHES[entry.action](entry, entry.request, view)
    if found is not None:
        return Finding(found)
    if view.as_of - entry.sent_at < settle_after:
        return None
    text = "The order never reached the broker; nothing was opened or changed. Send it again if you still want it."
    return Finding(refused(entry.client_id, ErrorCode.BROKER_UNAVAILABLE, text), State.LOST)


def outcome_of_deals(
    entry: Entry, deals: Sequence[Deal], wanted: Decimal, digits: Callable[[str], int | None] = lambda _: None
) -> OrderOutcome | None:
    """Returns the outcome of a market order by its own deals; None if there are none."""
    own = [(deal.side, deal) for deal in deals if deal.side is not None]
    if not own:
        return None
    volume = sum((decimal(deal.volume) for _, deal in own), Decimal(0))
    price = float(sum((decimal(deal.price) * decimal(deal.volume) for _, deal in own), Decimal(0)) / volume)
    side, last = own[-1]
    shown = digits(last.symbol)
    status = OutcomeStatus.PARTIAL if volume < wanted else OutcomeStatus.FILLED
    profit = round(sum(deal.net for _, deal in own), 2)
    if entry.action in (Action.CLOSE, Action.CLOSE_BY):
        text = closed_text(volume, last.symbol, price, profit, shown)
    else:
        text = traded_text(side, volume, last.symbol, price, partial=status is OutcomeStatus.PARTIAL, digits=shown)
    return outcome(
        entry.client_id,
        status,
        text,
        order=last.order,
        deal=last.ticket,
        position=last.position_id,
        price=price,
        lots=volume,
        profit=None if last.entry == DealEntry.IN else profit,
    )


def _opened(entry: Entry, request: dict[str, Any], view: BrokerView) -> OrderOutcome | None:
    own = [deal for deal in view.deals if deal.magic == entry.magic]
    if (found := outcome_of_deals(entry, own, decimal(request["volume"]), view.digits)) is not None:
        return found
    for order in view.orders:
        # A market order among the working ones is still on its way to the market.
        if order.magic == entry.magic and order.kind is not OrderKind.MARKET:
            lots = decimal(order.volume)
            text = placed_text(order.side, order.kind, lots, order.symbol, order.price, view.digits(order.symbol))
            return _placed(entry, order.ticket, text, order.price, lots)
    for position in view.positions:
        if position.magic == entry.magic:
            lots = decimal(position.volume)
            shown = view.digits(position.symbol)
            text = traded_text(position.side, lots, position.symbol, position.price_open, partial=False, digits=shown)
            return outcome(
                entry.client_id, OutcomeStatus.FILLED, text,
                position=position.ticket, price=position.price_open, lots=lots,
            )  # fmt: skip
    for done in view.history:
        if done.magic == entry.magic:
            return _ended(entry, done)
    return None


def _placed(entry: Entry, ticket: int, text: str, price: float, lots: Decimal) -> OrderOutcome:
    return outcome(entry.client_id, OutcomeStatus.PLACED, text, order=ticket, price=price, lots=lots)


def _ended(entry: Entry, done: HistoryOrder) -> OrderOutcome | None:
    """An order that is done and has no deal (yet)."""
    if done.state in (OrderState.FILLED, OrderState.PARTIAL):
        return None
    if done.kind is not OrderKind.MARKET and done.state in (OrderState.CANCELED, OrderState.EXPIRED):
        how = "been cancelled" if done.state == OrderState.CANCELED else "expired"
        text = f"The order was placed and has {how} since."
        return _placed(entry, done.ticket, text, done.price, decimal(done.volume_initial))
    return refused(
        entry.client_id, ErrorCode.ORDER_REFUSED, "The broker rejected the order. Try again, or ask the broker why."
    )


def _closed(entry: Entry, request: dict[str, Any], view: BrokerView) -> OrderOutcome | None:
    own = [deal for deal in view.deals if deal.magic == entry.magic and deal.position_id == entry.target]
    if (found := outcome_of_deals(entry, own, decimal(request["volume"]), view.digits)) is not None:
        return found
    if any(position.ticket == entry.target for position in view.positions):
        rejected = [done for done in view.history if done.magic == entry.magic]
        return _ended(entry, rejected[0]) if rejected else None
    others = [deal for deal in view.deals if deal.position_id == entry.target and deal.entry != DealEntry.IN]
    return outcome_of_deals(entry, others[-1:], Decimal(0), view.digits)


def _closed_by(entry: Entry, request: dict[str, Any], view: BrokerView) -> OrderOutcome | None:
    # Whether the broker keeps the key of a close-by is not certain; its two positions are.
    for deal in reversed(view.deals):
        if deal.entry == DealEntry.OUT_BY and deal.position_id == entry.target and _since(entry, deal):
            return outcome_of_deals(entry, [deal], Decimal(0), view.digits)
    if all(position.ticket not in (entry.target, request["position_by"]) for position in view.positions):
        text = "Both positions were closed before they could be closed by each other."
        return refused(entry.client_id, ErrorCode.NOT_FOUND, text)
    return None


def _since(entry: Entry, deal: Deal) -> bool:
    return deal.magic == entry.magic or (entry.sent_at is not None and deal.time >= entry.sent_at - _CLOCKS)


def _position_changed(entry: Entry, request: dict[str, Any], view: BrokerView) -> OrderOutcome | None:
    position = next((position for position in view.positions if position.ticket == entry.target), None)
    if position is None:
        return refused(entry.client_id, ErrorCode.NOT_FOUND, "The position was closed before it could be changed.")
    if (position.sl or 0.0, position.tp or 0.0) == (request["sl"], request["tp"]):
        return outcome(entry.client_id, OutcomeStatus.DONE, "Stop and target are set.", position=position.ticket)
    return None


def _order_changed(entry: Entry, request: dict[str, Any], view: BrokerView) -> OrderOutcome | None:
    order = next((order for order in view.orders if order.ticket == entry.target), None)
    if order is None:
        return refused(entry.client_id, ErrorCode.NOT_FOUND, "The order was done before it could be changed.")
    if (order.price, order.sl or 0.0, order.tp or 0.0) == (request["price"], request["sl"], request["tp"]):
        return outcome(entry.client_id, OutcomeStatus.DONE, "The order is changed.", order=order.ticket)
    return None


def _cancelled(entry: Entry, _: dict[str, Any], view: BrokerView) -> OrderOutcome | None:
    if any(order.ticket == entry.target for order in view.orders):
        return None
    done = next((done for done in view.history if done.ticket == entry.target), None)
    if done is None:
        return None
    if done.state in (OrderState.FILLED, OrderState.PARTIAL):
        text = "The order was filled before it could be cancelled. Close its position if you don't want it."
        return refused(entry.client_id, ErrorCode.CONFLICT, text)
    return outcome(entry.client_id, OutcomeStatus.DONE, "The order is cancelled.", order=entry.target)


_SEARCHES: dict[Action, Callable[[Entry, dict[str, Any], BrokerView], OrderOutcome | None]] = {
    Action.OPEN: _opened,
    Action.CLOSE: _closed,
    Action.MODIFY_POSITION: _position_changed,
    Action.MODIFY_ORDER: _order_changed,
    Action.CANCEL: _cancelled,
    Action.CLOSE_BY: _closed_by,
}
