"""Builds outcomes with the sentences a trader reads."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from agent_core.protocol.errors import ErrorCode
from agent_core.terminal.models import OrderKind, Side
from agent_core.trading.models import OrderOutcome, OutcomeStatus
from agent_core.trading.numbers import plain, price_text

_DONE_VERBS = {Side.BUY: "Bought", Side.SELL: "Sold"}


def outcome(
    client_id: UUID,
    status: OutcomeStatus,
    message: str,
    *,
    retcode: int | None = None,
    code: ErrorCode | None = None,
    order: int | None = None,
    deal: int | None = None,
    position: int | None = None,
    price: float | None = None,
    lots: Decimal | None = None,
    profit: float | None = None,
) -> OrderOutcome:
    """Returns an outcome of now."""
    at = datetime.now(UTC)
    return OrderOutcome(client_id, status, retcode, code, message, order, deal, position, price, lots, profit, at)


def refused(client_id: UUID, code: ErrorCode, message: str, *, retcode: int | None = None) -> OrderOutcome:
    """Returns a refusal."""
    return outcome(client_id, OutcomeStatus.REFUSED, message, code=code, retcode=retcode)


def unknown(client_id: UUID, reason: str, *, retcode: int | None = None) -> OrderOutcome:
    """Returns the outcome of an order whose end is not known yet."""
    message = f"{reason} It is being checked with the broker; do not send the order again."
    return outcome(client_id, OutcomeStatus.UNKNOWN, message, code=ErrorCode.OUTCOME_UNKNOWN, retcode=retcode)


def traded_text(
    side: Side, lots: Decimal, symbol: str, price: float, *, partial: bool, digits: int | None = None
) -> str:
    """Returns a sentence like "Bought 0.1 EURUSD at 1.09512."."""
    end = "; the broker filled no more of it." if partial else "."
    return f"{_DONE_VERBS[side]} {plain(lots)} {symbol} at {price_text(price, digits)}{end}"


def closed_text(lots: Decimal, symbol: str, price: float, profit: float, digits: int | None = None) -> str:
    """Returns a sentence like "Closed 0.1 EURUSD at 1.09512, profit 12.30."."""
    word = "profit" if profit >= 0 else "loss"
    return f"Closed {plain(lots)} {symbol} at {price_text(price, digits)}, {word} {abs(profit):.2f}."


def placed_text(
    side: Side, kind: OrderKind, lots: Decimal, symbol: str, price: float, digits: int | None = None
) -> str:
    """Returns a sentence like "Placed: buy limit 0.1 EURUSD at 1.09512."."""
    words = f"{side.value} {kind.value.replace('_', ' ')}".lower()
    return f"Placed: {words} {plain(lots)} {symbol} at {price_text(price, digits)}."
