"""Between OANDA's documents and ours: no decisions, only names, signs and sides."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from agent_core.protocol.instruments import canonical_instrument
from agent_core.protocol.trading import AccountAnswer, PendingOrderAnswer, PositionAnswer, SideName
from cloud.brokers.base import Closing, LevelChange, PlacedOrder
from cloud.providers.oanda.account import Done
from cloud.providers.oanda.documents import Level, Order, Quote, Summary, Trade, Transaction, plain
from cloud.providers.oanda.refusals import refusal

TAG, _OURS = "forexelite", "fep-"
_TERMS = (
    "type", "instrument", "units", "price", "priceBound", "timeInForce", "gtdTime", "positionFill", "triggerCondition",
    "takeProfitOnFill", "stopLossOnFill", "trailingStopLossOnFill", "clientExtensions", "tradeClientExtensions",
)  # fmt: skip


def tag_of(client_order_id: UUID) -> str:
    """The id under which OANDA keeps our order."""
    return f"{_OURS}{client_order_id.hex}"


def client_order_of(client_id: str | None) -> UUID | None:
    """Our id of the order that OANDA keeps under this one; null for orders that were not sent from here."""
    if client_id is None or not client_id.startswith(_OURS):
        return None
    try:
        return UUID(client_id.removeprefix(_OURS))
    except ValueError:
        return None


def order_document(
    kind: str, instrument: str, units: Decimal, price: Decimal | None, sl: Decimal | None, tp: Decimal | None
) -> dict[str, Any]:
    """An order as OANDA takes it. `units` are signed, `instrument` is OANDA's name."""
    document: dict[str, Any] = {
        "type": kind,
        "instrument": instrument,
        "units": plain(units),
        "timeInForce": "FOK" if kind == "MARKET" else "GTC",
        "positionFill": "DEFAULT",
    }
    if price is not None:
        document["price"] = plain(price)
    for name, level in (("stopLossOnFill", sl), ("takeProfitOnFill", tp)):
        if level is not None:
            document[name] = level_document(level)
    return document


def moved_document(order: Mapping[str, Any], change: LevelChange) -> dict[str, Any]:
    """The order that takes the place of a working one, each of whose terms stays unless it is changed."""
    document = {name: order[name] for name in _TERMS if name in order}
    if "price" not in change.keep and change.price is not None:
        document["price"] = plain(change.price)
    for level, price, name in (("sl", change.sl, "stopLossOnFill"), ("tp", change.tp, "takeProfitOnFill")):
        if level in change.keep:
            continue
        known = document.pop(name, None) or {}
        former = {key: value for key, value in known.items() if key not in ("price", "distance")}
        if price is not None:
            document[name] = {"timeInForce": "GTC", **former, "price": plain(price)}
    return document


def level_document(price: Decimal | None) -> dict[str, str] | None:
    """A stop loss or take profit; null removes it."""
    return None if price is None else {"price": plain(price), "timeInForce": "GTC"}


def level_price(level: Level | None) -> Decimal | None:
    """The price of a level, if there is one."""
    return None if level is None else level.price


def account_answer(summary: Summary, account_type: str) -> AccountAnswer:
    """The account's figures."""
    used = summary.margin_used
    return AccountAnswer(
        balance=summary.balance, equity=summary.nav, margin_used=used, margin_available=summary.margin_available,
        margin_level=(summary.nav / used * 100).quantize(Decimal("0.01")) if used else None,
        currency=summary.currency, account_number=summary.id, account_type="live" if account_type == "live" else "demo",
        as_of=datetime.now(UTC),
    )  # fmt: skip


def position_answer(trade: Trade, quote: Quote | None) -> PositionAnswer:
    """An open trade; without a quote its opening price stands for the present one."""
    long = trade.current_units > 0
    levels = [] if quote is None else quote.bids if long else quote.asks
    now = level_price(levels[0]) if levels else None
    return PositionAnswer(
        position_id=trade.id, instrument=canonical_instrument(trade.instrument), side=side_of(trade.current_units),
        units=abs(trade.current_units), open_price=trade.price, current_price=trade.price if now is None else now,
        pnl=trade.unrealized_pl, sl=level_price(trade.stop_loss_order), tp=level_price(trade.take_profit_order),
        opened_at=trade.open_time,
    )  # fmt: skip


def pending_answer(order: Order) -> PendingOrderAnswer:
    """A working order."""
    units, kind = order.units or Decimal(0), order.type
    types: dict[str, Literal["LIMIT", "STOP"]] = {"LIMIT": "LIMIT", "STOP": "STOP"}
    return PendingOrderAnswer(
        order_id=order.id, instrument=canonical_instrument(order.instrument or ""), side=side_of(units),
        type=types[kind], units=abs(units), price=order.price or Decimal(0), sl=level_price(order.stop_loss_on_fill),
        tp=level_price(order.take_profit_on_fill), placed_at=order.create_time,
    )  # fmt: skip


def placed_of(done: Done) -> PlacedOrder:
    """What became of an order; a fill that only reduced a position names that one.

    Raises:
        ForexEliteError: OANDA took the order and cancelled it at once.
    """
    if done.fill is None and done.cancel is not None:
        raise refusal(done.cancel.reason or "")
    fill, units = done.fill, abs(done.order.units or Decimal(0))
    if fill is None:
        return PlacedOrder(done.order.id, None, None, units, done.order.time)
    touched = fill.parts
    position_id = touched[0].trade_id if touched else None
    filled = units if fill.units is None else abs(fill.units)
    return PlacedOrder(done.order.id, position_id, _filled_at(fill), filled, fill.time)


def closing_of(done: Done) -> Closing:
    """What a closing brought.

    Raises:
        ForexEliteError: OANDA cancelled it at once.
    """
    fill = done.fill
    price = None if fill is None else _filled_at(fill)
    if fill is None or price is None:
        raise refusal((done.cancel.reason if done.cancel is not None else None) or "MARKET_HALTED")
    units = fill.units or Decimal(0)
    return Closing(
        price, fill.pl or Decimal(0), abs(units), done.order.id,
        canonical_instrument(fill.instrument) if fill.instrument else None,
        # The closing order's side is the opposite of the position's.
        side_of(-units),
    )  # fmt: skip


def _filled_at(fill: Transaction) -> Decimal | None:
    """The price of a fill; OANDA means to give that of each part alone."""
    return next((part.price for part in fill.parts if part.price is not None), fill.price)


def side_of(units: Decimal) -> SideName:
    """The side of signed units."""
    return "BUY" if units > 0 else "SELL"
