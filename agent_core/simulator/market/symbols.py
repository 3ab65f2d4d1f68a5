"""The symbols the simulated broker offers."""

from dataclasses import dataclass

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


SYMBOLS: dict[str, Symbol] = {
    symbol.name: symbol
    for symbol in (
        Symbol("EURUSD", "Euro vs US Dollar", 5, "EUR", "USD", 1.1580, 0.0045, 6, -7.1, 2.9, filling=3, selected=True),
        Symbol("GBPUSD", "Great Britain Pound vs US Dollar", 5, "GBP", "USD", 1.3120, 0.0050, 8, -3.4, -1.9,
               selected=True),
        Symbol("USDJPY", "US Dollar vs Japanese Yen", 3, "USD", "JPY", 154.60, 0.0055, 8, 9.3, -19.6, filling=2,
               selected=True),
        Symbol("USDCHF", "US Dollar vs Swiss Franc", 5, "USD", "CHF", 0.8050, 0.0048, 10, 5.2, -10.4, stops_level=10,
               execution=INSTANT_EXECUTION, selected=True),
        Symbol("AUDUSD", "Australian Dollar vs US Dollar", 5, "AUD", "USD", 0.6510, 0.0058, 8, -2.2, -0.7,
               selected=True),
        Symbol("USDCAD", "US Dollar vs Canadian Dollar", 5, "USD", "CAD", 1.4010, 0.0040, 10, 1.1, -6.9,
               selected=True),
        Symbol("NZDUSD", "New Zealand Dollar vs US Dollar", 5, "NZD", "USD", 0.5670, 0.0060, 11, -1.4, -1.2),
        Symbol("EURJPY", "Euro vs Japanese Yen", 3, "EUR", "JPY", 179.03, 0.0060, 14, 5.6, -16.8, filling=3,
               legs=("EURUSD", "USDJPY"), folder="Forex\\Crosses"),
        Symbol("XAUUSD", "Gold vs US Dollar", 2, "XAU", "USD", 4065.0, 0.0095, 12, -46.2, 21.7, contract_size=100.0,
               stops_level=20, filling=2, volume_max=50.0, folder="Metals", selected=True),
    )
}  # fmt: skip
"""All symbols by name, in the order of the Market Watch window."""
