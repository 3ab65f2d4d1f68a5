"""The ticket's fields as numbers: reading what was typed, and the arithmetic of levels. No Qt."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from agent_core.terminal.models import OrderKind, Side, SymbolSpec
from agent_core.trading import numbers
from agent_core.trading.models import OrderTicket, SizeMode

_NOISE = str.maketrans({" ": "", "\u2009": "", "\u00a0": "", "\u202f": "", "%": "", "\u2212": "-", ",": "."})


class DraftError(ValueError):
    """What was typed can't be used; the message is one sentence for the user, `field` the ticket's field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Draft:
    """The ticket as filled in, without its side."""

    kind: OrderKind
    size_mode: SizeMode
    size: Decimal
    price: Decimal | None
    sl: Decimal | None
    tp: Decimal | None
    comment: str = ""

    def ticket(self, client_id: UUID, symbol: str, side: Side) -> OrderTicket:
        """Returns the order to preview or send."""
        return OrderTicket(
            client_id=client_id, symbol=symbol, side=side, kind=self.kind, size_mode=self.size_mode, size=self.size,
            price=self.price, stop_limit_price=None, sl=self.sl, tp=self.tp, comment=self.comment,
        )  # fmt: skip

    def side(self, bid: float, ask: float) -> Side | None:
        """Returns the side the levels are for: a stop below the entry means buy; None when nothing tells."""
        entry = self.price if self.price is not None else Decimal(str((bid + ask) / 2))
        if self.sl is not None:
            return Side.BUY if self.sl < entry else Side.SELL
        if self.tp is not None:
            return Side.BUY if self.tp > entry else Side.SELL
        if self.price is None:
            return None
        below = self.price < Decimal(str((bid + ask) / 2))
        return Side.BUY if below == (self.kind is OrderKind.LIMIT) else Side.SELL

    def entry(self, side: Side, bid: float, ask: float) -> Decimal:
        """Returns the price the order is meant to fill at."""
        return self.price if self.price is not None else Decimal(str(ask if side is Side.BUY else bid))


def read_number(text: str, field: str, name: str) -> Decimal | None:
    """Reads a number as people type it (`1,5`, `1.00 %`, `10 000`); None for an empty field.

    Raises:
        DraftError: it is not a number, or not above zero.
    """
    plain = text.translate(_NOISE).strip()
    if not plain:
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise DraftError(field, f"{name}: '{text.strip()}' is not a number.") from None
    if not value.is_finite() or value <= 0:
        raise DraftError(field, f"{name} must be above zero.")
    return value


def snap_price(price: float | Decimal, spec: SymbolSpec) -> Decimal:
    """Returns the nearest price the symbol can be quoted at, with its digits."""
    exact = Decimal(str(price))
    return numbers.snap_price(exact, spec) if spec.tick_size > 0 else exact.quantize(Decimal(1).scaleb(-spec.digits))


def pips_between(spec: SymbolSpec, first: float | Decimal, second: float | Decimal) -> float:
    """Returns the distance from the first to the second price in pips, negative when it falls."""
    return (float(second) - float(first)) / spec.pip if spec.pip > 0 else 0.0


def level_money(spec: SymbolSpec, side: Side, lots: float, entry: float, level: float) -> float:
    """Estimates what a position gains or loses at a level, in the account's currency.

    Good enough to follow a dragged line at once; the terminal's own figure replaces it in the ticket.
    """
    distance = (level - entry) * side.sign
    value = spec.tick_value_profit if distance >= 0 else spec.tick_value_loss
    value = value if value > 0 else spec.tick_value
    return distance / spec.tick_size * value * lots if spec.tick_size > 0 else 0.0
