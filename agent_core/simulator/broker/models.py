"""What the trade server keeps. Field names are MetaTrader5's; times are server milliseconds."""

from dataclasses import dataclass

BUY, SELL = 0, 1


@dataclass(slots=True)
class Position:
    """An open position."""

    ticket: int
    symbol: str
    type: int
    volume: float
    price_open: float
    sl: float
    tp: float
    time_msc: int
    time_update_msc: int
    magic: int
    reason: int
    comment: str
    swap: float = 0.0

    @property
    def sign(self) -> int:
        """+1 for a long position, −1 for a short one."""
        return 1 if self.type == BUY else -1


@dataclass(slots=True)
class Order:
    """An order, working or done.

    Attributes:
        price_current: The market's price when it was done.
        unfilled: Volume that the market did not have for it.
    """

    ticket: int
    symbol: str
    type: int
    type_time: int
    type_filling: int
    state: int
    volume_initial: float
    volume_current: float
    price_open: float
    price_stoplimit: float
    sl: float
    tp: float
    time_setup_msc: int
    time_done_msc: int
    time_expiration: int
    magic: int
    reason: int
    comment: str
    position_id: int = 0
    position_by_id: int = 0
    price_current: float = 0.0
    unfilled: float = 0.0

    @property
    def volume_filled(self) -> float:
        """Volume that it is carried out with."""
        return round(self.volume_initial - self.unfilled, 8)


@dataclass(slots=True)
class Deal:
    """An execution, or an operation on the balance."""

    ticket: int
    order: int
    symbol: str
    type: int
    entry: int
    volume: float
    price: float
    time_msc: int
    position_id: int
    magic: int
    reason: int
    comment: str
    commission: float = 0.0
    swap: float = 0.0
    profit: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """A trade request, in MetaTrader5's order of fields."""

    action: int = 0
    magic: int = 0
    order: int = 0
    symbol: str = ""
    volume: float = 0.0
    price: float = 0.0
    stoplimit: float = 0.0
    sl: float = 0.0
    tp: float = 0.0
    deviation: int = 0
    type: int = 0
    type_filling: int = 0
    type_time: int = 0
    expiration: int = 0
    comment: str = ""
    position: int = 0
    position_by: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """Answer to a trade request."""

    retcode: int
    deal: int = 0
    order: int = 0
    volume: float = 0.0
    price: float = 0.0
    bid: float = 0.0
    ask: float = 0.0
    comment: str = ""
    request_id: int = 0


class RefusedError(Exception):
    """The server refuses a request with a return code."""

    def __init__(self, retcode: int) -> None:
        super().__init__(str(retcode))
        self.retcode = retcode
