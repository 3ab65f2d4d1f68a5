"""Exact numbers: floats of the terminal become decimals, prices and volumes are snapped to their steps."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import SymbolSpec

#: More digits before the point than any price or volume has; decimals could not calculate with far more.
_MAX_DIGITS = 15


def decimal(number: float) -> Decimal:
    """Returns the decimal that a float is printed as: 0.1 → 0.1."""
    return Decimal(repr(float(number)))


def calculable(number: Decimal) -> bool:
    """Whether a number from outside is finite and of a size that prices and volumes have."""
    return number.is_finite() and number.adjusted() < _MAX_DIGITS


def snap_price(price: Decimal, spec: SymbolSpec) -> Decimal:
    """Returns the nearest price that the symbol knows: a multiple of the tick size, with the symbol's digits.

    Raises:
        ForexEliteError: it is no price.
    """
    if not calculable(price):
        raise ForexEliteError(ErrorCode.INVALID_PRICE, "Enter prices as plain numbers, like 1.0950.")
    tick = decimal(spec.tick_size)
    steps = (price / tick).quantize(Decimal(1), ROUND_HALF_EVEN)
    return (steps * tick).quantize(Decimal(1).scaleb(-spec.digits))


def snap_volume_down(lots: Decimal, spec: SymbolSpec) -> Decimal:
    """Returns the largest multiple of the volume step that does not exceed `lots`.

    Raises:
        ForexEliteError: it is no volume.
    """
    if not calculable(lots):
        raise ForexEliteError(ErrorCode.INVALID_VOLUME, "Enter the volume as a plain number of lots, like 0.10.")
    step = decimal(spec.volume_step)
    return ((lots / step).to_integral_value(ROUND_DOWN) * step).quantize(step)


def money(amount: Decimal | float, digits: int = 2) -> Decimal:
    """Returns an amount of money rounded to the currency's digits."""
    value = amount if isinstance(amount, Decimal) else decimal(amount)
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)


def plain(number: Decimal) -> str:
    """Returns a decimal without exponent and without superfluous zeros."""
    text = f"{number.normalize():f}"
    return "0" if text == "-0" else text


def price_text(price: Decimal | float, digits: int | None) -> str:
    """Returns a price as a trader reads it: with the symbol's digits, or as many as it needs where they are unknown."""
    if digits is None:
        return plain(decimal(round(float(price), 5)))
    return f"{money(price, digits):f}"


def units_of(lots: Decimal, spec: SymbolSpec) -> Decimal:
    """Returns the units of the base currency in a number of lots."""
    return Decimal(plain(lots * decimal(spec.contract_size)))
