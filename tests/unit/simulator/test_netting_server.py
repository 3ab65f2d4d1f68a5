"""A netting account: one position a symbol, whatever the orders."""

from typing import Any

import pytest

from agent_core.simulator.broker.broker import Broker
from agent_core.simulator.broker.triggers import Triggers

BUY, SELL = 0, 1


@pytest.fixture
def netting(server: Any) -> Any:
    server.broker = Broker(server.market, server.ledger, netting=True)
    server.triggers = Triggers(server.broker)
    return server


def _only(server: Any) -> tuple[int, int, float, float]:
    (held,) = server.ledger.positions.values()
    return held.ticket, held.type, held.volume, round(held.price_open, 5)


def _entries(server: Any) -> list[int]:
    return [deal.entry for deal in server.ledger.deals.values()]


def test_orders_of_a_side_add_up_at_the_average_price(netting: Any) -> None:
    netting.send(volume=0.1, sl=1.16)
    ticket = netting.result.order
    netting.tick(1.1799)
    netting.send(volume=0.3)
    assert _only(netting) == (ticket, BUY, 0.4, pytest.approx(1.177525, abs=1e-5))
    assert _entries(netting) == [0, 0]
    assert netting.ledger.positions[ticket].sl == 1.16


def test_the_other_side_takes_off_and_closes(netting: Any) -> None:
    netting.send(volume=0.3)
    ticket = netting.result.order
    netting.send(volume=0.1, type=SELL)
    assert _only(netting) == (ticket, BUY, 0.2, 1.1701)
    netting.send(volume=0.2, type=SELL)
    assert netting.ledger.positions == {}
    assert _entries(netting) == [0, 1, 1]
    assert {deal.position_id for deal in netting.ledger.deals.values()} == {ticket}


def test_more_than_there_is_turns_the_position_round(netting: Any) -> None:
    netting.send(volume=0.1, sl=1.16)
    ticket = netting.result.order
    netting.send(volume=0.3, type=SELL)
    assert _only(netting) == (ticket, SELL, 0.2, 1.17)
    assert _entries(netting) == [0, 2]
    assert netting.ledger.deals[netting.result.deal].profit == -1.0
    assert netting.ledger.positions[ticket].sl == 0.0


def test_the_margin_is_that_of_what_remains(netting: Any) -> None:
    assert netting.send(volume=8.0) == 10009
    assert netting.send(volume=8.0) == 10019
    assert netting.send(volume=16.0, type=SELL) == 10009
    assert _only(netting)[1:3] == (SELL, 8.0)


def test_positions_are_never_closed_by_each_other(netting: Any) -> None:
    netting.send()
    ticket = netting.result.order
    assert netting.send(action=10, position=ticket, position_by=ticket) == 10013


def test_a_working_order_nets_too(netting: Any) -> None:
    netting.send(volume=0.1)
    netting.send(action=5, type=3, price=1.18, volume=0.1)
    netting.tick(1.181)
    assert netting.ledger.positions == {}
