"""Accounts in other currencies, thin markets, slippage, sessions, freeze level, margin call."""

from typing import Any

import pytest

from agent_core.simulator import constants as mt5

BUY, SELL = 0, 1
FOK, IOC = 0, 1


@pytest.mark.parametrize(
    ("currency", "symbol", "margin", "profit"),
    [
        ("EUR", "EURUSD", 1000.0, 85.46), ("EUR", "USDJPY", 854.70, 0.55), ("EUR", "XAUUSD", 3418.80, 85.46),
        ("JPY", "EURUSD", 181_360.0, 15_500.0), ("JPY", "USDJPY", 155_000.0, 100.0),
        ("CHF", "EURUSD", 936.10, 80.0), ("USD", "EURUSD", 1170.0, 100.0),
    ],
)  # fmt: skip
def test_margin_and_profit_are_in_the_accounts_currency(
    server: Any, currency: str, symbol: str, margin: float, profit: float
) -> None:
    server.open(currency=currency)
    valuation, contract = server.broker.valuation, server.sources[symbol].symbol
    price = server.market.quote(symbol).bid
    assert valuation.margin(contract, 1.0, price) == pytest.approx(margin, abs=0.011)
    moved = price + 100 * contract.point if symbol != "USDJPY" else price + 0.001
    assert valuation.profit(contract, BUY, 1.0, price, moved) == pytest.approx(profit, abs=0.011)
    assert valuation.profit(contract, SELL, 1.0, price, moved) == pytest.approx(-profit, rel=2e-3)


def test_an_account_in_yen_keeps_whole_yen(server: Any) -> None:
    server.open(currency="JPY", leverage=25)
    server.ledger.set("balance", 1_000_000.0)
    assert server.send(volume=0.1) == 10009
    server.tick(1.1723)
    ticket = server.result.order
    account = server.broker.account()
    assert account.margin == round(100_000 * 0.1 / 25 * 181.36)
    assert server.send(volume=0.1, type=SELL, position=ticket) == 10009
    deals = list(server.ledger.deals.values())
    assert [deal.commission for deal in deals] == [-54.0, -54.0]
    assert server.ledger.balance == 1_000_000.0 - 108 + round(22 * 155.0)


def test_an_order_for_more_than_there_is_is_filled_in_part_or_not_at_all(server: Any) -> None:
    server.ledger.set("liquidity", 0.35)
    assert server.send(volume=1.0, type_filling=FOK) == mt5.TRADE_RETCODE_REJECT
    assert server.ledger.history_orders == {}
    assert server.send(volume=1.0, type_filling=IOC) == mt5.TRADE_RETCODE_DONE_PARTIAL
    done = server.result
    assert (done.volume, done.comment) == (0.35, "Request executed partially")
    order = server.ledger.history_orders[done.order]
    assert (order.state, order.volume_initial, order.volume_current) == (mt5.ORDER_STATE_PARTIAL, 1.0, 0.65)
    assert server.ledger.deals[done.deal].commission == -round(3.5 * 0.35, 2)
    position = server.ledger.positions[done.order]
    assert position.volume == 0.35
    server.ledger.set("liquidity", 0.1)
    assert server.send(volume=0.35, type=SELL, position=position.ticket, type_filling=IOC) == 10010
    assert server.ledger.positions[position.ticket].volume == 0.25


@pytest.mark.parametrize(("side", "price"), [(BUY, 1.17013), (SELL, 1.16997)])
def test_market_orders_slip_and_instant_ones_do_not(server: Any, side: int, price: float) -> None:
    server.ledger.set("slippage", 3)
    assert server.send(type=side) == 10009
    assert (server.result.price, server.ledger.positions[server.result.order].price_open) == (price, price)
    assert server.send(symbol="USDCHF", price=0.8001, deviation=5) == 10009
    assert server.result.price == 0.8001


def test_what_is_about_to_happen_can_not_be_changed(server: Any) -> None:
    assert server.send(symbol="USDCHF", price=0.8001, deviation=5, sl=0.799) == 10009
    ticket = server.result.order
    limit = {"action": 5, "symbol": "USDCHF", "type": 2, "price": 0.7995, "volume": 0.1}
    assert server.send(**limit) == 10009
    order = server.result.order
    server.tick(0.79904, symbol="USDCHF")
    assert server.send(action=6, position=ticket, sl=0.798) == mt5.TRADE_RETCODE_FROZEN
    assert server.send(symbol="USDCHF", type=SELL, position=ticket, price=0.79904) == mt5.TRADE_RETCODE_FROZEN
    assert server.ledger.positions[ticket].sl == 0.799
    assert order not in server.ledger.orders  # filled at 0.79914
    assert server.send(**{**limit, "price": 0.799}) == 10009
    order = server.result.order
    server.tick(0.79895, symbol="USDCHF")
    assert server.send(action=8, order=order) == mt5.TRADE_RETCODE_FROZEN


def test_outside_its_session_a_symbol_is_not_traded(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(server.sources["EURUSD"].symbol), "in_session", lambda symbol, _: symbol.name != "EURUSD")
    assert server.send() == mt5.TRADE_RETCODE_MARKET_CLOSED
    assert server.send(symbol="XAUUSD", type_filling=IOC) == 10009


def test_a_margin_call_refuses_new_positions_and_closes_none(server: Any) -> None:
    assert server.send(volume=8.0) == 10009
    server.tick(1.1660)
    level = server.broker.account().margin_level
    assert 50 < level < 100
    assert len(server.ledger.positions) == 1
    assert server.send(volume=0.1) == mt5.TRADE_RETCODE_NO_MONEY
    assert server.send(volume=1.0, type=SELL, position=next(iter(server.ledger.positions))) == 10009


def test_a_stop_out_closes_the_worst_position_first_and_no_more_than_needed(server: Any) -> None:
    assert server.send(volume=6.0) == 10009
    worst = server.result.order
    assert server.send(symbol="XAUUSD", type_filling=IOC, volume=0.5) == 10009
    kept = server.result.order
    server.tick(1.1585)
    assert list(server.ledger.positions) == [kept]
    assert server.ledger.deals[max(server.ledger.deals)].position_id == worst
