"""Why an order is refused before it is taken, with the vendor's reasons."""

from decimal import Decimal
from typing import Any

_LEVELS = {"stopLossOnFill": "STOP_LOSS_ON_FILL", "takeProfitOnFill": "TAKE_PROFIT_ON_FILL"}


def refusal_reason(order: dict[str, Any], kind: str, units: Decimal, digits: int) -> str | None:
    """The reject reason of an order, None if it is acceptable. `digits` are those of the instrument's prices."""
    return _units_reason(units) or _price_reason(order, kind, digits) or _levels_reason(order, digits)


def closing_reason(units: Decimal, open_units: Decimal) -> str | None:
    """The reject reason of a closing of so many units, None if it is acceptable."""
    return _units_reason(units) or ("CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE" if units > open_units else None)


def _units_reason(units: Decimal) -> str | None:
    if not units.is_finite() or units == 0:
        return "UNITS_INVALID"
    if units != units.to_integral_value():
        return "UNITS_PRECISION_EXCEEDED"
    return "UNITS_LIMIT_EXCEEDED" if abs(units) > 100_000_000 else None


def _price_reason(order: dict[str, Any], kind: str, digits: int) -> str | None:
    if kind == "MARKET":
        return None if order.get("timeInForce", "FOK") in {"FOK", "IOC"} else "TIME_IN_FORCE_INVALID"
    if "price" not in order:
        return "PRICE_INVALID"
    return "PRICE_PRECISION_EXCEEDED" if too_fine(order["price"], digits) else None


def _levels_reason(order: dict[str, Any], digits: int) -> str | None:
    for name, beginning in _LEVELS.items():
        price = (order.get(name) or {}).get("price")
        if price is not None and too_fine(price, digits):
            return f"{beginning}_PRICE_PRECISION_EXCEEDED"
    return None


def too_fine(price: object, digits: int) -> bool:
    """Whether a price has more digits than its instrument's."""
    exponent = Decimal(str(price)).as_tuple().exponent
    return not isinstance(exponent, int) or -exponent > digits
