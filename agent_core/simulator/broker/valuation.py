"""What positions are worth: profit, margin and conversion into the account's currency (USD)."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent_core.simulator.broker.models import BUY, Position
from agent_core.simulator.market.market import Market, Quote
from agent_core.simulator.market.symbols import SYMBOLS, Symbol

LEVERAGE = 100
ACCOUNT_CURRENCY = "USD"


class NoPriceError(Exception):
    """A symbol that is needed has no price."""


@dataclass(frozen=True, slots=True)
class AccountValues:
    """The account's sums in USD; `margin_level` in percent, 0 without margin."""

    balance: float
    profit: float
    equity: float
    margin: float
    margin_free: float
    margin_level: float


class Valuation:
    """Values at the market's present prices."""

    def __init__(self, market: Market) -> None:
        self._market = market

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
        """USD for one unit of a currency; a gain is converted at the worse side, as a loss is."""
        if currency == ACCOUNT_CURRENCY:
            return 1.0
        direct = SYMBOLS.get(currency + ACCOUNT_CURRENCY)
        if direct is not None:
            quote = self.quote(direct.name)
            return quote.bid if gain else quote.ask
        quote = self.quote(ACCOUNT_CURRENCY + currency)
        return 1.0 / (quote.ask if gain else quote.bid)

    def profit(self, symbol: Symbol, type_: int, volume: float, price_open: float, price_close: float) -> float:
        """Profit in USD of a position between two prices, rounded to cents."""
        sign = 1 if type_ == BUY else -1
        amount = (price_close - price_open) * sign * symbol.contract_size * volume
        return round(amount * self.rate(symbol.profit, gain=amount > 0), 2)

    def tick_value(self, symbol: Symbol, *, gain: bool) -> float:
        """USD a lot gains or loses with one point."""
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
        """Margin in USD of a volume opened at a price."""
        amount = symbol.contract_size * volume / LEVERAGE
        if symbol.base == ACCOUNT_CURRENCY:
            return round(amount, 2)
        if symbol.profit == ACCOUNT_CURRENCY:
            return round(amount * price, 2)
        return round(amount * self.rate(symbol.base, gain=False), 2)

    def used_margin(self, positions: Iterable[Position]) -> float:
        """Margin of all positions; of two opposite ones of a symbol only the larger side counts."""
        sides: dict[str, list[list[Position]]] = {}
        for position in positions:
            sides.setdefault(position.symbol, [[], []])[position.type].append(position)
        total = 0.0
        for name, both in sides.items():
            total += max(sum(self.margin(SYMBOLS[name], p.volume, p.price_open) for p in side) for side in both)
        return round(total, 2)

    def account(self, balance: float, positions: Iterable[Position]) -> AccountValues:
        """The account's sums."""
        open_positions = list(positions)
        profit = round(sum(self.position_profit(position) + position.swap for position in open_positions) + 0.0, 2)
        margin = self.used_margin(open_positions)
        equity = round(balance + profit, 2)
        level = equity / margin * 100.0 if margin else 0.0
        return AccountValues(balance, profit, equity, margin, round(equity - margin, 2), level)
