from typing import Any

import pytest

from agent_core.simulator import constants as mt5

BUY, SELL = 0, 1
PENDING = {"action": mt5.TRADE_ACTION_PENDING, "type": mt5.ORDER_TYPE_BUY_LIMIT, "price": 1.16}


@pytest.mark.parametrize(
    ("fields", "retcode"),
    [
        ({}, 10009),
        ({"type": SELL, "sl": 1.18, "tp": 1.16}, 10009),
        ({"type": 5}, 10013),
        ({"symbol": "NOSUCH"}, 10013),
        ({"action": 3}, 10013),
        ({"volume": 0.001}, 10014),
        ({"volume": 0.105}, 10014),
        ({"volume": 500.0}, 10014),
        ({"volume": 0.0}, 10014),
        ({"type_filling": 2}, 10030),
        ({"symbol": "USDJPY", "type_filling": 0}, 10030),
        ({"symbol": "USDJPY", "type_filling": 1}, 10009),
        ({"position": 99}, 10036),
        ({"sl": 1.1701}, 10016),
        ({"tp": 1.1699}, 10016),
        ({"type": SELL, "sl": 1.1699}, 10016),
        ({"symbol": "XAUUSD", "type_filling": 1, "sl": 3999.85}, 10016),
        ({"symbol": "XAUUSD", "type_filling": 1, "sl": 3999.80}, 10009),
        ({"volume": 100.0}, 10019),
        ({"symbol": "USDCHF", "price": 0.0}, 10015),
        ({"symbol": "USDCHF", "price": 0.79, "deviation": 5}, 10004),
        ({"symbol": "USDCHF", "price": 0.80012, "deviation": 5}, 10009),
        ({"action": 6, "position": 99}, 10036),
        ({"action": 7, "order": 99}, 10013),
        ({"action": 8, "order": 99}, 10013),
        ({"action": 10, "position": 1, "position_by": 2}, 10036),
        (PENDING, 10009),
        (PENDING | {"price": 1.18}, 10015),
        (PENDING | {"price": 0.0}, 10015),
        (PENDING | {"sl": 1.165}, 10016),
        (PENDING | {"type": 4, "price": 1.18}, 10009),
        (PENDING | {"type": 6, "price": 1.18, "stoplimit": 1.175}, 10009),
        (PENDING | {"type": 6, "price": 1.18}, 10015),
        (PENDING | {"type": 0}, 10013),
        (PENDING | {"type_time": 2, "expiration": 1000}, 10022),
        (PENDING | {"type_filling": 2}, 10030),
    ],
)
def test_checks(server: Any, fields: dict[str, Any], retcode: int) -> None:
    assert server.send(**fields) == retcode
    changed = len(server.ledger.positions) + len(server.ledger.orders)
    assert changed == (retcode == 10009)


def test_of_several_faults_the_one_checked_first_is_told(server: Any) -> None:
    request = {
        "symbol": "XAUUSD", "type": 9, "volume": 0.001, "type_filling": 2, "position": 99, "sl": 4100.0, "price": 1.0,
    }  # fmt: skip
    told = []
    server.market.set_open(False)
    for mended in ({}, {"type": BUY}, {"volume": 50.0}, {"type_filling": 1}, {"position": 0}, {"sl": 3900.0}):
        request |= mended
        told.append(server.send(**request))
        if len(told) == 1:
            server.market.set_open(True)
            told.append(server.send(**request))
    told.append(server.send(**request | {"volume": 0.1}))
    assert told == [10018, 10013, 10014, 10030, 10036, 10016, 10019, 10009]


