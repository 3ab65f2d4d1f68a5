"""What positions are worth: profit, margin and conversion into the account's currency."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent_core.simulator.broker.models import BUY, Position
from agent_core.simulator.market.market import Market, Quote
from agent_core.simulator.market.symbols import SYMBOLS, Symbol

COMMISSION_PER_LOT = 3.5
"""USD a lot and side."""
_CROSSING = "USD"
"""Currency that others are converted through where they have no symbol of their own."""


class NoPriceError(Exception):
    """A symbol that is needed has no price."""


@dataclass(frozen=True, slots=True)
class AccountValues:
    """The account's sums in its currency; `margin_level` in percent, 0 without margin."""

    balance: float
    profit: float
    equity: float
    margin: float
    margin_free: float
    margin_level: float


class Valuation:
    """Values at the market's present prices, in the account's currency."""

    def __init__(self, market: Market, currency: str = "USD", leverage: int = 100) -> None:
        self._market = market
        self.currency = currency
        self.leverage = leverage
        self.digits = 0 if currency == "JPY" else 2

    def money(self, amount: float) -> float:
        """An amount rounded as the account keeps it."""
        return round(amount, self.digits)

    def quote(self, name: str) -> Quote:
        """The present quote.

        Raises:
            NoPriceError: the symbol has none.
        """
        quote = self._market.quote(name)
        if quote is None:
            raise NoPriceError(name)
        return quote

    def rate(self, currency: str, *, gain: bool) -> float:
        """What one unit of a currency is worth; a gain is converted at the worse side, as a loss is."""
        if currency == self.currency:
            return 1.0
        if (found := self._direct(currency, self.currency, gain=gain)) is not None:
            return found
        first, second = (
            self._direct(currency, _CROSSING, gain=gain), self._direct(_CROSSING, self.currency, gain=gain),
        )  # fmt: skip
        if first is None or second is None:
            raise NoPriceError(currency)
        return first * second

    def _direct(self, currency: str, into: str, *, gain: bool) -> float | None:
        if currency + into in SYMBOLS:
            quote = self.quote(currency + into)
            return quote.bid if gain else quote.ask
        if into + currency in SYMBOLS:
            quote = self.quote(into + currency)
            return 1.0 / (quote.ask if gain else quote.bid)
        return None

    def commission(self, volume: float) -> float:
        """What the broker takes for a volume on one side."""
        return self.money(COMMISSION_PER_LOT * volume * self.rate("USD", gain=False))

    def profit(self, symbol: Symbol, type_: int, volume: float, price_open: float, price_close: float) -> float:
        """Profit of a position between two prices."""
        sign = 1 if type_ == BUY else -1
        amount = (price_close - price_open) * sign * symbol.contract_size * volume
        return self.money(amount * self.rate(symbol.profit, gain=amount > 0))

    def tick_value(self, symbol: Symbol, *, gain: bool) -> float:
        """What a lot gains or loses with one point."""
        return symbol.point * symbol.contract_size * self.rate(symbol.profit, gain=gain)

    def close_price(self, position: Position) -> float:
        """Price at which a position would be closed now."""
        quote = self.quote(position.symbol)
        return quote.bid if position.type == BUY else quote.ask

    def position_profit(self, position: Position) -> float:
        """Floating profit of a position, without swap."""
        symbol = SYMBOLS[position.symbol]
        price = self.close_price(position)
        return self.profit(symbol, position.type, position.volume, position.price_open, price)

    def margin(self, symbol: Symbol, volume: float, price: float) -> float:
        """Margin of a volume opened at a price."""
        amount = symbol.contract_size * volume / self.leverage
        if symbol.cfd:
            return self.money(amount * price * self.rate(symbol.profit, gain=False))
        if symbol.profit == self.currency:
            return self.money(amount * price)
        return self.money(amount * self.rate(symbol.base, gain=False))

    def used_margin(self, positions: Iterable[Position]) -> float:
        """Margin of all positions; of two opposite ones of a symbol only the larger side counts."""
        sides: dict[str, list[list[Position]]] = {}
        for position in positions:
            sides.setdefault(position.symbol, [[], []])[position.type].append(position)
        total = 0.0
        for name, both in sides.items():
            total += max(sum(self.margin(SYMBOLS[name], p.volume, p.price_open) for p in side) for side in both)
        return self.money(total)

    def account(self, balance: float, positions: Iterable[Position]) -> AccountValues:
        """The account's sums."""
        open_positions = list(positions)
        profit = self.money(sum(self.position_profit(position) + position.swap for position in open_positions) + 0.0)
        margin = self.used_margin(open_positions)
        equity = self.money(balance + profit)
        level = equity / margin * 100.0 if margin else 0.0
        return AccountValues(balance, profit, equity, margin, self.money(equity - margin), level)
