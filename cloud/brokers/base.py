"""What a broker can do, whichever it is. One adapter a connection type; a new broker is one more entry in the table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.trading import (
    AccountAnswer,
    OrderRequest,
    PendingOrderAnswer,
    PositionAnswer,
    StopAllAnswer,
    StopAllRequest,
)

Level = Literal["sl", "tp", "price"]


@dataclass(frozen=True, slots=True)
class BrokerAccount:
    """A broker connection as its adapter needs it.

    Attributes:
        agent_id: MT5: the agent that reaches the terminal; null when it was unpaired.
        terminal_account: MT5: the account the agent's terminal was last signed in to; null when not known.
        credentials_encrypted: Others: what the vault decrypts.
    """

    id: UUID
    user_id: UUID
    type: str
    agent_id: UUID | None
    account_number: str | None
    account_type: str
    label: str
    is_active: bool
    credentials_encrypted: bytes | None = None
    terminal_account: str | None = None


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order the broker has accepted. `fill_price` is null while it is pending."""

    order_id: str
    position_id: str | None
    fill_price: Decimal | None
    units: Decimal
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class LevelChange:
    """New levels. Null removes a level, one named in `keep` stays as it is."""

    sl: Decimal | None = None
    tp: Decimal | None = None
    price: Decimal | None = None
    keep: frozenset[Level] = frozenset()


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """A position to close, whole or so many units of it."""

    position_id: str
    units: Decimal | None


@dataclass(frozen=True, slots=True)
class Closing:
    """A position that was closed, in whole or in part. `units` is null where the broker doesn't tell."""

    price: Decimal
    pnl: Decimal
    units: Decimal | None
    order_id: str | None
    instrument: str | None = None
    side: str | None = None


ClosingTold = Callable[[str, UUID, Closing], Awaitable[None]]
"""Takes a position's closing, under its own client order id, that was a step on the way to something else."""


class BrokerAdapter(Protocol):
    """One account at one broker. All methods raise `ForexEliteError`.

    Codes: BROKER_UNAVAILABLE or AGENT_OFFLINE (nothing was done), OUTCOME_UNKNOWN (look before trying again), a
    refusal's own code (INSUFFICIENT_MARGIN, MARKET_CLOSED, ...), NOT_FOUND for a position or order that is not there.
    """

    async def account(self) -> AccountAnswer:
        """Balance, equity and margin now."""
        ...

    async def positions(self) -> list[PositionAnswer]:
        """Open positions."""
        ...

    async def orders(self) -> list[PendingOrderAnswer]:
        """Pending orders."""
        ...

    async def place_order(self, order: OrderRequest, client_order_id: UUID) -> PlacedOrder:
        """Sends an order; the same `client_order_id` never twice."""
        ...

    async def modify_position(self, position_id: str, change: LevelChange) -> None:
        """Moves stop loss and take profit."""
        ...

    async def modify_order(self, order_id: str, change: LevelChange) -> None:
        """Moves a pending order's price and levels."""
        ...

    async def cancel_order(self, order_id: str) -> None:
        """Cancels a pending order."""
        ...

    async def close_position(self, position_id: str, units: Decimal | None, client_order_id: UUID) -> Closing:
        """Closes a position, or so many units of it; under the same `client_order_id` never twice."""
        ...

    async def close_by(self, position_id: str, opposite_position_id: str, client_order_id: UUID) -> Closing:
        """Closes a position by an opposite one of the same instrument; the larger one stays open with the rest."""
        ...

    async def reverse(self, position_id: str, client_order_id: UUID, closed: ClosingTold) -> PlacedOrder:
        """Closes a position and opens one of the same size on the other side, without stop and target."""
        ...

    async def stop_all(self, request: StopAllRequest, closed: ClosingTold) -> StopAllAnswer:
        """The kill switch."""
        ...


AdapterFactory = Callable[[BrokerAccount], BrokerAdapter]


class BrokerAdapters:
    """Adapters by connection type."""

    def __init__(self) -> None:
        self._factories: dict[str, AdapterFactory] = {}

    def register(self, connection_type: str, factory: AdapterFactory) -> None:
        """Enters the adapter of a type."""
        self._factories[connection_type] = factory

    def of(self, account: BrokerAccount) -> BrokerAdapter:
        """The adapter of a connection.

        Raises:
            ForexEliteError: BROKER_UNAVAILABLE, the connection is switched off or can't be used on this server.
        """
        factory = self._factories.get(account.type)
        if factory is None:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE,
                f"{account.type} accounts can't be traded on this server. Use an MT5 connection.",
            )
        if not account.is_active:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE, f"The connection '{account.label}' is switched off. Connect it again."
            )
        return factory(account)
