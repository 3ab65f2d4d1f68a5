"""Stops and targets given as pips or as money become prices, since OANDA takes nothing else."""

from decimal import ROUND_DOWN, ROUND_UP, Decimal, localcontext

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import oanda_instrument
from agent_core.protocol.trading import MAX_DIGITS, LevelModeName, OrderRequest
from cloud.brokers.oanda.documents import level_price
from cloud.providers.oanda.account import OandaAccount
from cloud.providers.oanda.documents import HomeConversion, InstrumentTerms, Pricing
from cloud.providers.oanda.refusals import refusal
from cloud.providers.oanda.transport import unavailable


async def with_prices(client: OandaAccount, order: OrderRequest) -> OrderRequest:
    """Returns an order whose stop and target are prices.

    Distances count from the order's price, of a market order from the present quote. Stops are rounded towards the
    entry and targets away from it: never more is lost, never less won.

    Raises:
        ForexEliteError: INVALID_STOPS, a distance makes no price; else as OANDA says.
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
    return order.model_copy(update={"sl": sl, "tp": tp, "sl_mode": "PRICE", "tp_mode": "PRICE"})


def _quoted(order: OrderRequest, pricing: Pricing) -> Decimal:
    quote = pricing.prices[0] if pricing.prices else None
    levels = [] if quote is None else quote.asks if order.side == "BUY" else quote.bids
    price = level_price(levels[0]) if levels else None
    if price is None:
        raise refusal("INSTRUMENT_PRICE_UNKNOWN")
    return price


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
