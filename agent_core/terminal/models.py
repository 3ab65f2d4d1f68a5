"""What a terminal holds, as plain frozen data. Times are aware UTC; prices and money as MetaTrader gives them."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agent_core.terminal.wine import WinePrefix

#: One bar: `time` is the start in epoch seconds UTC, `volume` the tick volume, `spread` in points.
BAR_DTYPE = np.dtype(
    [
        ("time", "i8"), ("open", "f8"), ("high", "f8"), ("low", "f8"), ("close", "f8"),
        ("volume", "i8"), ("spread", "i4"),
    ]
)  # fmt: skip

Bars = npt.NDArray[np.void]
"""Structured array of `BAR_DTYPE`, oldest first."""


class Side(StrEnum):
    """Direction of an order or a position."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for BUY, −1 for SELL."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderKind(StrEnum):
    """Kind of an order, without its side."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"


class TradeMode(IntEnum):
    """`SYMBOL_TRADE_MODE_*`."""

    DISABLED = 0
    LONG_ONLY = 1
    SHORT_ONLY = 2
    CLOSE_ONLY = 3
    FULL = 4


@dataclass(frozen=True, slots=True)
class Tick:
    """A quote. `time_msc` is epoch milliseconds UTC."""

    symbol: str
    bid: float
    ask: float
    time_msc: int

    @property
    def quoted(self) -> bool:
        """Whether there is a price at all: before a symbol's first quote both are 0."""
        return self.bid > 0 and self.ask > 0


@dataclass(frozen=True, slots=True)
class SymbolSpec:
    """A symbol's contract. Levels and spread are in points; tick values in the account's currency per lot."""

    name: str
    description: str
    path: str
    digits: int
    point: float
    tick_size: float
    tick_value: float
    tick_value_profit: float
    tick_value_loss: float
    contract_size: float
    volume_min: float
    volume_max: float
    volume_step: float
    volume_limit: float
    stops_level: int
    freeze_level: int
    trade_mode: TradeMode
    execution_mode: int
    filling_mode: int
    expiration_mode: int
    order_mode: int
    currency_base: str
    currency_profit: str
    currency_margin: str
    spread: int
    visible: bool
    selected: bool
    swap_long: float
    swap_short: float

    @property
    def pip(self) -> float:
        """Size of one pip: 10 points with 3 or 5 digits, else one point."""
        return self.point * (10 if self.digits in (3, 5) else 1)


@dataclass(frozen=True, slots=True)
class Account:
    """A trading account; `margin_level` in percent, None without margin in use."""

    login: int
    server: str
    company: str
    name: str
    currency: str
    currency_digits: int
    leverage: int
    live: bool
    hedging: bool
    balance: float
    credit: float
    profit: float
    equity: float
    margin: float
    margin_free: float
    margin_level: float | None
    trade_allowed: bool
    trade_expert: bool

    @property
    def key(self) -> str:
        """What is kept for an account is kept under this: "login@server"."""
        return f"{self.login}@{self.server}"


@dataclass(frozen=True, slots=True)
class Position:
    """An open position. `sl` and `tp` are None when not set; `profit` excludes `swap`."""

    ticket: int
    symbol: str
    side: Side
    volume: float
    price_open: float
    price_current: float
    sl: float | None
    tp: float | None
    profit: float
    swap: float
    time: datetime
    magic: int
    comment: str
    identifier: int


@dataclass(frozen=True, slots=True)
class PendingOrder:
    """A working order."""

    ticket: int
    symbol: str
    side: Side
    kind: OrderKind
    volume: float
    price: float
    stop_limit_price: float | None
    sl: float | None
    tp: float | None
    time: datetime
    expiration: datetime | None
    magic: int
    comment: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an order is judged by, read in one go: the account first, so that no other one's figures slip in."""

    account: Account
    spec: SymbolSpec
    tick: Tick
    positions: list[Position]
    orders: list[PendingOrder]


