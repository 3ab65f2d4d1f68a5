"""The OANDA stand-in, asked by an independent client library over a real socket."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from oandapyV20 import API
from oandapyV20.endpoints import accounts, instruments, orders, positions, pricing, trades, transactions
from oandapyV20.exceptions import V20Error

from cloud.embedded.oanda.app import create_oanda_app

ACCOUNT = "101-001-1234567-001"
KEY = "practice-key"
# The client library logs each refused request as an error.
pytestmark = pytest.mark.logs_errors


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_oanda_app(KEY, ACCOUNT), log_level="error", lifespan="on"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    server.force_exit = True
    thread.join(10)


@pytest.fixture
def api(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[API]:
    monkeypatch.setitem(
        __import__("oandapyV20.oandapyV20", fromlist=["x"]).TRADING_ENVIRONMENTS, "local", {"api": url, "stream": url}
    )
    client = API(access_token=KEY, environment="local")
    yield client
    client.client.close()


def market_order(units: int, **more: object) -> orders.OrderCreate:
    order = {"type": "MARKET", "instrument": "EUR_USD", "units": str(units), "timeInForce": "FOK", **more}
    return orders.OrderCreate(ACCOUNT, data={"order": order})


def test_an_order_is_filled_shown_and_closed(api: API) -> None:
    placed = api.request(market_order(1000, stopLossOnFill={"price": "0.50000"}))
    fill = placed["orderFillTransaction"]
    trade_id = fill["tradeOpened"]["tradeID"]
    shown = api.request(trades.OpenTrades(ACCOUNT))["trades"]
    assert [(trade["id"], trade["currentUnits"]) for trade in shown] == [(trade_id, "1000")]
    assert shown[0]["stopLossOrder"]["price"] == "0.50000"
    held = api.request(positions.OpenPositions(ACCOUNT))["positions"]
    assert held[0]["long"]["units"] == "1000"
    closed = api.request(trades.TradeClose(ACCOUNT, trade_id, data={"units": "ALL"}))
    assert closed["orderFillTransaction"]["tradesClosed"][0]["tradeID"] == trade_id
    assert api.request(trades.OpenTrades(ACCOUNT))["trades"] == []
    since = api.request(transactions.TransactionsSinceID(ACCOUNT, {"id": placed["orderCreateTransaction"]["id"]}))
    assert fill["id"] in [item["id"] for item in since["transactions"]]


def test_an_opposite_order_reduces_the_position_first(api: API) -> None:
    api.request(market_order(1000))
    reduced = api.request(market_order(-400))
    assert "tradeOpened" not in reduced["orderFillTransaction"]
    assert api.request(positions.OpenPositions(ACCOUNT))["positions"][0]["long"]["units"] == "600"
    api.request(market_order(-600))
    assert api.request(positions.OpenPositions(ACCOUNT))["positions"] == []


def test_a_limit_order_waits_and_can_be_cancelled(api: API) -> None:
    order = {"type": "LIMIT", "instrument": "EUR_USD", "units": "100", "price": "0.50000", "timeInForce": "GTC"}
    placed = api.request(orders.OrderCreate(ACCOUNT, data={"order": order}))
    order_id = placed["orderCreateTransaction"]["id"]
    assert [item["id"] for item in api.request(orders.OrdersPending(ACCOUNT))["orders"]] == [order_id]
    api.request(orders.OrderCancel(ACCOUNT, order_id))
    with pytest.raises(V20Error, match="ORDER_DOESNT_EXIST"):
        api.request(orders.OrderCancel(ACCOUNT, order_id))


@pytest.mark.parametrize(
    ("units", "code"), [("0", "UNITS_INVALID"), ("1.5", "UNITS_PRECISION_EXCEEDED"), ("1e12", "UNITS_LIMIT_EXCEEDED")]
)
def test_bad_units_are_refused_with_the_documented_code(api: API, units: str, code: str) -> None:
    order = {"type": "MARKET", "instrument": "EUR_USD", "units": units}
    with pytest.raises(V20Error, match=code):
        api.request(orders.OrderCreate(ACCOUNT, data={"order": order}))


def test_an_order_beyond_the_margin_is_created_and_cancelled(api: API) -> None:
    done = api.request(market_order(90_000_000))
    assert done["orderCancelTransaction"]["reason"] == "INSUFFICIENT_MARGIN"


def test_unknown_instrument_and_wrong_key_are_refused(api: API, url: str) -> None:
    with pytest.raises(V20Error, match="InvalidParameterException"):
        api.request(orders.OrderCreate(ACCOUNT, data={"order": {"instrument": "FOO_BAR", "units": "1"}}))
    stranger = API(access_token="other", environment="local")
    with pytest.raises(V20Error) as refused:
        stranger.request(accounts.AccountSummary(ACCOUNT))
    stranger.client.close()
    assert refused.value.code == 401


@pytest.mark.parametrize("granularity", ["S5", "M1", "M15", "H1", "D", "W"])
def test_candles_are_consistent_and_end_now(api: API, granularity: str) -> None:
    wanted = instruments.InstrumentsCandles("EUR_USD", {"granularity": granularity, "count": 50, "price": "MBA"})
    bars = api.request(wanted)["candles"]
    assert len(bars) == 50
    for bar in bars:
        mid = {name: float(value) for name, value in bar["mid"].items()}
        assert mid["l"] <= min(mid["o"], mid["c"]) <= max(mid["o"], mid["c"]) <= mid["h"]
        assert float(bar["bid"]["c"]) < float(bar["ask"]["c"])
    assert [bar["complete"] for bar in bars] == [True] * 49 + [False]


def test_the_account_summary_adds_up(api: API) -> None:
    account = api.request(accounts.AccountSummary(ACCOUNT))["account"]
    assert float(account["NAV"]) == pytest.approx(float(account["balance"]) + float(account["unrealizedPL"]))
    assert account["currency"] == "USD"


def test_the_stream_begins_with_a_snapshot_and_keeps_to_four_prices_a_second(api: API) -> None:
    stream = pricing.PricingStream(ACCOUNT, {"instruments": "EUR_USD,USD_JPY"})
    seen: list[str] = []
    beats = 0
    started = time.monotonic()
    for line in api.request(stream):
        if line["type"] == "HEARTBEAT":
            beats += 1
            break
        seen.append(line["instrument"])
    elapsed = time.monotonic() - started
    assert seen[:2] == ["EUR_USD", "USD_JPY"]
    assert beats == 1
    assert 4.5 < elapsed < 7
    assert seen.count("EUR_USD") <= 4 * elapsed + 2
