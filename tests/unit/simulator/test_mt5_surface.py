"""The module's names, records and constants against what the real package has."""

import pickle

import pytest

from agent_core.simulator import mt5, records

FUNCTIONS = [
    "initialize", "login", "shutdown", "version", "last_error", "account_info", "terminal_info", "symbols_total",
    "symbols_get", "symbol_info", "symbol_info_tick", "symbol_select", "market_book_add", "market_book_get",
    "market_book_release", "copy_rates_from", "copy_rates_from_pos", "copy_rates_range", "copy_ticks_from",
    "copy_ticks_range", "orders_total", "orders_get", "order_calc_margin", "order_calc_profit", "order_check",
    "order_send", "positions_total", "positions_get", "history_orders_total", "history_orders_get",
    "history_deals_total", "history_deals_get", "Buy", "Sell", "Close", "_RawOrder",
]  # fmt: skip

FIELDS = {
    "Tick": "time, bid, ask, last, volume, time_msc, flags, volume_real",
    "TradeRequest": "action, magic, order, symbol, volume, price, stoplimit, sl, tp, deviation, type, type_filling,"
    " type_time, expiration, comment, position, position_by",
    "OrderSendResult": "retcode, deal, order, volume, price, bid, ask, comment, request_id, retcode_external, request",
    "OrderCheckResult": "retcode, balance, equity, profit, margin, margin_free, margin_level, comment, request",
    "TradePosition": "ticket, time, time_msc, time_update, time_update_msc, type, magic, identifier, reason, volume,"
    " price_open, sl, tp, price_current, swap, profit, symbol, comment, external_id",
    "TradeDeal": "ticket, order, time, time_msc, type, entry, magic, position_id, reason, volume, price, commission,"
    " swap, profit, fee, symbol, comment, external_id",
    "BookInfo": "type, price, volume, volume_dbl",
}


def test_every_function_is_there() -> None:
    assert [name for name in FUNCTIONS if not callable(getattr(mt5, name, None))] == []


@pytest.mark.parametrize("name", FIELDS)
def test_records_have_the_fields_in_order(name: str) -> None:
    assert getattr(mt5, name).__match_args__ == tuple(FIELDS[name].replace(" ", "").split(","))


@pytest.mark.parametrize(
    ("name", "count"), [("AccountInfo", 28), ("TerminalInfo", 22), ("SymbolInfo", 96), ("TradeOrder", 24)]
)
def test_records_have_as_many_fields_as_the_package(name: str, count: int) -> None:
    kind = getattr(mt5, name)
    assert kind.n_fields == len(kind.__match_args__) == count


def test_records_are_struct_sequences() -> None:
    book = records.BookInfo((1, 1.5, 10, 10.0))
    assert isinstance(book, tuple)
    assert book.price == book[1] == 1.5
    assert book._asdict() == {"type": 1, "price": 1.5, "volume": 10, "volume_dbl": 10.0}
    assert repr(book) == "BookInfo(type=1, price=1.5, volume=10, volume_dbl=10.0)"
    assert not any(hasattr(book, name) for name in ("_fields", "_replace", "_make"))
    assert pickle.loads(pickle.dumps(book)) == book
    with pytest.raises(AttributeError):
        book.price = 2.0
    with pytest.raises(TypeError):
        records.BookInfo((1,))


def test_constants_have_the_package_values() -> None:
    expected = {
        "TIMEFRAME_M1": 1, "TIMEFRAME_H1": 16385, "TIMEFRAME_D1": 16408, "TIMEFRAME_W1": 32769,
        "TIMEFRAME_MN1": 49153, "COPY_TICKS_ALL": -1, "COPY_TICKS_INFO": 1, "COPY_TICKS_TRADE": 2,
        "TICK_FLAG_BID": 2, "TICK_FLAG_ASK": 4, "TRADE_ACTION_DEAL": 1, "TRADE_ACTION_PENDING": 5,
        "TRADE_ACTION_SLTP": 6, "TRADE_ACTION_MODIFY": 7, "TRADE_ACTION_REMOVE": 8, "TRADE_ACTION_CLOSE_BY": 10,
        "ORDER_FILLING_FOK": 0, "ORDER_FILLING_IOC": 1, "ORDER_FILLING_RETURN": 2, "ORDER_FILLING_BOC": 3,
        "ACCOUNT_MARGIN_MODE_RETAIL_HEDGING": 2, "TRADE_RETCODE_DONE": 10009, "TRADE_RETCODE_CLIENT_DISABLES_AT": 10027,
        "RES_S_OK": 1, "RES_E_AUTO_TRADING_DISABLED": -8, "RES_E_INTERNAL_FAIL_CONNECT": -10004,
        "RES_E_INTERNAL_FAIL_TIMEOUT": -10005,
    }  # fmt: skip
    assert {name: getattr(mt5, name) for name in expected} == expected


def test_there_is_no_constant_the_package_lacks() -> None:
    assert not hasattr(mt5, "TRADE_RETCODE_HEDGE_PROHIBITED")


def test_without_initialize_every_call_fails_with_no_connection() -> None:
    mt5.shutdown()
    assert mt5.account_info() is None
    assert mt5.last_error() == (-10004, "No IPC connection")
    assert mt5.symbol_select("EURUSD", True) is False
    assert mt5.copy_rates_from_pos("EURUSD", 1, 0, 10) is None
    assert mt5.positions_get() is None
    assert mt5.order_send({"action": 1}) is None
    assert mt5.shutdown() is True
    assert mt5.last_error() == (1, "Success")


@pytest.mark.parametrize(
    ("arguments", "keywords", "text"),
    [
        (("a", "b"), {}, "Invalid number of arguments"),
        ((5,), {}, "Invalid 1st unnamed argument"),
        ((), {"login": "5"}, 'Invalid "login" argument'),
        ((), {"timeout": 1.5}, 'Invalid "timeout" argument'),
    ],
)
def test_initialize_refuses_bad_arguments(
    arguments: tuple[object, ...], keywords: dict[str, object], text: str
) -> None:
    assert mt5.initialize(*arguments, **keywords) is False
    assert mt5.last_error() == (-2, text)


def test_initialize_without_a_terminal_says_not_found(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("APPDATA", str(tmp_path))
    assert mt5.initialize() is False
    assert mt5.last_error() == (-10003, "IPC initialize failed, MetaTrader 5 x64 not found")
