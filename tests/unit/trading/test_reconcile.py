from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import ANY
from uuid import UUID

import pytest

from agent_core.protocol.errors import ErrorCode
from agent_core.terminal.models import Deal, HistoryOrder, OrderKind, PendingOrder, Position, Side
from agent_core.trading.journal import Action, Entry, State
from agent_core.trading.models import OrderOutcome, OutcomeStatus
from agent_core.trading.reconcile import BrokerView, outcome_of_deals, reconcile

SENT = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY = 77
REQUEST = {"volume": 0.3, "sl": 1.09, "tp": 0.0, "price": 1.1, "type": 0, "symbol": "EURUSD"}
ENTRY = Entry(
    UUID(int=1),
    KEY,
    "1@Demo",
    Action.OPEN,
    "EURUSD",
    None,
    "manual",
    State.UNKNOWN,
    1,
    REQUEST,
    None,
    SENT,
    SENT,
)
DEAL = Deal(10, 9, 9, "EURUSD", Side.BUY, 0, 0.3, 1.1, 0.0, -1.0, 0.0, 0.0, SENT, KEY, "")
POSITION = Position(9, "EURUSD", Side.BUY, 0.3, 1.1, 1.1, 1.09, None, 0.0, 0.0, SENT, KEY, "", 9)
PENDING = PendingOrder(9, "EURUSD", Side.BUY, OrderKind.LIMIT, 0.3, 1.1, None, 1.09, None, SENT, None, KEY, "")
DONE = HistoryOrder(9, "EURUSD", Side.BUY, OrderKind.MARKET, 5, 0.3, 0.3, 1.1, SENT, SENT, 0, KEY, "")


def look(entry: Entry = ENTRY, *, after: float = 1, **shown: Any) -> OrderOutcome | None:
    view = {"positions": (), "orders": (), "history": (), "deals": (), **shown}
    found = reconcile(entry, BrokerView(**view, as_of=SENT + timedelta(seconds=after)))
    return None if found is None else found.outcome


def test_an_intent_was_never_sent() -> None:
    for entry in (
        replace(ENTRY, state=State.INTENT), replace(ENTRY, request=None), replace(ENTRY, sent_at=None),
    ):  # fmt: skip
        found = look(entry, deals=[DEAL])
        assert found is not None
        assert (found.status, found.code) == (OutcomeStatus.REFUSED, ErrorCode.ORDER_REFUSED)


def test_a_turn_cut_off_says_that_nothing_was_opened() -> None:
    found = look(replace(ENTRY, state=State.INTENT, target=9))
    assert found is not None
    assert "position 9 was being turned round: no opposite position was opened" in found.message


def test_prices_have_the_symbols_digits_where_they_are_known() -> None:
    def digits(_: str) -> int:
        return 5

    assert [found.message for found in (look(digits=digits, **shown) for shown in (
        {"deals": [DEAL]}, {"orders": [PENDING]}, {"positions": [POSITION]},
    )) if found is not None] == [
        "Bought 0.3 EURUSD at 1.10000.", "Placed: buy limit 0.3 EURUSD at 1.10000.", "Bought 0.3 EURUSD at 1.10000.",
    ]  # fmt: skip


def test_deals_by_magic_tell_the_whole_story() -> None:
    strange = replace(DEAL, magic=1, ticket=11)
    balance = replace(DEAL, side=None, ticket=12)
    parts = [replace(DEAL, volume=0.1, price=1.1), strange, balance, replace(DEAL, ticket=13, volume=0.2, price=1.103)]
    found = look(deals=parts)
    assert found is not None
    assert (found.status, found.lots, found.deal, found.position) == (OutcomeStatus.FILLED, Decimal("0.3"), 13, 9)
    assert found.price == pytest.approx(1.102)
    assert (found.message, found.profit) == ("Bought 0.3 EURUSD at 1.102.", None)


def test_less_than_asked_for_is_a_partial_fill() -> None:
    found = look(deals=[replace(DEAL, volume=0.2)])
    assert found is not None
    assert found.status is OutcomeStatus.PARTIAL
    assert found.message == "Bought 0.2 EURUSD at 1.1; the broker filled no more of it."


def test_a_reversal_on_a_netting_account_realises_profit() -> None:
    found = outcome_of_deals(ENTRY, [replace(DEAL, entry=2, profit=5.0)], Decimal("0.3"))
    assert found is not None
    assert found.profit == 4.0


def test_a_working_pending_order_is_placed() -> None:
    found = look(orders=[replace(PENDING, magic=3), PENDING])
    assert found is not None
    assert (found.status, found.order, found.message) == (
        OutcomeStatus.PLACED, 9, "Placed: buy limit 0.3 EURUSD at 1.1.",
    )  # fmt: skip


def test_a_market_order_that_still_works_is_waited_for() -> None:
    assert look(orders=[replace(PENDING, kind=OrderKind.MARKET)]) is None


def test_a_position_counts_before_its_deal_is_there() -> None:
    found = look(positions=[replace(POSITION, magic=0), POSITION])
    assert found is not None
    assert (found.status, found.position) == (OutcomeStatus.FILLED, 9)


