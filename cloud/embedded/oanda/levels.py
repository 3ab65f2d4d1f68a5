"""Stops and targets that an order brings along: where they are, and whether the market has passed them."""

from decimal import Decimal
from typing import Any

_ON_FILL = (("stopLossOnFill", "STOP_LOSS_ON_FILL_LOSS"), ("takeProfitOnFill", "TAKE_PROFIT_ON_FILL_LOSS"))


def levels_on_fill(order: dict[str, Any], price: Decimal, *, is_long: bool) -> tuple[Decimal | None, Decimal | None]:
    """Stop and target of a trade that an order opens at a price; each was given as a price or as a distance."""
    away = 1 if is_long else -1
    stop, target = (order.get(name) or {} for name, _ in _ON_FILL)
    return _level(stop, price, -away), _level(target, price, away)


def losing_level(bid: Decimal, ask: Decimal, order: dict[str, Any], *, is_long: bool) -> str | None:
    """Why an order is cancelled in place of being filled: its stop or target would end the new trade at once."""
    levels = levels_on_fill(order, ask if is_long else bid, is_long=is_long)
    present = bid if is_long else ask
    for level, (name, reason) in zip(levels, _ON_FILL, strict=True):
        is_stop = name == "stopLossOnFill"
        if level is not None and level_passed(present, level, is_long=is_long, is_stop=is_stop):
            return reason
    return None


def level_passed(present: Decimal, level: Decimal, *, is_long: bool, is_stop: bool) -> bool:
    """Whether the price at which a trade would be closed has reached its stop or target."""
    return present <= level if is_long == is_stop else present >= level


def _level(details: dict[str, Any], price: Decimal, away: int) -> Decimal | None:
    if "price" in details:
        return Decimal(str(details["price"]))
    return price + away * Decimal(str(details["distance"])) if "distance" in details else None
