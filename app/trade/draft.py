"""The ticket's fields as numbers: reading what was typed, and the arithmetic of levels. No Qt."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from agent_core.terminal.models import OrderKind, Side, SymbolSpec
from agent_core.trading import numbers
from agent_core.trading.models import OrderTicket, SizeMode
from app.trade.levels import Basis, DraftError, Level, LevelUnit, stop_price, target_price

_NOISE = str.maketrans({" ": "", "\u2009": "", "\u00a0": "", "\u202f": "", "%": "", "\u2212": "-", ",": "."})


@dataclass(frozen=True, slots=True)
class Market:
    """What a draft is worked out against: contract, quote, equity, average true range, commission of a lot."""

    spec: SymbolSpec
    bid: float
    ask: float
    equity: float = 0.0
    atr: Decimal | None = None
    commission: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Draft:
    """The ticket as filled in, without its side. `limit` is the second price of a stop-limit order."""

    kind: OrderKind
    size_mode: SizeMode
    size: Decimal
    price: Decimal | None
    sl: Level | None
    tp: Level | None
    comment: str = ""
    limit: Decimal | None = None

    def ticket(self, client_id: UUID, side: Side, market: Market) -> OrderTicket:
        """Returns the order to preview or send.

        Raises:
            DraftError: a level can't be worked out.
        """
        sl, tp = self.prices(side, market)
        return OrderTicket(
            client_id=client_id, symbol=market.spec.name, side=side, kind=self.kind, size_mode=self.size_mode,
            size=self.size, price=self.price, stop_limit_price=self.limit, sl=sl, tp=tp, comment=self.comment,
        )  # fmt: skip

    def prices(self, side: Side, market: Market) -> tuple[Decimal | None, Decimal | None]:
        """Returns the prices of stop and target for a side.

        Raises:
            DraftError: one can't be worked out.
        """
        basis = self.basis(side, market)
        sl = stop_price(self.sl, basis) if self.sl is not None else None
        return sl, target_price(self.tp, sl, basis) if self.tp is not None else None

    def basis(self, side: Side, market: Market) -> Basis:
        """Returns what the levels of a side are measured from."""
        entry, lots, risk = self.entry(side, market.bid, market.ask), None, None
        if self.size_mode is SizeMode.LOTS:
            lots = self.size
        elif self.size_mode is SizeMode.UNITS:
            lots = self.size / numbers.decimal(market.spec.contract_size or 1.0)
        elif self.size_mode is SizeMode.RISK_MONEY:
            risk = self.size
        else:
            risk = numbers.decimal(market.equity) * self.size / 100
        return Basis(market.spec, side, entry, lots, risk, market.atr, market.commission)

    def side(self, bid: float, ask: float) -> Side | None:
        """Returns the side the levels are for: a stop below the entry means buy; None when nothing tells."""
        entry = self._fill_price or Decimal(str((bid + ask) / 2))
        if self.sl is not None and self.sl.unit is LevelUnit.PRICE:
            return Side.BUY if self.sl.value < entry else Side.SELL
        if self.tp is not None and self.tp.unit is LevelUnit.PRICE:
            return Side.BUY if self.tp.value > entry else Side.SELL
        if self.price is None:
            return None
        below = self.price < Decimal(str((bid + ask) / 2))
        return Side.BUY if below == (self.kind is OrderKind.LIMIT) else Side.SELL

    def entry(self, side: Side, bid: float, ask: float) -> Decimal:
        """Returns the price the order is meant to fill at."""
        return self._fill_price or Decimal(str(ask if side is Side.BUY else bid))

    @property
    def _fill_price(self) -> Decimal | None:
        return self.limit if self.limit is not None else self.price


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
