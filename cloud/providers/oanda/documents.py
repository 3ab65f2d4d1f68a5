"""The parts of OANDA's documents that the cloud reads. What else they hold is ignored, since OANDA adds members."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from cloud.providers.oanda.transport import unavailable


class Document(BaseModel):
    """Names as OANDA writes them are aliases."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Summary(Document):
    """An account's figures in its currency."""

    id: str
    currency: str
    balance: Decimal
    nav: Decimal = Field(alias="NAV")
    margin_used: Decimal
    margin_available: Decimal
    margin_rate: Decimal = Decimal(0)
    last_transaction_id: str = Field(alias="lastTransactionID")


class Level(Document):
    """A stop loss or take profit."""

    price: Decimal | None = None


class Trade(Document):
    """An open trade. `current_units` are signed."""

    id: str
    instrument: str
    price: Decimal
    open_time: datetime
    current_units: Decimal
    unrealized_pl: Decimal = Field(default=Decimal(0), alias="unrealizedPL")
    stop_loss_order: Level | None = None
    take_profit_order: Level | None = None


class Named(Document):
    """Anything, by its id alone."""

    id: str


class WorkingOrder(Named):
    """An order of any kind, as little of it as ends it."""

    type: str = ""
    state: str | None = None


class Extensions(Document):
    """What we wrote to an order."""

    id: str | None = None
    tag: str | None = None
    comment: str | None = None


class Terms(Document):
    """What an order is to do, and at which prices. A level that was given as a distance has no price yet."""

    units: Decimal | None = None
    price: Decimal | None = None
    stop_loss_on_fill: Level | None = None
    take_profit_on_fill: Level | None = None


class Order(Terms):
    """A working order; stop losses and take profits of trades are orders too, without instrument and units."""

    id: str
    type: str
    create_time: datetime
    instrument: str | None = None
    client_extensions: Extensions | None = None


class Part(Document):
    """What a fill opened, reduced or closed of a trade."""

    trade_id: str = Field(alias="tradeID")
    units: Decimal = Decimal(0)
    price: Decimal | None = None
    realized_pl: Decimal | None = Field(default=None, alias="realizedPL")


class Transaction(Document):
    """An entry of the account's journal."""

    id: str
    type: str
    time: datetime
    batch_id: str | None = Field(default=None, alias="batchID")
    reason: str | None = None
    reject_reason: str | None = None
    order_id: str | None = Field(default=None, alias="orderID")
    client_order_id: str | None = Field(default=None, alias="clientOrderID")
    replaces_order_id: str | None = Field(default=None, alias="replacesOrderID")
    client_extensions: Extensions | None = None
    instrument: str | None = None
    units: Decimal | None = None
    price: Decimal | None = None
    pl: Decimal | None = None
    trade_opened: Part | None = None
    trade_reduced: Part | None = None
    trades_closed: list[Part] = []

    @property
    def parts(self) -> list[Part]:
        """What a fill did: what it opened comes first."""
        return [part for part in (self.trade_opened, self.trade_reduced, *self.trades_closed) if part is not None]


class Quote(Document):
    """Present prices of an instrument; both lists may be empty."""

    instrument: str
    bids: list[Level] = []
    asks: list[Level] = []


class HomeConversion(Document):
    """What one unit of a currency is worth in the account's currency, as a profit, as a loss, and by itself."""

    currency: str
    account_gain: Decimal
    account_loss: Decimal
    position_value: Decimal


class Pricing(Document):
    """Answer of the pricing endpoint."""

    prices: list[Quote] = []
    home_conversions: list[HomeConversion] = []


class InstrumentTerms(Document):
    """Terms of trading an instrument. A pip is 10 to the `pip_location`; prices have `display_precision` digits."""

    name: str
    pip_location: int
    display_precision: int
    margin_rate: Decimal


_Document = TypeVar("_Document", bound=Document)


def plain(number: Decimal) -> str:
    """Digits without an exponent and without zeros that say nothing, which OANDA would take for precision."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read(model: type[_Document], value: Any) -> _Document:
    """Reads a document.

    Raises:
        ForexEliteError: BROKER_UNAVAILABLE, it has another shape than OANDA documents.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise unavailable("an answer that can't be read") from error


def read_list(model: type[_Document], values: Any) -> list[_Document]:
    """Reads a list of documents; raises as `read` does."""
    if not isinstance(values, list):
        raise unavailable("an answer that can't be read")
    return [read(model, value) for value in values]
