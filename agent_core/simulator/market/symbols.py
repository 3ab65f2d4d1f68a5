"""The symbols the simulated broker offers."""

from dataclasses import dataclass
from typing import Any

MARKET_EXECUTION = 2
INSTANT_EXECUTION = 1


@dataclass(frozen=True, slots=True)
class Symbol:
    """Contract of a symbol.

    Attributes:
        price: Level the seeded price moves around.
        daily_volatility: Standard deviation of a day's move, as a fraction of the price.
        spread: Smallest spread in points.
        legs: Symbols whose product gives this one's price (a cross); empty for one that moves on its own.
        over: Symbols that this product is divided by.
        session: Minutes of the server's day from which and up to which it is quoted and traded.
        swap_long: Points a night and lot; triple on Wednesdays.
        filling: Bit mask of allowed filling modes: 1 FOK, 2 IOC.
    """

    name: str
    description: str
    digits: int
    base: str
    profit: str
    price: float
    daily_volatility: float
    spread: int
    swap_long: float
    swap_short: float
    contract_size: float = 100_000.0
    stops_level: int = 0
    freeze_level: int = 0
    execution: int = MARKET_EXECUTION
    filling: int = 1
    volume_min: float = 0.01
    volume_max: float = 100.0
    volume_step: float = 0.01
    legs: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    session: tuple[int, int] = (0, 1440)
    folder: str = "Forex\\Majors"
    selected: bool = False

    @property
    def point(self) -> float:
        """Smallest price step."""
        return round(10.0**-self.digits, self.digits)

    @property
    def scale(self) -> int:
        """Points in one unit of price."""
        return int(10**self.digits)

    @property
    def cfd(self) -> bool:
        """Whether margin is a share of the contract's value in the profit currency, as for metals and indices."""
        return self.contract_size <= 1000

    @property
    def margin_currency(self) -> str:
        """Currency that margin is computed in."""
        return self.profit if self.cfd else self.base

    def in_session(self, server_seconds: int) -> bool:
        """Whether it is quoted and traded at a moment of the server's day."""
        return self.session[0] <= server_seconds // 60 % 1440 < self.session[1]


_CURRENCIES = {
    "EUR": "Euro", "GBP": "Great Britain Pound", "AUD": "Australian Dollar", "NZD": "New Zealand Dollar",
    "USD": "US Dollar", "CAD": "Canadian Dollar", "CHF": "Swiss Franc", "JPY": "Japanese Yen",
}  # fmt: skip


def _major(name: str, price: float, volatility: float, spread: int, swaps: tuple[float, float], **more: Any) -> Symbol:
    base, profit = name[:3], name[3:]
    text = f"{_CURRENCIES[base]} vs {_CURRENCIES[profit]}"
    return Symbol(name, text, 3 if profit == "JPY" else 5, base, profit, price, volatility, spread, *swaps, **more)


def _cross(name: str, spread: int, swaps: tuple[float, float], **more: Any) -> Symbol:
    """A cross; its price is that of its two majors."""
    base, profit = name[:3], name[3:]
    legs: list[str] = []
    over: list[str] = []
    for currency, times, divided in ((base, legs, over), (profit, over, legs)):
        if f"{currency}USD" in _MAJORS:
            times.append(f"{currency}USD")
        else:
            divided.append(f"USD{currency}")
    return _major(name, 0.0, 0.0055, spread, swaps, legs=tuple(legs), over=tuple(over), folder="Forex\\Crosses", **more)


_MAJORS: dict[str, Symbol] = {
    symbol.name: symbol
    for symbol in (
        _major("EURUSD", 1.1580, 0.0045, 6, (-7.1, 2.9), filling=3, selected=True),
        _major("GBPUSD", 1.3120, 0.0050, 8, (-3.4, -1.9), selected=True),
        _major("USDJPY", 154.60, 0.0055, 8, (9.3, -19.6), filling=2, selected=True),
        _major("USDCHF", 0.8050, 0.0048, 10, (5.2, -10.4), stops_level=10, freeze_level=5,
               execution=INSTANT_EXECUTION, selected=True),
        _major("AUDUSD", 0.6510, 0.0058, 8, (-2.2, -0.7), selected=True),
        _major("USDCAD", 1.4010, 0.0040, 10, (1.1, -6.9), selected=True),
        _major("NZDUSD", 0.5670, 0.0060, 11, (-1.4, -1.2)),
    )
}  # fmt: skip

SYMBOLS: dict[str, Symbol] = _MAJORS | {
    symbol.name: symbol
    for symbol in (
        _cross("EURJPY", 14, (5.6, -16.8), filling=3),
        _cross("EURGBP", 10, (-4.9, 1.2)),
        _cross("EURCHF", 16, (2.4, -8.8)),
        _cross("EURAUD", 20, (-6.1, 0.4)),
        _cross("EURCAD", 20, (-5.2, -0.6)),
        _cross("EURNZD", 28, (-5.8, -0.9)),
        _cross("GBPJPY", 20, (10.8, -27.4), filling=2),
        _cross("GBPCHF", 24, (6.6, -15.1)),
        _cross("GBPAUD", 28, (-1.9, -5.5)),
        _cross("GBPCAD", 28, (-0.8, -6.2)),
        _cross("GBPNZD", 36, (-1.3, -6.9)),
        _cross("AUDJPY", 14, (4.8, -12.3)),
        _cross("AUDNZD", 18, (-2.2, -1.5)),
        _cross("AUDCAD", 16, (-0.6, -3.4)),
        _cross("AUDCHF", 16, (2.9, -7.7)),
        _cross("CADJPY", 16, (4.1, -11.0)),
        _cross("CADCHF", 16, (2.6, -6.9)),
        _cross("CHFJPY", 18, (2.2, -10.4)),
        _cross("NZDJPY", 16, (4.0, -10.6)),
        Symbol("XAUUSD", "Gold vs US Dollar", 2, "XAU", "USD", 4065.0, 0.0095, 12, -46.2, 21.7, contract_size=100.0,
               stops_level=20, filling=2, volume_max=50.0, folder="Metals", selected=True),
        Symbol("XAGUSD", "Silver vs US Dollar", 3, "XAG", "USD", 50.40, 0.0160, 18, -5.9, 2.3, contract_size=1000.0,
               stops_level=30, filling=2, volume_max=50.0, folder="Metals"),
        Symbol("US500", "US 500 Index", 1, "USD", "USD", 6730.0, 0.0090, 4, -9.1, 3.3, contract_size=1.0, filling=3,
               volume_min=0.1, volume_step=0.1, session=(60, 1395), folder="Indices"),
        Symbol("GER40", "Germany 40 Index", 1, "EUR", "EUR", 23_560.0, 0.0100, 10, -13.0, 4.6, contract_size=1.0,
               filling=3, volume_min=0.1, volume_step=0.1, session=(135, 1380), folder="Indices"),
    )
}  # fmt: skip
"""All symbols by name, in the order of the Market Watch window."""
