"""The tester's account: fills at prices it is told, the deals, the curve."""

from dataclasses import dataclass, field

from agent_core.simulator.broker.valuation import Valuation
from agent_core.simulator.market.symbols import Symbol


@dataclass(frozen=True, slots=True)
class BacktestDeal:
    """One deal as the report lists it. `time` is server seconds; `direction` "in", "out", or "" for the deposit."""

    time: int
    ticket: int
    type: str
    direction: str
    volume: float
    price: float
    commission: float
    profit: float
    balance: float
    comment: str


@dataclass(slots=True)
class OpenTrade:
    """The one position the tester holds. `side` is 1 or -1; `target` 0 for none."""

    side: int
    volume: float
    price: float
    stop: float
    target: float
    opened: int


@dataclass(slots=True)
class BacktestAccount:
    """Balance, deals and drawdowns of one test."""

    symbol: Symbol
    valuation: Valuation
    deposit: float
    balance: float
    started: int
    trade: OpenTrade | None = None
    deals: list[BacktestDeal] = field(default_factory=list)
    results: list[float] = field(default_factory=list)
    equity_peak: float = 0.0
    balance_peak: float = 0.0
    equity_drawdown: tuple[float, float] = (0.0, 0.0)
    balance_drawdown: tuple[float, float] = (0.0, 0.0)
    lowest_equity: float = 0.0
    lowest_balance: float = 0.0

    def __post_init__(self) -> None:
        self.equity_peak = self.balance_peak = self.lowest_equity = self.lowest_balance = self.deposit
        self.deals.append(BacktestDeal(self.started, 1, "balance", "", 0, 0, 0, self.deposit, self.deposit, ""))

    def open(self, time: int, side: int, volume: float, price: float, stop: float, target: float, comment: str) -> None:
        """Opens the position."""
        self.trade = OpenTrade(side, volume, price, stop, target, time)
        self._deal(time, "buy" if side > 0 else "sell", "in", volume, price, 0.0, comment)

    def close(self, time: int, price: float, comment: str) -> None:
        """Closes the position."""
        trade = self.trade
        if trade is not None:
            profit = self.floating(price)
            self.trade = None
            before = self.deals[-1].commission
            self._deal(time, "sell" if trade.side > 0 else "buy", "out", trade.volume, price, profit, comment)
            self.results.append(round(profit + before + self.deals[-1].commission, 2))

    def floating(self, price: float) -> float:
        """Profit of the position at a price."""
        trade = self.trade
        if trade is None:
            return 0.0
        return self.valuation.profit(self.symbol, 0 if trade.side > 0 else 1, trade.volume, trade.price, price)

    def mark(self, price: float) -> None:
        """Notes the equity at a price."""
        equity = self.balance + self.floating(price)
        self.equity_peak = max(self.equity_peak, equity)
        self.lowest_equity = min(self.lowest_equity, equity)
        self.equity_drawdown = max(self.equity_drawdown, _fall(self.equity_peak, equity))

    def _deal(
        self, time: int, type_: str, direction: str, volume: float, price: float, profit: float, comment: str
    ) -> None:
        commission = -self.valuation.commission(volume)
        self.balance = round(self.balance + profit + commission, 2)
        ticket = len(self.deals) + 1
        self.deals.append(
            BacktestDeal(time, ticket, type_, direction, volume, price, commission, profit, self.balance, comment)
        )
        self.balance_peak = max(self.balance_peak, self.balance)
        self.lowest_balance = min(self.lowest_balance, self.balance)
        self.balance_drawdown = max(self.balance_drawdown, _fall(self.balance_peak, self.balance))


def _fall(peak: float, value: float) -> tuple[float, float]:
    """Money lost since the peak, and its share of it in percent."""
    return (round(peak - value, 2), round((peak - value) / peak * 100, 2) if peak > 0 else 0.0)
