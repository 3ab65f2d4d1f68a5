"""What the terminal holds, in the words of the wire: canonical names, units, decimals."""

from datetime import UTC, datetime
from decimal import Decimal

from agent_core.protocol.base import AnswerModel
from agent_core.protocol.market import CandleAnswer
from agent_core.protocol.trading import AccountAnswer, OrderTypeName, PendingOrderAnswer, PositionAnswer
from agent_core.terminal.models import Account, Bars, OrderKind, PendingOrder, Permission, Position
from agent_core.terminal.symbols import canonical_name
from agent_core.trading.numbers import decimal


class PositionsResult(AnswerModel):
    """Result of a probe for positions."""

    positions: list[PositionAnswer]


class OrdersResult(AnswerModel):
    """Result of a probe for pending orders."""

    orders: list[PendingOrderAnswer]


class CandlesResult(AnswerModel):
    """Result of a probe for candles."""

    candles: list[CandleAnswer]


class PermissionAnswer(AnswerModel):
    """One switch of the permission stack."""

    name: str
    allowed: bool
    fix: str


class PermissionsResult(AnswerModel):
    """Result of a probe for permissions."""

    permissions: list[PermissionAnswer]


def account_answer(account: Account, as_of: datetime | None = None) -> AccountAnswer:
    """Returns an account as the wire has it."""
    return AccountAnswer(
        balance=_money(account.balance, account),
        equity=_money(account.equity, account),
        margin_used=_money(account.margin, account),
        margin_available=_money(account.margin_free, account),
        margin_level=None if account.margin_level is None else round(decimal(account.margin_level), 2),
        currency=account.currency,
        account_number=str(account.login),
        account_type="live" if account.live else "demo",
        as_of=as_of or datetime.now(UTC),
    )


def position_answer(position: Position, contract_size: float, owner: str | None) -> PositionAnswer:
    """Returns a position as the wire has it; `contract_size` in units of the base currency a lot."""
    return PositionAnswer(
        position_id=str(position.ticket),
        instrument=canonical_name(position.symbol),
        side=position.side.value,
        units=units_of(decimal(position.volume), contract_size),
        open_price=decimal(position.price_open),
        current_price=decimal(position.price_current),
        pnl=round(decimal(position.profit) + decimal(position.swap), 2),
        sl=_level(position.sl),
        tp=_level(position.tp),
        opened_at=position.time,
        owner=owner,
    )


def pending_order_answer(order: PendingOrder, contract_size: float) -> PendingOrderAnswer:
    """Returns a pending order as the wire has it. A stop-limit order counts as a stop order."""
    kind: OrderTypeName = "LIMIT" if order.kind is OrderKind.LIMIT else "STOP"
    return PendingOrderAnswer(
        order_id=str(order.ticket),
        instrument=canonical_name(order.symbol),
        side=order.side.value,
        type=kind,
        units=units_of(decimal(order.volume), contract_size),
        price=decimal(order.price),
        sl=_level(order.sl),
        tp=_level(order.tp),
        placed_at=order.time,
    )


def candle_answers(bars: Bars) -> list[CandleAnswer]:
    """Returns bars as the wire has them, oldest first."""
    return [
        CandleAnswer(
            time=datetime.fromtimestamp(int(bar["time"]), UTC),
            open=float(bar["open"]),
            high=float(bar["high"]),
            low=float(bar["low"]),
            close=float(bar["close"]),
            volume=int(bar["volume"]),
        )
        for bar in bars
    ]


def permission_answers(permissions: tuple[Permission, ...]) -> list[PermissionAnswer]:
    """Returns the permission stack as the wire has it."""
    return [PermissionAnswer(name=found.name, allowed=found.allowed, fix=found.fix) for found in permissions]


def units_of(lots: Decimal, contract_size: float) -> Decimal:
    """Lots → units of the base currency."""
    return (lots * decimal(contract_size)).normalize() + Decimal(0)


def lots_of(units: Decimal, contract_size: float) -> Decimal:
    """Units of the base currency → lots."""
    return units / decimal(contract_size)


def _money(value: float, account: Account) -> Decimal:
    return round(decimal(value), account.currency_digits)


def _level(value: float | None) -> Decimal | None:
    return None if value is None else decimal(value)