@dataclass(frozen=True, slots=True)
class HistoryOrder:
    """An order that is done. `state` is `ORDER_STATE_*` (4 filled, 2 cancelled, 5 rejected, 6 expired, 3 partial)."""

    ticket: int
    symbol: str
    side: Side
    kind: OrderKind
    state: int
    volume_initial: float
    volume_current: float
    price: float
    time_setup: datetime
    time_done: datetime
    position_id: int
    magic: int
    comment: str


@dataclass(frozen=True, slots=True)
class Deal:
    """An execution. `entry`: 0 in, 1 out, 2 in/out, 3 out by. Balance operations have side None."""

    ticket: int
    order: int
    position_id: int
    symbol: str
    side: Side | None
    entry: int
    volume: float
    price: float
    profit: float
    commission: float
    swap: float
    fee: float
    time: datetime
    magic: int
    comment: str

    @property
    def costs(self) -> float:
        """Commission, swap and fee, in the account's currency; below zero where they were paid."""
        return self.commission + self.swap + self.fee

    @property
    def net(self) -> float:
        """What it moved the balance by: profit and costs, or the deposit or withdrawal."""
        return self.profit + self.costs


@dataclass(frozen=True, slots=True)
class SendResult:
    """Answer to a sent order. `deal` and `order` are 0 and `price` 0.0 where there is none."""

    retcode: int
    deal: int
    order: int
    volume: float
    price: float
    bid: float
    ask: float
    comment: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What the account would look like after an order. `retcode` 0 means that it could be sent."""

    retcode: int
    balance: float
    equity: float
    profit: float
    margin: float
    margin_free: float
    comment: str


@dataclass(frozen=True, slots=True)
class TerminalInfo:
    """State of the terminal program; `ping_ms` to the broker."""

    connected: bool
    trade_allowed: bool
    tradeapi_disabled: bool
    build: int
    ping_ms: float
    name: str
    company: str
    path: Path
    data_path: Path
    max_bars: int


@dataclass(frozen=True, slots=True)
class Permission:
    """One switch of the stack that must be on before an order may go out.

    Attributes:
        name: What it is, as the user sees it in MetaTrader.
        allowed: Whether it is on.
        fix: One sentence: how to turn it on.
    """

    name: str
    allowed: bool
    fix: str


@dataclass(frozen=True, slots=True)
class TerminalInstall:
    """A terminal found on this computer.

    Attributes:
        executable: Path of terminal64.exe.
        data_folder: The folder that holds `MQL5`; of a terminal that never ran, where it will be.
        portable: Whether it must be started with /portable.
        running: Whether a process of it runs now.
        build: Its build, as far as its journals tell.
        login: Number of the account that it logs in to by itself, if any; `server` is that account's.
        wine_prefix: The Wine prefix it lies in, where it is no program of this system.
    """

    executable: Path
    data_folder: Path
    portable: bool
    running: bool
    name: str
    build: int | None = None
    login: int | None = None
    server: str = ""
    wine_prefix: Path | None = None

    @property
    def metaeditor(self) -> Path:
        """Path of metaeditor64.exe."""
        return self.executable.with_name("metaeditor64.exe")

    @property
    def facts(self) -> str:
        """What is known about it beside its name, for the user: account, build, Wine."""
        known = [
            f"Logs in to {self.login} at {self.server}" if self.login else "",
            f"build {self.build}" if self.build else "",
            f"under Wine in {self.wine_prefix}" if self.wine_prefix else "",
        ]
        return ", ".join(filter(None, known))

    @property
    def launcher(self) -> tuple[str, ...]:
        """What is put before its programs to start them; nothing where the system runs them itself."""
        return () if self.wine_prefix is None else WinePrefix(self.wine_prefix).launcher

    def spelled(self, path: Path) -> str:
        """A path as its programs spell it."""
        return str(path) if self.wine_prefix is None else WinePrefix(self.wine_prefix).windows(path)

    def located(self, spelled: str) -> Path:
        """Where a path that its programs spell lies."""
        return Path(spelled) if self.wine_prefix is None else WinePrefix(self.wine_prefix).unix(spelled)
