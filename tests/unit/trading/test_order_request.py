from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from agent_core.terminal.constants import Execution, Filling
from agent_core.terminal.models import OrderKind, PendingOrder, Position, Side, SymbolSpec
from agent_core.trading.order_request import (
    close_by_request,
    close_request,
    filling_for,
    levels_request,
    modify_request,
    open_request,
    remove_request,
)

NOW = datetime(2026, 1, 5, tzinfo=UTC)
POSITION = Position(7, "EURUSD", Side.BUY, 0.3, 1.1, 1.1, None, None, 0.0, 0.0, NOW, 1, "", 7)
ORDER = PendingOrder(8, "EURUSD", Side.BUY, OrderKind.LIMIT, 0.1, 1.09, None, None, None, NOW, None, 42, "")


@pytest.mark.parametrize(
    ("execution", "flags", "kind", "expected"),
    [
        (Execution.MARKET, 1, OrderKind.MARKET, Filling.FOK),
        (Execution.MARKET, 2, OrderKind.MARKET, Filling.IOC),
        (Execution.MARKET, 3, OrderKind.MARKET, Filling.FOK),
        (Execution.MARKET, 0, OrderKind.MARKET, Filling.FOK),
        (Execution.INSTANT, 0, OrderKind.MARKET, Filling.RETURN),
        (Execution.EXCHANGE, 2, OrderKind.MARKET, Filling.IOC),
        (Execution.EXCHANGE, 4, OrderKind.MARKET, Filling.RETURN),
        (Execution.INSTANT, 1, OrderKind.LIMIT, Filling.RETURN),
        (Execution.MARKET, 1, OrderKind.LIMIT, Filling.FOK),
        (Execution.MARKET, 2, OrderKind.STOP, Filling.IOC),
    ],
)
def test_filling(make_spec: Any, execution: int, flags: int, kind: OrderKind, expected: Filling) -> None:
    assert filling_for(make_spec(execution_mode=execution, filling_mode=flags), kind) is expected


def test_a_market_order_is_what_the_wheel_wants(spec: SymbolSpec, make_ticket: Any) -> None:
    ticket = make_ticket(sl=Decimal("1.095"), comment="x" * 40)
    request = open_request(ticket, spec, Decimal("0.10"), Decimal("1.10010"), 99)
    assert request == {
        "action": 1, "magic": 99, "symbol": "EURUSD", "volume": 0.1, "price": 1.1001, "sl": 1.095, "tp": 0.0,
        "deviation": 10, "type": 0, "type_filling": 0, "type_time": 0, "comment": "x" * 29,
    }  # fmt: skip
    assert all(type(request[name]) is float for name in ("volume", "price", "sl", "tp"))
    assert all(type(value) in (int, float, str) for value in request.values())


def test_a_pending_order_takes_the_day_where_the_symbol_knows_no_longer_life(make_spec: Any, make_ticket: Any) -> None:
    ticket = make_ticket(kind=OrderKind.STOP_LIMIT, side=Side.SELL, stop_limit_price=Decimal("1.0910"))
    request = open_request(ticket, make_spec(expiration_mode=2), Decimal("0.1"), Decimal("1.0900"), 1)
    assert (request["action"], request["type"], request["type_time"], request["stoplimit"]) == (5, 7, 1, 1.091)
    assert open_request(ticket, make_spec(), Decimal("0.1"), Decimal("1.09"), 1)["type_time"] == 0


@pytest.mark.parametrize(("side", "number"), [(Side.BUY, 1), (Side.SELL, 0)])
def test_a_close_names_its_position_and_trades_the_other_way(spec: SymbolSpec, side: Side, number: int) -> None:
    request = close_request(replace(POSITION, side=side), spec, Decimal("0.3"), Decimal("1.1"), 50, 5)
    assert (request["position"], request["type"], request["volume"], request["deviation"]) == (7, number, 0.3, 50)


def test_levels_always_go_together() -> None:
    request = levels_request(POSITION, Decimal("1.09"), None, 5)
    assert (request["action"], request["position"], request["sl"], request["tp"]) == (6, 7, 1.09, 0.0)


def test_changing_and_cancelling_a_pending_order(make_spec: Any) -> None:
    request = modify_request(ORDER, make_spec(), Decimal("1.08"), Decimal("1.07"), None)
    assert (request["action"], request["order"], request["price"], request["type_time"]) == (7, 8, 1.08, 0)
    assert "stoplimit" not in request
    stop_limit = replace(ORDER, stop_limit_price=1.0895)
    request = modify_request(stop_limit, make_spec(expiration_mode=2), Decimal("1.08"), None, None)
    assert (request["stoplimit"], request["type_time"]) == (1.0895, 1)
    assert remove_request(ORDER) == {"action": 8, "order": 8}


def test_two_positions_close_each_other_by_their_tickets() -> None:
    request = close_by_request(POSITION, replace(POSITION, ticket=8, side=Side.SELL), 77)
    assert request == {"action": 10, "magic": 77, "position": 7, "position_by": 8}
