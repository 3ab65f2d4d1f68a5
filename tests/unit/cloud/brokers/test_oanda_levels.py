"""What OANDA's answers say of new levels and of fills, where the market moves between the look and the change."""

from decimal import Decimal
from typing import Any

import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.brokers.base import LevelChange
from cloud.brokers.oanda.documents import closing_of, moved_document, placed_of
from cloud.brokers.oanda.levels import check_kept
from cloud.providers.oanda.account import Done
from cloud.providers.oanda.documents import Transaction

AT = "2026-01-05T00:00:00.000000000Z"
CREATED = {"id": "31", "batchID": "31", "type": "STOP_LOSS_ORDER", "tradeID": "7", "price": "1.1", "time": AT}


@pytest.mark.parametrize(
    ("member", "ending", "code", "words"),
    [
        ("stopLossOrderFillTransaction", {"type": "ORDER_FILL", "price": "1.09"}, ErrorCode.INVALID_STOPS, "closed"),
        (
            "takeProfitOrderCreatedCancelTransaction", {"type": "ORDER_CANCEL", "reason": "LOSING_TAKE_PROFIT"},
            ErrorCode.INVALID_STOPS, "has no take profit now",
        ),
        (
            "stopLossOrderCreatedCancelTransaction", {"type": "ORDER_CANCEL", "reason": "ACCOUNT_LOCKED"},
            ErrorCode.TRADE_DISABLED, "has no stop loss now",
        ),
    ],
)  # fmt: skip
def test_a_level_that_did_not_stay_is_no_success(
    member: str, ending: dict[str, Any], code: ErrorCode, words: str
) -> None:
    taken = {"stopLossOrderTransaction": CREATED, "lastTransactionID": "32"}
    check_kept(taken)
    with pytest.raises(ForexEliteError, match=words) as refused:
        check_kept({**taken, member: {"id": "32", "orderID": "31", "time": AT, **ending}})
    assert refused.value.code is code


def test_the_price_of_a_fill_is_that_of_its_parts() -> None:
    """OANDA calls the price of the fill itself outdated; without it a closing must not pass for a refusal."""
    part = {"tradeID": "7", "units": "-400", "price": "1.085", "realizedPL": "3.2"}
    order = Transaction.model_validate({"id": "40", "type": "MARKET_ORDER", "time": AT, "units": "-400"})
    fill = {"id": "41", "type": "ORDER_FILL", "orderID": "40", "time": AT, "units": "-400", "pl": "3.2"}
    closed = Done(order, Transaction.model_validate({**fill, "tradeReduced": part}))
    assert (closing_of(closed).price, closing_of(closed).pnl) == (Decimal("1.085"), Decimal("3.2"))
    placed = placed_of(Done(order, Transaction.model_validate({**fill, "price": "1.2", "tradeOpened": part})))
    assert (placed.fill_price, placed.position_id) == (Decimal("1.085"), "7")


def test_a_moved_order_takes_a_level_in_the_place_of_none() -> None:
    waiting = {"type": "LIMIT", "units": "7", "price": "1.1", "stopLossOnFill": None, "state": "PENDING", "id": "3"}
    moved = moved_document(waiting, LevelChange(sl=Decimal("1.050"), keep=frozenset({"tp", "price"})))
    assert moved == {
        "type": "LIMIT", "units": "7", "price": "1.1", "stopLossOnFill": {"price": "1.05", "timeInForce": "GTC"}
    }  # fmt: skip