def test_an_account_has_so_many_working_orders_and_no_more(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_core.simulator.broker.broker.LIMIT_ORDERS", 2)
    assert [server.send(**PENDING) for _ in range(3)] == [10009, 10009, 10033]


def test_a_refusal_is_all_zeros_with_the_servers_words(server: Any) -> None:
    server.send(volume=0.001)
    result = server.result
    assert (result.deal, result.order, result.price, result.bid, result.ask, result.request_id) == (0, 0, 0, 0, 0, 0)
    assert result.comment == "Invalid volume"


def test_a_requote_carries_the_present_prices(server: Any) -> None:
    server.send(symbol="USDCHF", price=0.79)
    assert (server.result.comment, server.result.bid, server.result.ask) == ("Requote", 0.8, 0.8001)


@pytest.mark.parametrize(
    ("mode", "side", "retcode"), [(0, BUY, 10017), (1, SELL, 10042), (2, BUY, 10043), (3, BUY, 10044), (4, BUY, 10009)]
)
def test_trade_modes(server: Any, mode: int, side: int, retcode: int) -> None:
    server.ledger.set("trade_modes", {"EURUSD": mode})
    assert server.send(type=side) == retcode


def test_a_closed_market_refuses_everything(server: Any) -> None:
    server.send()
    ticket = server.result.order
    server.market.set_open(False)
    assert server.send() == 10018
    assert server.send(action=6, position=ticket, sl=1.1) == 10018


def test_open_and_close_books_profit_and_commission(server: Any) -> None:
    assert server.send(volume=1.0, magic=77, comment="mine") == 10009
    opened = server.result
    position = server.ledger.positions[opened.order]
    assert (position.price_open, position.magic, position.comment) == (1.1701, 77, "mine")
    server.tick(1.1801)
    assert server.broker.account().equity == 10_000 - 3.5 + 1000.0
    assert server.send(volume=1.0, type=SELL, position=opened.order) == 10009
    assert server.ledger.positions == {}
    assert server.ledger.balance == 10_993.0
    deals = list(server.ledger.deals.values())
    assert [(d.entry, d.position_id, d.profit, d.commission) for d in deals] == [
        (0, opened.order, 0.0, -3.5),
        (1, opened.order, 1000.0, -3.5),
    ]


def test_an_opposite_deal_without_a_position_hedges(server: Any) -> None:
    server.send(type=BUY)
    server.send(type=SELL)
    assert len(server.ledger.positions) == 2
    assert server.broker.account().margin == pytest.approx(117.01)


def test_a_part_can_be_closed_and_no_more_than_there_is(server: Any) -> None:
    server.send(volume=0.3)
    ticket = server.result.order
    assert server.send(volume=0.4, type=SELL, position=ticket) == 10038
    assert server.send(volume=0.1, type=BUY, position=ticket) == 10013
    assert server.send(volume=0.1, type=SELL, position=ticket) == 10009
    assert server.ledger.positions[ticket].volume == 0.2


def test_stops_are_changed_and_removed(server: Any) -> None:
    server.send(sl=1.16, tp=1.18)
    ticket = server.result.order
    assert server.send(action=6, position=ticket, sl=1.16, tp=1.18) == 10025
    assert server.send(action=6, position=ticket, sl=1.1705) == 10016
    assert server.send(action=6, position=ticket, sl=1.165) == 10009
    position = server.ledger.positions[ticket]
    assert (position.sl, position.tp) == (1.165, 0.0)
    assert (server.result.order, server.result.deal, server.result.price) == (0, 0, 0.0)


def test_close_by_takes_both_sides(server: Any) -> None:
    server.send(volume=0.3)
    long = server.result.order
    server.send(volume=0.1, type=SELL)
    short = server.result.order
    assert server.send(action=10, position=long, position_by=long) == 10013
    assert server.send(action=10, position=long, position_by=short) == 10009
    assert {p.ticket: p.volume for p in server.ledger.positions.values()} == {long: 0.2}
    outs = [deal for deal in server.ledger.deals.values() if deal.entry == 3]
    assert [(d.position_id, d.volume, d.price, d.profit) for d in outs] == [
        (long, 0.1, 1.17, -1.0),
        (short, 0.1, 1.1701, 0.0),
    ]


def test_a_working_order_is_changed_and_removed(server: Any) -> None:
    server.send(**PENDING)
    ticket = server.result.order
    assert server.send(action=7, order=ticket, price=1.16) == 10025
    assert server.send(action=7, order=ticket, price=1.2) == 10015
    assert server.send(action=7, order=ticket, price=1.15, sl=1.14) == 10009
    assert (server.ledger.orders[ticket].price_open, server.ledger.orders[ticket].sl) == (1.15, 1.14)
    assert server.send(action=8, order=ticket) == 10009
    assert server.ledger.orders == {}
    assert server.ledger.history_orders[ticket].state == mt5.ORDER_STATE_CANCELED


@pytest.mark.parametrize(
    ("symbol", "volume", "price", "margin"),
    [("EURUSD", 1.0, 1.17, 1170.0), ("USDJPY", 1.0, 155.0, 1000.0), ("XAUUSD", 1.0, 4000.0, 4000.0),
     ("EURJPY", 1.0, 181.0, 1170.1)],
)  # fmt: skip
def test_margin_in_dollars(server: Any, symbol: str, volume: float, price: float, margin: float) -> None:
    assert server.broker.valuation.margin(server.sources[symbol].symbol, volume, price) == pytest.approx(margin)


def test_profit_in_yen_becomes_dollars(server: Any) -> None:
    symbol = server.sources["USDJPY"].symbol
    assert server.broker.valuation.profit(symbol, BUY, 1.0, 155.0, 156.0) == round(100_000 / 155.01, 2)
    assert server.broker.valuation.profit(symbol, SELL, 1.0, 155.0, 156.0) == -round(100_000 / 155.0, 2)


def test_the_books_survive_without_being_closed(server: Any) -> None:
    server.send(volume=0.2, magic=5, comment="kept")
    server.send(**PENDING)
    server.send(type=SELL)
    closed = server.result.order
    server.send(type=BUY, position=closed)
    before = (server.ledger.positions, server.ledger.orders, server.ledger.deals, server.ledger.history_orders)
    balance = server.ledger.balance
    server.open()
    after = (server.ledger.positions, server.ledger.orders, server.ledger.deals, server.ledger.history_orders)
    assert after == before
    assert server.ledger.balance == balance
    server.send()
    assert server.result.order not in before[0]
