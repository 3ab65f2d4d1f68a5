"""Events of the terminal."""

from dataclasses import dataclass

from agent_core.events import Event
from agent_core.terminal.models import Account, Deal, PendingOrder, Permission, Position, TerminalInfo, Tick


@dataclass(frozen=True, slots=True)
class TickReceived(Event):
    """A new quote of a watched symbol."""

    tick: Tick


@dataclass(frozen=True, slots=True)
class AccountChanged(Event):
    """The account's numbers, several times a second while something moves."""

    account: Account


@dataclass(frozen=True, slots=True)
class PositionsChanged(Event):
    """All open positions."""

    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class OrdersChanged(Event):
    """All pending orders."""

    orders: tuple[PendingOrder, ...]


@dataclass(frozen=True, slots=True)
class DealsAdded(Event):
    """New executions since the last look."""

    deals: tuple[Deal, ...]


@dataclass(frozen=True, slots=True)
class SymbolsChosen(Event):
    """The user chose other broker's symbols for canonical names."""


@dataclass(frozen=True, slots=True)
class ClockMoved(Event):
    """The broker's clock is another than was taken for true: what was told before has wrong times."""


@dataclass(frozen=True, slots=True)
class TerminalLinkChanged(Event):
    """State of the link to the terminal.

    Attributes:
        state: "disconnected", "connecting", "connected" (terminal answers) or "lost".
        detail: One sentence for the user; empty when all is well.
    """

    state: str
    detail: str
    info: TerminalInfo | None = None
    permissions: tuple[Permission, ...] = ()
    round_trip_ms: float | None = None
