"""The module against a terminal process, from end to end."""

import time
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from agent_core.simulator import mt5
from agent_core.simulator.market.bars import RATE_DTYPE, TICK_DTYPE

FAR = datetime(2037, 1, 1, tzinfo=UTC)
BUY: dict[str, Any] = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0}


@pytest.fixture
def terminal(shared_terminal: Any) -> Any:
    return shared_terminal


@pytest.fixture(autouse=True)
def started(terminal: Any) -> None:
    terminal.start()


def test_the_main_job(terminal: Any) -> None:
    assert mt5.last_error() == (1, "Success")
    account = mt5.account_info()
    before = mt5.history_deals_total(0, FAR), mt5.history_orders_total(0, FAR)
    assert (account.currency, account.trade_mode, account.margin_mode, account.leverage) == (
        "USD", 0, 2, 100,
    )  # fmt: skip
    info = mt5.terminal_info()
    assert (info.data_path, info.connected, info.trade_allowed) == (str(terminal.layout.data), True, True)
    tick = mt5.symbol_info_tick("EURUSD")
    assert abs(tick.time_msc / 1000 - time.time()) < 4 * 3600
    assert 0 < tick.ask - tick.bid < 0.001

    result = mt5.order_send({**BUY, "sl": round(tick.bid - 0.01, 5), "magic": 2**62, "comment": "first"})
    assert (result.retcode, result.comment, result.volume) == (10009, "Request executed", 0.1)
    assert result.request.symbol == "EURUSD"
    (position,) = mt5.positions_get(ticket=result.order)
    assert (position.magic, position.comment, position.price_open) == (2**62, "first", result.price)
    assert terminal.state()["positions"][0]["ticket"] == position.ticket

    moved = mt5.order_send({"action": 6, "position": position.ticket, "sl": round(tick.bid - 0.02, 5)})
    assert (moved.retcode, moved.order, moved.deal) == (10009, 0, 0)
    closed = mt5.order_send({**BUY, "type": 1, "position": position.ticket})
    assert closed.retcode == 10009
    assert mt5.positions_get() == ()
    assert mt5.last_error() == (1, "Success")
    deals = mt5.history_deals_get(position=position.ticket)
    assert [deal.entry for deal in deals] == [0, 1]
    assert (mt5.history_deals_total(0, FAR), mt5.history_orders_total(0, FAR)) == (before[0] + 2, before[1] + 2)
    deposit = mt5.history_deals_get(0, FAR)[0]
    assert (deposit.type, deposit.symbol, deposit.profit, deposit.order) == (2, "", 10_000.0, 0)
    expected = account.balance + sum(deal.profit + deal.commission + deal.swap for deal in deals)
    assert mt5.account_info().balance == pytest.approx(expected)


def test_pending_orders() -> None:
    price = round(mt5.symbol_info_tick("EURUSD").bid - 0.05, 5)
    placed = mt5.order_send({**BUY, "action": 5, "type": 2, "price": price})
    assert (placed.retcode, placed.deal, placed.price) == (10009, 0, 0.0)
    assert mt5.orders_total() == 1
    (order,) = mt5.orders_get(symbol="EURUSD")
    assert (order.price_open, order.state, order.volume_current) == (price, 1, 0.1)
    assert mt5.order_send({"action": 7, "order": order.ticket, "price": round(price - 0.01, 5)}).retcode == 10009
    assert mt5.order_send({"action": 8, "order": order.ticket}).retcode == 10009
    assert mt5.orders_get() == ()
    assert mt5.history_orders_get(ticket=order.ticket)[0].state == mt5.ORDER_STATE_CANCELED


def test_bars_and_ticks() -> None:
    bars = mt5.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 300)
    assert (bars.dtype, len(bars)) == (RATE_DTYPE, 300)
    assert bars.dtype.itemsize == 60
    day = mt5.copy_rates_from("EURUSD", mt5.TIMEFRAME_D1, FAR, 5)
    assert len(day) == 5
    assert len(mt5.copy_rates_range("EURUSD", mt5.TIMEFRAME_D1, int(day["time"][1]), int(day["time"][3]))) == 3
    again = mt5.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 10, 50)
    assert np.isin(again["time"][1:], bars["time"]).all()
    ticks = mt5.copy_ticks_from("EURUSD", int(bars["time"][-3]), 50, mt5.COPY_TICKS_ALL)
    assert (ticks.dtype, len(ticks)) == (TICK_DTYPE, 50)
    bars["close"] += 1.0  # the arrays belong to the caller
    nothing = mt5.copy_rates_range("EURUSD", mt5.TIMEFRAME_H1, 1000, 2000)
    assert (len(nothing), nothing.dtype) == (0, RATE_DTYPE)
    assert mt5.last_error() == (1, "Success")
    assert len(mt5.copy_ticks_range("EURUSD", int(bars["time"][-3]), int(bars["time"][-2]), mt5.COPY_TICKS_TRADE)) == 0


