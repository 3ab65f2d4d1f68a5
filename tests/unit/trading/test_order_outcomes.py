from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from agent_core.protocol.errors import ErrorCode
from agent_core.terminal.constants import OrderType, TradeAction
from agent_core.terminal.models import OrderKind, SendResult, Side
from agent_core.trading.answers import outcome_by_answer
from agent_core.trading.journal import Action, Entry, State
from agent_core.trading.models import OutcomeStatus
from agent_core.trading.outcomes import closed_text, placed_text, unknown
from agent_core.trading.retcodes import DONE_PARTIAL

CLIENT_ID = UUID("00000000-0000-4000-8000-000000000001")


def entry(action: Action, target: int | None = None) -> Entry:
    now = datetime.now(UTC)
    return Entry(
        CLIENT_ID, 7, "1@Demo", action, "EURUSD", target, "manual", State.SENT, 1, None, None,
        created_at=now, sent_at=now,
    )  # fmt: skip


def answer(retcode: int = 10009, **members: Any) -> SendResult:
    known = {"deal": 0, "order": 0, "volume": 0.0, "price": 0.0, "bid": 0.0, "ask": 0.0, "comment": "", **members}
    return SendResult(retcode=retcode, **known)


DEAL = {"action": TradeAction.DEAL, "type": OrderType.BUY, "symbol": "EURUSD", "volume": 0.3, "price": 1.1}


@pytest.mark.parametrize(
    ("action", "order", "position", "message"),
    [
        (Action.MODIFY_POSITION, None, 5, "Stop and target are set."),
        (Action.MODIFY_ORDER, 5, None, "The order is changed."),
        (Action.CANCEL, 5, None, "The order is cancelled."),
    ],
)
def test_a_change_is_done(action: Action, order: int | None, position: int | None, message: str) -> None:
    found = outcome_by_answer(entry(action, 5), {"action": TradeAction.SLTP}, answer(), 5)
    assert (found.status, found.message, found.order, found.position) == (OutcomeStatus.DONE, message, order, position)


def test_a_pending_order_is_placed_as_it_was_asked_for() -> None:
    request = DEAL | {"action": TradeAction.PENDING, "type": OrderType.BUY_LIMIT}
    found = outcome_by_answer(entry(Action.OPEN), request, answer(order=11), 5)
    assert found.status is OutcomeStatus.PLACED
    assert (found.order, found.price, found.lots) == (11, 1.1, Decimal("0.3"))
    assert found.message == "Placed: buy limit 0.3 EURUSD at 1.10000."


def test_a_market_order_without_deals_is_told_by_the_answer() -> None:
    found = outcome_by_answer(entry(Action.OPEN), DEAL, answer(order=11, deal=12, volume=0.3, price=1.10002), 5)
    assert found.status is OutcomeStatus.FILLED
    assert (found.order, found.deal, found.price, found.lots) == (11, 12, 1.10002, Decimal("0.3"))


def test_a_part_is_told_as_a_part() -> None:
    found = outcome_by_answer(entry(Action.CLOSE, 5), DEAL, answer(DONE_PARTIAL, volume=0.1), 5)
    assert (found.status, found.lots, found.position) == (OutcomeStatus.PARTIAL, Decimal("0.1"), 5)


def test_an_answer_without_numbers_promises_none() -> None:
    found = outcome_by_answer(entry(Action.OPEN), DEAL, answer(), 5)
    assert (found.order, found.deal, found.price, found.lots) == (None, None, None, Decimal("0.3"))


def test_an_unknown_end_says_not_to_send_again() -> None:
    found = unknown(uuid4(), "The broker did not answer in time.", retcode=10012)
    assert not found.final
    assert found.code is ErrorCode.OUTCOME_UNKNOWN
    assert found.message == (
        "The broker did not answer in time. It is being checked with the broker; do not send the order again."
    )


def test_a_close_names_profit_or_loss() -> None:
    assert closed_text(Decimal("0.10"), "EURUSD", 1.1, 12.3, 5) == "Closed 0.1 EURUSD at 1.10000, profit 12.30."
    assert closed_text(Decimal("0.10"), "EURUSD", 1.1, -12.3) == "Closed 0.1 EURUSD at 1.1, loss 12.30."


def test_prices_are_read_without_float_dust() -> None:
    text = placed_text(Side.SELL, OrderKind.STOP_LIMIT, Decimal(1), "USDJPY", 150.10000000000002)
    assert text == "Placed: sell stop limit 1 USDJPY at 150.1."
