"""Stop and target in the unit they are typed in, and the prices they come to. No Qt."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from agent_core.terminal.models import Side, SymbolSpec
from agent_core.trading import numbers

_PIPS_STEP, _RATIO_STEP = Decimal("0.1"), Decimal("0.01")


class DraftError(ValueError):
    """What was typed can't be used; the message is one sentence for the user, `field` the ticket's field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class LevelUnit(StrEnum):
    """What a stop or target is typed in: a price, or a distance in pips, money, risks to the stop, or true ranges."""

    PRICE = "PRICE"
    PIPS = "PIPS"
    MONEY = "MONEY"
    R = "R"
    ATR = "ATR"


@dataclass(frozen=True, slots=True)
class Level:
    """A stop or target as typed; distances are above zero."""

    unit: LevelUnit
    value: Decimal


@dataclass(frozen=True, slots=True)
class Basis:
    """What levels are measured from.

    Attributes:
        entry: Price the order is meant to fill at.
        lots: Size of the order; None while it follows from the stop.
        risk: Money at risk of an order that is sized by it.
        atr: Average true range in price; None until it is known.
        commission: Cost of opening and closing a lot, as far as it is known; what a stop loses holds it.
    """

    spec: SymbolSpec
    side: Side
    entry: Decimal
    lots: Decimal | None = None
    risk: Decimal | None = None
    atr: Decimal | None = None
    commission: Decimal = Decimal(0)


def snap_price(price: float | Decimal, spec: SymbolSpec) -> Decimal:
    """Returns the nearest price the symbol can be quoted at, with its digits."""
    exact = Decimal(str(price))
    return numbers.snap_price(exact, spec) if spec.tick_size > 0 else exact.quantize(Decimal(1).scaleb(-spec.digits))


def stop_price(level: Level, basis: Basis) -> Decimal:
    """Returns the price of a stop.

    Raises:
        DraftError: its distance can't be worked out.
    """
    if level.unit is LevelUnit.PRICE:
        return level.value
    if level.unit is LevelUnit.PIPS:
        distance = level.value * numbers.decimal(basis.spec.pip)
    elif level.unit is LevelUnit.ATR:
        distance = level.value * _atr("sl", basis)
    else:
        if basis.lots is None:
            raise DraftError("sl", "A stop in money needs a size in lots or units: by risk, the size follows the stop.")
        left = level.value - basis.commission * basis.lots
        if left <= 0:
            raise DraftError("sl", "This is less than the order's commission: enter a larger amount.")
        distance = _distance("sl", left, basis.lots, _worth(basis.spec, loss=True))
    return snap_price(basis.entry - basis.side.sign * distance, basis.spec)


def target_price(level: Level, stop: Decimal | None, basis: Basis) -> Decimal:
    """Returns the price of a target, given the price of the stop.

    Raises:
        DraftError: its distance can't be worked out.
    """
    if level.unit is LevelUnit.PRICE:
        return level.value
    if level.unit is LevelUnit.PIPS:
        distance = level.value * numbers.decimal(basis.spec.pip)
    elif level.unit is LevelUnit.ATR:
        distance = level.value * _atr("tp", basis)
    elif level.unit is LevelUnit.R:
        if stop is None:
            raise DraftError("tp", "A target in R needs a stop: 1 R is the distance to it.")
        distance = level.value * abs(basis.entry - stop)
    else:
        distance = _distance("tp", level.value, _lots(stop, basis), _worth(basis.spec, loss=False))
    return snap_price(basis.entry + basis.side.sign * distance, basis.spec)


def level_at(price: Decimal, unit: LevelUnit, stop: Decimal | None, basis: Basis, *, loss: bool) -> Level | None:
    """Returns a price in another unit; None where it has none, such as R without a stop.

    Args:
        price: Where the level is.
        unit: The unit it is wanted in.
        stop: Price of the stop, which R is measured by.
        basis: What it is measured from.
        loss: Whether it is the stop, else the target.
    """
    distance = abs(price - basis.entry)
    value: Decimal | None = price
    if unit is LevelUnit.PIPS:
        value = (distance / numbers.decimal(basis.spec.pip)).quantize(_PIPS_STEP) if basis.spec.pip > 0 else None
    elif unit is LevelUnit.ATR:
        value = (distance / basis.atr).quantize(_RATIO_STEP) if basis.atr else None
    elif unit is LevelUnit.R:
        risk = abs(basis.entry - stop) if stop is not None else Decimal(0)
        value = (distance / risk).quantize(_RATIO_STEP) if risk > 0 else None
    elif unit is LevelUnit.MONEY:
        try:
            lots = basis.lots if loss else _lots(stop, basis)
            per_lot = distance * _worth(basis.spec, loss=loss) + (basis.commission if loss else 0)
            value = None if lots is None else (lots * per_lot).quantize(_RATIO_STEP)
        except DraftError:
            value = None
    return Level(unit, value) if value is not None and value > 0 else None


def _atr(field: str, basis: Basis) -> Decimal:
    if not basis.atr:
        raise DraftError(field, f"The average true range of {basis.spec.name} is not known yet: wait for its bars.")
    return basis.atr


def _lots(stop: Decimal | None, basis: Basis) -> Decimal:
    if basis.lots is not None:
        return basis.lots
    if stop is None or stop == basis.entry or basis.risk is None:
        raise DraftError("tp", "Set a stop first: the size, and so the target in money, follows from it.")
    per_lot = abs(basis.entry - stop) * _worth(basis.spec, loss=True) + basis.commission
    if per_lot <= 0:
        raise DraftError("tp", f"The broker does not say what a tick of {basis.spec.name} is worth: enter a price.")
    exact = basis.risk / per_lot
    # Below the smallest volume the desk says so; the target still stands where it belongs.
    return numbers.snap_volume_down(exact, basis.spec) or exact


def _worth(spec: SymbolSpec, *, loss: bool) -> Decimal:
    """What one lot gains or loses over a distance of 1 in price."""
    value = spec.tick_value_loss if loss else spec.tick_value_profit
    value = value if value > 0 else spec.tick_value
    return numbers.decimal(value) / numbers.decimal(spec.tick_size) if spec.tick_size > 0 else Decimal(0)


def _distance(field: str, amount: Decimal, lots: Decimal, worth: Decimal) -> Decimal:
    if lots * worth <= 0:
        raise DraftError(field, "The broker does not say what a tick is worth: enter this level as a price.")
    return amount / (lots * worth)