def test_symbols_and_their_selection() -> None:
    assert mt5.symbols_total() == 30 == len(mt5.symbols_get())
    assert [info.name for info in mt5.symbols_get("!EUR*")] == []
    assert [info.name for info in mt5.symbols_get(group="!EUR*,!A*,!C*,!N*,*JPY")] == ["USDJPY", "GBPJPY"]
    hidden = mt5.symbol_info("NZDUSD")
    assert (hidden.select, hidden.bid) == (False, 0.0)
    assert mt5.symbol_info_tick("NZDUSD") is None
    assert mt5.symbol_select("NZDUSD", True) is True
    info = mt5.symbol_info("NZDUSD")
    assert (info.select, info.digits, info.point, info.trade_contract_size) == (True, 5, 1e-5, 100_000.0)
    assert info.bid > 0
    assert info.bidhigh >= info.bid >= info.bidlow > 0
    assert mt5.symbol_select("NZDUSD", False) is True
    assert mt5.symbol_info("NOSUCH") is None
    assert mt5.last_error() == (-4, "Terminal: Not found")
    assert mt5.symbol_select("NOSUCH") is False
    yen = mt5.symbol_info("USDJPY")
    assert yen.trade_tick_value == pytest.approx(100 / yen.ask, rel=1e-3)


def test_calculations_and_check() -> None:
    tick = mt5.symbol_info_tick("EURUSD")
    assert mt5.order_calc_margin(0, "EURUSD", 1, tick.ask) == pytest.approx(1000 * tick.ask, abs=0.01)
    assert mt5.order_calc_profit(1, "EURUSD", 1.0, 1.2, 1.1) == pytest.approx(10_000.0)
    check = mt5.order_check(BUY)
    assert (check.retcode, check.comment) == (0, "Done")
    assert check.margin == pytest.approx(100 * tick.ask, rel=0.001)
    assert mt5.order_check({**BUY, "volume": 0.001}).retcode == 10014
    assert mt5.order_check({**BUY, "volume": 90.0}).retcode == 10019


def test_argument_errors() -> None:
    assert mt5.order_send({**BUY, "sl": 0}) is None
    assert mt5.last_error() == (-2, 'Invalid "sl" argument')
    assert mt5.symbol_info() is None
    assert mt5.last_error() == (-2, "Invalid arguments")
    assert mt5.positions_get("EURUSD") is None
    assert mt5.last_error() == (-2, "Unnamed arguments not allowed")
    assert mt5.history_deals_get(0, ticket=5) is None
    assert mt5.last_error() == (-2, "Unnamed arguments not allowed")
    assert mt5.copy_rates_from_pos("EURUSD", 7, 0, 5) is None
    assert mt5.last_error() == (-2, "Terminal: Invalid params")
    assert mt5.symbol_info(5) is None
    assert mt5.last_error() == (-2, "Invalid arguments")
    with pytest.raises(SystemError, match="built-in function copy_rates_from_pos"):
        mt5.copy_rates_from_pos("EURUSD", "H1", 0, 5)
    with pytest.raises(TypeError, match=r"symbol_info\(\) takes no keyword arguments"):
        mt5.symbol_info(symbol="EURUSD")


def test_permission_switches(terminal: Any) -> None:
    def retcode() -> int:
        return int(mt5.order_send(BUY).retcode)

    for switch, expected in (
        ("auto_trading", 10027), ("connected", 10031), ("trade_allowed", 10017), ("trade_expert", 10026),
        ("market_open", 10018),
    ):  # fmt: skip
        terminal.control(**{switch: False})
        assert retcode() == expected
        terminal.control(**{switch: True})
    terminal.control(auto_trading=False)
    refused = mt5.order_send(BUY)
    assert (refused.comment, refused.request_id, refused.bid) == ("AutoTrading disabled by client", 0, 0.0)
    assert mt5.terminal_info().trade_allowed is False
    terminal.control(auto_trading=True, api_disabled=True)
    assert mt5.order_send(BUY) is None
    assert mt5.last_error()[0] == mt5.RES_E_AUTO_TRADING_DISABLED
    assert mt5.terminal_info().tradeapi_disabled is True
    terminal.control(api_disabled=False)
    assert mt5.positions_total() == 0


def test_without_a_connection_prices_stand_still_and_initialize_times_out(terminal: Any) -> None:
    terminal.control(connected=False)
    tick = mt5.symbol_info_tick("EURUSD")
    assert mt5.terminal_info().connected is False
    assert mt5.initialize(terminal.path, timeout=300) is False
    assert mt5.last_error() == (-10005, "IPC timeout")
    terminal.control(connected=True)
    assert mt5.initialize(terminal.path)
    terminal.wait(lambda: mt5.symbol_info_tick("EURUSD").time_msc > tick.time_msc)


def test_login(terminal: Any) -> None:
    login = mt5.account_info().login
    assert mt5.login(login, password="x", server="ForexElite-Demo") is True
    assert mt5.login(login + 1) is False
    assert mt5.last_error() == (-6, "Terminal: Authorization failed")


def test_buy_sell_close() -> None:
    assert mt5.Buy("EURUSD", 0.1).retcode == 10009
    assert mt5.Sell("EURUSD", 0.2, comment="short").retcode == 10009
    assert mt5.Close("EURUSD") is True
    assert mt5.Close("EURUSD") is False


def test_a_quote_takes_well_below_a_millisecond() -> None:
    def hundred() -> float:
        begin = time.perf_counter()
        for _ in range(100):
            mt5.symbol_info_tick("EURUSD")
        return (time.perf_counter() - begin) / 100

    assert min(hundred() for _ in range(10)) < 0.001