@pytest.mark.parametrize(
    ("kind", "state", "status", "words"),
    [
        (OrderKind.MARKET, 4, None, ""),
        (OrderKind.MARKET, 5, OutcomeStatus.REFUSED, "rejected"),
        (OrderKind.MARKET, 2, OutcomeStatus.REFUSED, "rejected"),
        (OrderKind.LIMIT, 2, OutcomeStatus.PLACED, "been cancelled since"),
        (OrderKind.LIMIT, 6, OutcomeStatus.PLACED, "expired since"),
        (OrderKind.LIMIT, 5, OutcomeStatus.REFUSED, "rejected"),
    ],
)
def test_an_order_that_is_done_without_a_deal(
    kind: OrderKind, state: int, status: OutcomeStatus | None, words: str
) -> None:
    found = look(history=[replace(DONE, magic=3), replace(DONE, kind=kind, state=state)])
    assert (found.status if found else None) is status
    assert found is None or words in found.message


def test_silence_is_believed_only_after_a_while() -> None:
    assert look(after=59) is None
    found = reconcile(ENTRY, BrokerView((), (), (), (), SENT + timedelta(seconds=60)))
    assert found is not None
    assert (found.state, found.outcome.code) == (State.LOST, ErrorCode.BROKER_UNAVAILABLE)


CLOSE = replace(ENTRY, action=Action.CLOSE, target=9)
OUT = replace(DEAL, side=Side.SELL, entry=1, profit=20.0, ticket=14)


def test_a_close_is_found_by_its_deal() -> None:
    found = look(CLOSE, deals=[DEAL_OF_OTHER, OUT])
    assert found is not None
    assert (found.status, found.profit, found.message) == (
        OutcomeStatus.FILLED, 19.0, "Closed 0.3 EURUSD at 1.1, profit 19.00.",
    )  # fmt: skip


DEAL_OF_OTHER = replace(OUT, position_id=8)


def test_a_position_closed_by_its_stop_is_closed() -> None:
    found = look(CLOSE, deals=[replace(DEAL, magic=5), replace(OUT, magic=0, profit=-30.0)])
    assert found is not None
    assert (found.status, found.message) == (OutcomeStatus.FILLED, "Closed 0.3 EURUSD at 1.1, loss 31.00.")
    assert look(CLOSE) is None


def test_a_rejected_close() -> None:
    found = look(CLOSE, positions=[POSITION], history=[DONE])
    assert found is not None
    assert found.status is OutcomeStatus.REFUSED
    assert look(CLOSE, positions=[POSITION]) is None


def test_levels_of_a_position() -> None:
    change = replace(ENTRY, action=Action.MODIFY_POSITION, target=9)
    found = look(change, positions=[replace(POSITION, ticket=5), POSITION])
    assert found is not None
    assert found.status is OutcomeStatus.DONE
    assert look(change, positions=[replace(POSITION, tp=1.2)]) is None
    found = look(change)
    assert found is not None
    assert found.code is ErrorCode.NOT_FOUND


def test_changes_of_a_pending_order() -> None:
    change = replace(ENTRY, action=Action.MODIFY_ORDER, target=9)
    found = look(change, orders=[PENDING])
    assert found is not None
    assert found.status is OutcomeStatus.DONE
    assert look(change, orders=[replace(PENDING, price=1.2)]) is None
    found = look(change)
    assert found is not None
    assert found.code is ErrorCode.NOT_FOUND


def test_cancellations() -> None:
    cancel = replace(ENTRY, action=Action.CANCEL, target=9)
    assert look(cancel, orders=[PENDING]) is None
    assert look(cancel) is None
    found = look(cancel, history=[replace(DONE, state=2)])
    assert found is not None
    assert found.status is OutcomeStatus.DONE
    found = look(cancel, history=[replace(DONE, state=4)])
    assert found is not None
    assert found.code is ErrorCode.CONFLICT


def test_a_close_by_is_known_by_its_own_positions() -> None:
    entry = replace(ENTRY, action=Action.CLOSE_BY, target=9, request={"action": 10, "position": 9, "position_by": 8})
    other = replace(POSITION, ticket=8)
    out = replace(DEAL, entry=3, position_id=9, volume=0.1, profit=-1.0)
    found = look(entry, deals=[out, replace(out, position_id=8, ticket=11)], positions=[POSITION])
    assert found is not None
    assert (found.status, found.position, found.lots, found.profit) == (
        OutcomeStatus.FILLED, 9, Decimal("0.1"), -2.0,
    )  # fmt: skip
    # The broker may not keep the key; an older close by somebody else is not this one.
    assert look(entry, deals=[replace(out, magic=0)]) == replace(found, at=ANY)
    earlier = replace(out, magic=0, time=SENT - timedelta(minutes=1))
    assert look(entry, deals=[earlier], positions=[POSITION, other]) is None
    gone = look(entry, deals=[earlier])
    assert gone is not None
    assert gone.code is ErrorCode.NOT_FOUND
    assert not entry.holds(replace(out, position_id=8))
    assert ENTRY.holds(replace(out, position_id=8))
    unsent = replace(entry, sent_at=None)
    assert look(unsent, deals=[earlier]) is not None
