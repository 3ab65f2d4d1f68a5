from typing import Any

import pytest

from agent_core.simulator import constants as mt5

BUY, SELL = 0, 1
START = 1_763_560_800_000


def last_deal(server: Any) -> Any:
    return list(server.ledger.deals.values())[-1]


@pytest.mark.parametrize(
    ("side", "sl", "tp", "path", "price", "comment", "reason"),
    [
        (BUY, 1.169, 1.175, [1.1695, 1.1688], 1.1688, "[sl 1.16900]", mt5.DEAL_REASON_SL),
        (BUY, 1.169, 1.175, [1.174, 1.1751], 1.1751, "[tp 1.17500]", mt5.DEAL_REASON_TP),
        (SELL, 1.175, 1.165, [1.1748, 1.17495], 1.17505, "[sl 1.17500]", mt5.DEAL_REASON_SL),
        (SELL, 1.175, 1.165, [1.166, 1.1648], 1.1649, "[tp 1.16500]", mt5.DEAL_REASON_TP),
    ],
)
def test_stops_and_targets_close_at_the_crossing_tick(
    server: Any, side: int, sl: float, tp: float, path: list[float], price: float, comment: str, reason: int
) -> None:
    assert server.send(type=side, sl=sl, tp=tp) == 10009
    for bid in path:
        assert len(server.ledger.positions) == 1
        server.tick(bid)
    assert server.ledger.positions == {}
    deal = last_deal(server)
    assert (deal.price, deal.comment, deal.reason, deal.entry) == (price, comment, reason, 1)


@pytest.mark.parametrize(
    ("kind", "price", "path", "side", "filled"),
    [
        (mt5.ORDER_TYPE_BUY_LIMIT, 1.168, [1.169, 1.1679], BUY, 1.168),
        (mt5.ORDER_TYPE_SELL_LIMIT, 1.172, [1.171, 1.1722], SELL, 1.1722),
        (mt5.ORDER_TYPE_BUY_STOP, 1.172, [1.171, 1.1725], BUY, 1.1726),
        (mt5.ORDER_TYPE_SELL_STOP, 1.168, [1.169, 1.1675], SELL, 1.1675),
    ],
)
def test_working_orders_fill_at_the_market(
    server: Any, kind: int, price: float, path: list[float], side: int, filled: float
) -> None:
    assert server.send(action=5, type=kind, price=price, magic=9, comment="later") == 10009
    ticket = server.result.order
    for bid in path:
        assert ticket in server.ledger.orders
        server.tick(bid)
    position = server.ledger.positions[ticket]
    assert (position.type, position.price_open, position.magic, position.comment) == (side, filled, 9, "later")
    assert server.ledger.history_orders[ticket].state == mt5.ORDER_STATE_FILLED
    assert server.ledger.history_orders[ticket].position_id == ticket


def test_a_stop_limit_becomes_a_limit(server: Any) -> None:
    server.send(action=5, type=mt5.ORDER_TYPE_BUY_STOP_LIMIT, price=1.172, stoplimit=1.171)
    ticket = server.result.order
    server.tick(1.173)
    assert server.ledger.orders[ticket].type == mt5.ORDER_TYPE_BUY_LIMIT
    server.tick(1.1708)
    assert server.ledger.positions[ticket].price_open == 1.1709


def test_orders_expire(server: Any) -> None:
    server.send(action=5, type=2, price=1.16, type_time=2, expiration=START // 1000 + 3)
    ticket = server.result.order
    server.tick(1.17)
    assert ticket in server.ledger.orders
    server.tick(1.17)
    server.tick(1.17)
    assert server.ledger.history_orders[ticket].state == mt5.ORDER_STATE_EXPIRED


def test_an_order_without_money_is_rejected(server: Any) -> None:
    server.send(action=5, type=2, price=1.16, volume=50.0)
    ticket = server.result.order
    server.tick(1.15)
    assert server.ledger.positions == {}
    assert server.ledger.history_orders[ticket].state == mt5.ORDER_STATE_REJECTED


def test_stop_out_closes_what_the_margin_does_not_carry(server: Any) -> None:
    assert server.send(volume=8.0) == 10009
    server.tick(1.163)
    assert server.ledger.positions == {}
    assert last_deal(server).reason == mt5.DEAL_REASON_SO
    assert last_deal(server).comment.startswith("[so ")


def test_swap_is_charged_at_the_servers_midnight_and_three_times_on_wednesday(server: Any) -> None:
    server.send(volume=1.0)
    ticket = server.result.order
    server.triggers.advance(START + 10 * 3_600_000 + 1)
    assert server.ledger.positions[ticket].swap == -21.3
    server.triggers.advance(START + 34 * 3_600_000 + 1)
    assert server.ledger.positions[ticket].swap == -28.4
    server.send(volume=1.0, type=SELL, position=ticket)
    assert last_deal(server).swap == -28.4


def test_what_fell_due_while_the_terminal_was_off_happens_at_its_time(server: Any) -> None:
    server.send(sl=1.169)
    ticket = server.result.order
    for bid in (1.1695, 1.1685, 1.18):
        server.sources["EURUSD"].add(bid)
    server.open()
    server.triggers.advance(START + 60_000)
    assert ticket not in server.ledger.positions
    assert (last_deal(server).price, last_deal(server).time_msc) == (1.1685, START + 2000)
    deals = len(server.ledger.deals)
    server.open()
    server.triggers.advance(START + 120_000)
    assert len(server.ledger.deals) == deals
