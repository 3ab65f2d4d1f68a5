"""Tickets, previews, outcomes and limits. Prices, sizes and money are decimals snapped to the contract's steps."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import Enum, StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from agent_core.protocol.errors import ErrorCode
from agent_core.terminal.models import OrderKind, Side


class SizeMode(StrEnum):
    """What `OrderTicket.size` means: lots, units of the base currency, percent of equity, or money at risk."""

    LOTS = "LOTS"
    UNITS = "UNITS"
    RISK_PERCENT = "RISK_PERCENT"
    RISK_MONEY = "RISK_MONEY"


class LevelMode(StrEnum):
    """How a stop or target is given: as a price, as pips from the entry, or as money lost or won there."""

    PRICE = "PRICE"
    PIPS = "PIPS"
    MONEY = "MONEY"


class Keep(Enum):
    """`KEEP` leaves a price as the terminal has it when the change is sent, whoever set it."""

    KEEP = "keep"


KEEP = Keep.KEEP
#: A stop or target in a change: a price, None for none at all, or `KEEP`.
Level = Decimal | None | Keep


@dataclass(frozen=True, slots=True)
class OrderTicket:
    """What a trader, or a job, wants to be sent.

    Attributes:
        client_id: Identity of the order; the same one is never sent twice.
        price: Price of a pending order; None for a market order.
        sl: Stop, as `sl_mode` says.
        tp: Target, as `tp_mode` says.
        deviation: Points the price may move against the trader while the order is on its way.
        owner: Who asked: "manual", or the name of a program.
    """

    client_id: UUID
    symbol: str
    side: Side
    kind: OrderKind
    size_mode: SizeMode
    size: Decimal
    price: Decimal | None = None
    stop_limit_price: Decimal | None = None
    sl: Decimal | None = None
    tp: Decimal | None = None
    deviation: int = 10
    comment: str = ""
    owner: str = "manual"
    sl_mode: LevelMode = LevelMode.PRICE
    tp_mode: LevelMode = LevelMode.PRICE


@dataclass(frozen=True, slots=True)
class Finding:
    """Why an order can't be sent: a code, one clear sentence, the field it concerns."""

    code: ErrorCode
    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class OrderPreview:
    """What an order would do, in the account's currency.

    Attributes:
        price: Expected entry price.
        r_multiple: Distance to the target in distances to the stop; costs don't count, as in the R of a position.
        free_after: Free margin after the order.
        formula: How the lots were calculated.
        problems: One sentence each; empty means that the order may be sent.
        guard: "within limits", or the risk limit it would break.
        commission: Of opening and closing; part of `risk_money` too.
        commission_note: One sentence where the commission is a guess.
    """

    lots: Decimal
    units: Decimal
    price: Decimal
    risk_money: Decimal | None
    risk_percent: Decimal | None
    reward_money: Decimal | None
    r_multiple: Decimal | None
    margin: Decimal
    free_after: Decimal
    spread_cost: Decimal
    commission: Decimal
    stop_pips: Decimal | None
    target_pips: Decimal | None
    formula: str
    problems: tuple[str, ...]
    guard: str
    commission_note: str = ""


class OutcomeStatus(StrEnum):
    """How an order ended. UNKNOWN is being checked with the broker; DONE is a change or a cancellation."""

    FILLED = "FILLED"
    PARTIAL = "PARTIAL"
    PLACED = "PLACED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """How an order ended.

    Attributes:
        retcode: MetaTrader's return code, if it gave one.
        code: Reason of a refusal.
        message: One sentence for the trader.
        order: Broker's ticket of the order.
        position: Ticket of the position opened, changed or closed.
        profit: Realised profit of a close in the account's currency.
    """

    client_id: UUID
    status: OutcomeStatus
    retcode: int | None
    code: ErrorCode | None
    message: str
    order: int | None
    deal: int | None
    position: int | None
    price: float | None
    lots: Decimal | None
    profit: float | None
    at: datetime

    @property
    def final(self) -> bool:
        """Whether it is known how the order ended."""
        return self.status is not OutcomeStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class CloseAllOutcome:
    """What the kill switch did; `failed` holds one sentence a failure."""

    closed: int
    cancelled: int
    failed: tuple[str, ...]


class BreachAction(StrEnum):
    """What happens when the account breaks a limit: refuse new orders, or also close everything and stop EAs."""

    REFUSE = "refuse"
    FLATTEN = "flatten"


class RiskLimits(BaseModel):
    """Limits that the guard enforces; None switches one off. Money is in the account's currency.

    The last three money limits are about the account: breaking one locks trading until the trader unlocks it and
    `unlock_minutes` have passed. The others are about single orders, which are refused.

    Attributes:
        max_lots: Lots of one order.
        max_open_lots: Lots of all open positions and pending orders together.
        max_positions: Open positions and pending orders together.
        daily_loss: Loss since the broker's midnight, realised and floating.
        trailing_drawdown: Fall of the equity from its highest since this limit was set.
        absolute_drawdown: Fall of the equity from where it was when this limit was set.
        allowed_symbols: Canonical names; empty allows all.
        trade_from: Broker's time of day from which new orders are taken.
        trade_until: Broker's time of day until which they are; earlier than `trade_from` means the next day.
        max_spread_points: Spread at which market orders are still sent.
        on_breach: What happens when the account breaks one of its limits.
        unlock_minutes: Delay between the wish to unlock and the unlocking.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_lots: Decimal | None = Field(default=None, gt=0)
    max_open_lots: Decimal | None = Field(default=None, gt=0)
    max_positions: int | None = Field(default=None, ge=1)
    daily_loss: Decimal | None = Field(default=None, gt=0)
    trailing_drawdown: Decimal | None = Field(default=None, gt=0)
    absolute_drawdown: Decimal | None = Field(default=None, gt=0)
    allowed_symbols: tuple[str, ...] = ()
    trade_from: time | None = None
    trade_until: time | None = None
    max_spread_points: int | None = Field(default=None, ge=0)
    on_breach: BreachAction = BreachAction.REFUSE
    unlock_minutes: int = Field(default=15, ge=0, le=7 * 24 * 60)

    @property
    def watches_account(self) -> bool:
        """Whether any limit is about the account rather than single orders."""
        return (self.daily_loss, self.trailing_drawdown, self.absolute_drawdown) != (None, None, None)
