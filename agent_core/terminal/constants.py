"""Numbers of MetaTrader 5's API, by their own names. Only the terminal host imports the vendor's module itself."""

from enum import IntEnum, IntFlag

from agent_core.protocol.market import Timeframe


class TradeAction(IntEnum):
    """`TRADE_ACTION_*`."""

    DEAL = 1
    PENDING = 5
    SLTP = 6
    MODIFY = 7
    REMOVE = 8
    CLOSE_BY = 10


class OrderType(IntEnum):
    """`ORDER_TYPE_*`."""

    BUY = 0
    SELL = 1
    BUY_LIMIT = 2
    SELL_LIMIT = 3
    BUY_STOP = 4
    SELL_STOP = 5
    BUY_STOP_LIMIT = 6
    SELL_STOP_LIMIT = 7
    CLOSE_BY = 8


class Filling(IntEnum):
    """`ORDER_FILLING_*`: what an order asks for."""

    FOK = 0
    IOC = 1
    RETURN = 2
    BOC = 3


class FillingFlag(IntFlag):
    """`SYMBOL_FILLING_*`: what a symbol allows. RETURN has no flag."""

    FOK = 1
    IOC = 2
    BOC = 4


class Execution(IntEnum):
    """`SYMBOL_TRADE_EXECUTION_*`."""

    REQUEST = 0
    INSTANT = 1
    MARKET = 2
    EXCHANGE = 3


class OrderTime(IntEnum):
    """`ORDER_TIME_*`."""

    GTC = 0
    DAY = 1


class ExpirationFlag(IntFlag):
    """`SYMBOL_EXPIRATION_*`."""

    GTC = 1
    DAY = 2


class OrderMode(IntFlag):
    """`SYMBOL_ORDER_*`: kinds of order a symbol takes."""

    MARKET = 1
    LIMIT = 2
    STOP = 4
    STOP_LIMIT = 8
    CLOSE_BY = 64


class OrderState(IntEnum):
    """`ORDER_STATE_*` of an order that is done."""

    CANCELED = 2
    PARTIAL = 3
    FILLED = 4
    REJECTED = 5
    EXPIRED = 6


class DealEntry(IntEnum):
    """`DEAL_ENTRY_*`."""

    IN = 0
    OUT = 1
    INOUT = 2
    OUT_BY = 3


TRADE_MODE_REAL = 2
MARGIN_MODE_HEDGING = 2

TIMEFRAMES: dict[Timeframe, int] = {
    "M1": 1, "M2": 2, "M3": 3, "M4": 4, "M5": 5, "M6": 6, "M10": 10, "M12": 12, "M15": 15, "M20": 20, "M30": 30,
    "H1": 0x4001, "H2": 0x4002, "H3": 0x4003, "H4": 0x4004, "H6": 0x4006, "H8": 0x4008, "H12": 0x400C,
    "D1": 0x4018, "W1": 0x8001, "MN1": 0xC001,
}  # fmt: skip
