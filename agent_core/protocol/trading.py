"""Bodies of orders, positions, account, trade events and the kill switch."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from agent_core.protocol.base import AnswerModel, WireModel

SideName = Literal["BUY", "SELL"]
OrderTypeName = Literal["MARKET", "LIMIT", "STOP"]
LevelModeName = Literal["PRICE", "PIPS", "MONEY"]

#: What prices and volumes fit into; numbers far beyond can't be calculated with.
MAX_DIGITS = 40


class OrderRequest(WireModel):
    """`POST /orders`. `units` are units of the base currency (100,000 = 1 standard lot of EURUSD).

    Attributes:
        sl_mode: Whether `sl` is a price, pips from the entry, or the money in the account's currency that the whole
            order loses there; `tp_mode` likewise, with what it wins.
    """

    broker_connection_id: UUID
    instrument: str
    side: SideName
    units: Decimal = Field(gt=0, max_digits=MAX_DIGITS)
    type: OrderTypeName = "MARKET"
    price: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    sl: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    tp: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    sl_mode: LevelModeName = "PRICE"
    tp_mode: LevelModeName = "PRICE"


class OrderAnswer(AnswerModel):
    """Answer of `POST /orders` and `POST /positions/{id}/reverse` (201). `fill_price` is null for a pending order."""

    order_id: str
    position_id: str | None = None
    fill_price: Decimal | None
    units: Decimal
    timestamp: datetime


class PositionAnswer(AnswerModel):
    """A row of `GET /positions`."""

    position_id: str
    instrument: str
    side: SideName
    units: Decimal
    open_price: Decimal
    current_price: Decimal
    pnl: Decimal
    sl: Decimal | None = None
    tp: Decimal | None = None
    opened_at: datetime
    owner: str | None = None


class PendingOrderAnswer(AnswerModel):
    """A row of `GET /orders`."""

    order_id: str
    instrument: str
    side: SideName
    type: OrderTypeName
    units: Decimal
    price: Decimal
    sl: Decimal | None = None
    tp: Decimal | None = None
    placed_at: datetime


class ModifyRequest(WireModel):
    """`PATCH /positions/{id}` and `PATCH /orders/{id}`. Null removes a level, a missing member keeps it."""

    sl: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    tp: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    price: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)


class CloseByRequest(WireModel):
    """`POST /positions/{id}/close-by`: the opposite position of the same instrument that closes it."""

    opposite_position_id: str = Field(min_length=1, max_length=40)


class CloseAnswer(AnswerModel):
    """Answer of `DELETE /positions/{id}` and `POST /positions/{id}/close-by` (200). Query `units` closes a part.

    Attributes:
        units: What was closed, which may be less than was asked for: brokers close whole steps of a lot. Null where
            the broker doesn't tell.
    """

    closed_price: Decimal
    pnl: Decimal
    units: Decimal | None = None


class AccountAnswer(AnswerModel):
    """`GET /account`."""

    balance: Decimal
    equity: Decimal
    margin_used: Decimal
    margin_available: Decimal
    margin_level: Decimal | None = None
    currency: str
    account_number: str
    account_type: Literal["demo", "live"]
    as_of: datetime


class StopAllRequest(WireModel):
    """`POST /stop-all`, the kill switch."""

    broker_connection_id: UUID
    close_positions: bool = True
    cancel_orders: bool = True
    stop_eas: bool = True


class StopAllAnswer(AnswerModel):
    """What the kill switch did; `failed` holds one sentence a failure."""

    closed_positions: int
    cancelled_orders: int
    stopped_eas: int
    failed: list[str]


class TradeEvent(AnswerModel):
    """A row of `GET /trade-events`."""

    id: UUID
    broker_connection_id: UUID | None
    event_type: str
    instrument: str | None
    side: str | None
    units: Decimal | None
    price: Decimal | None
    broker_order_id: str | None
    broker_position_id: str | None
    raw: dict[str, Any]
    created_at: datetime
