"""Stops and targets: pips and money become prices, since OANDA takes nothing else, and all are on their side.

OANDA takes a level on the wrong side: it ends the trade at once, or cancels the order when that is to be filled.
"""

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_UP, Decimal, localcontext
from typing import Any

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import oanda_instrument
from agent_core.protocol.trading import MAX_DIGITS, LevelModeName, OrderRequest, SideName
from cloud.brokers.oanda.documents import level_price, side_of
from cloud.providers.oanda.account import OandaAccount
from cloud.providers.oanda.documents import HomeConversion, InstrumentTerms, Pricing, Terms, Transaction, plain, read
from cloud.providers.oanda.refusals import refusal
from cloud.providers.oanda.transport import unavailable


async def with_prices(client: OandaAccount, order: OrderRequest) -> OrderRequest:
    """Returns an order whose stop and target are prices.

    Distances count from the order's price, of a market order from the present quote. Stops are rounded towards the
    entry and targets away from it: never more is lost, never less won.

    Raises:
        ForexEliteError: INVALID_STOPS, a distance makes no price, or a level is on the wrong side; else as OANDA says.
    """
    sl, tp = order.sl, order.tp
    by_distance = {mode for level, mode in ((sl, order.sl_mode), (tp, order.tp_mode)) if level is not None} - {"PRICE"}
    if by_distance:
        name = oanda_instrument(order.instrument)
        terms = await client.terms(name)
        pricing = await client.pricing([name])
        entry = order.price or _quoted(order, pricing)
        worth = _conversion(name, pricing) if "MONEY" in by_distance else None
        sign = 1 if order.side == "BUY" else -1
        with localcontext(prec=2 * MAX_DIGITS):
            if sl is not None and order.sl_mode != "PRICE":
                value = worth.account_loss if worth else Decimal(0)
                sl = _level(entry, -sign, _distance(sl, order.sl_mode, order.units, terms, value), ROUND_DOWN, terms)
            if tp is not None and order.tp_mode != "PRICE":
                value = worth.account_gain if worth else Decimal(0)
                tp = _level(entry, sign, _distance(tp, order.tp_mode, order.units, terms, value), ROUND_UP, terms)
    if order.price is not None:
        check_sides(order.side, order.price, sl, tp)
    return order.model_copy(update={"sl": sl, "tp": tp, "sl_mode": "PRICE", "tp_mode": "PRICE"})


def check_sides(side: SideName, price: Decimal, sl: Decimal | None, tp: Decimal | None) -> None:
    """Raises INVALID_STOPS unless stop and target are on their sides of a price."""
    for noun, level, away in (("stop loss", sl, -1), ("take profit", tp, 1)):
        sign = away if side == "BUY" else -away
        if level is not None and sign * (level - price) <= 0:
            where = "above" if sign > 0 else "below"
            raise _wrong(f"The {noun} of a {side.lower()} has to be {where} {plain(price)}. Correct it and try again.")


def check_order(terms: Terms) -> None:
    """Raises INVALID_STOPS unless the levels of a pending order are on their sides of its price."""
    if terms.units is not None and terms.price is not None:
        stop, target = level_price(terms.stop_loss_on_fill), level_price(terms.take_profit_on_fill)
        check_sides(side_of(terms.units), terms.price, stop, target)


async def check_position(client: OandaAccount, position_id: str, sl: Decimal | None, tp: Decimal | None) -> None:
    """Raises INVALID_STOPS where a level would end an open trade at once; NOT_FOUND, there is no such trade."""
    trade = next((row for row in await client.trades() if row.id == position_id), None)
    if trade is None:
        raise refusal("NO_SUCH_TRADE")
    pricing = await client.pricing([trade.instrument])
    side = side_of(trade.current_units)
    present = _present(pricing, closing=side)
    if present is not None:
        check_sides(side, present, sl, tp)


def check_kept(answer: Mapping[str, Any]) -> None:
    """Raises where OANDA took a new level of a trade and it did not stay: what has become of it."""
    for member, noun in (("stopLoss", "stop loss"), ("takeProfit", "take profit")):
        if fill := answer.get(f"{member}OrderFillTransaction"):
            price = read(Transaction, fill).price
            raise _wrong(f"The market had reached this {noun} already: OANDA closed the position at {price}.")
        if cancel := answer.get(f"{member}OrderCreatedCancelTransaction"):
            reason = refusal(read(Transaction, cancel).reason or "")
            raise ForexEliteError(reason.code, f"{reason.detail} The position has no {noun} now.")


def _quoted(order: OrderRequest, pricing: Pricing) -> Decimal:
    price = _present(pricing, closing="SELL" if order.side == "BUY" else "BUY")
    if price is None:
        raise refusal("INSTRUMENT_PRICE_UNKNOWN")
    return price


def _present(pricing: Pricing, *, closing: SideName) -> Decimal | None:
    """What a position of a side would be closed at now; null while there are no prices."""
    quote = pricing.prices[0] if pricing.prices else None
    levels = [] if quote is None else quote.bids if closing == "BUY" else quote.asks
    return level_price(levels[0]) if levels else None


def _conversion(name: str, pricing: Pricing) -> HomeConversion:
    found = next((item for item in pricing.home_conversions if item.currency == name.split("_")[1]), None)
    if found is None or found.account_loss <= 0 or found.account_gain <= 0:
        raise unavailable("no value of the quote currency")
    return found


def _distance(amount: Decimal, mode: LevelModeName, units: Decimal, terms: InstrumentTerms, value: Decimal) -> Decimal:
    return amount.scaleb(terms.pip_location) if mode == "PIPS" else amount / units / value


def _level(entry: Decimal, sign: int, distance: Decimal, rounding: str, terms: InstrumentTerms) -> Decimal:
    step = Decimal(1).scaleb(-terms.display_precision)
    steps = (distance / step).to_integral_value(rounding)
    if steps < 1:
        raise _wrong("This distance is less than the smallest step of the price. Make it larger.")
    level = entry + sign * steps * step
    if level <= 0:
        raise _wrong("This distance reaches below a price of zero. Make it smaller.")
    return level


def _wrong(sentence: str) -> ForexEliteError:
    return ForexEliteError(ErrorCode.INVALID_STOPS, sentence)
