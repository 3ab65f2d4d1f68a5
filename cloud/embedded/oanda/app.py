"""The v20 endpoints: pricing, stream, candles, account, orders, trades, positions, transactions."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from cloud.embedded.oanda import documents
from cloud.embedded.oanda.account import PracticeAccount, RejectedError
from cloud.embedded.oanda.prices import GRANULARITY_SECONDS, INSTRUMENTS, candles, quote_at, rfc3339

WINDOW_SECONDS = 0.25
HEARTBEAT_SECONDS = 5.0
MAX_CANDLES = 5000
INVALID = "oanda::rest::core::InvalidParameterException"


class RefusedError(Exception):
    """An answer other than success."""

    def __init__(self, status: int, message: str, code: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"errorMessage": message, **({"errorCode": code} if code else {}), **more}


def create_oanda_app(api_key: str, account_id: str) -> FastAPI:
    """Builds the stand-in with one account that answers to one token."""
    account = PracticeAccount(account_id, lambda instrument: quote_at(instrument, time.time()))
    base = f"/v3/accounts/{account_id}"

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(account))
        yield
        ticking.cancel()

    async def authorise(request: Request) -> None:
        foreign = request.url.path.startswith("/v3/accounts/") and not request.url.path.startswith(base)
        if foreign or request.headers.get("authorization") != f"Bearer {api_key}":
            raise RefusedError(403 if foreign else 401, "Insufficient authorization to perform request.")

    app = FastAPI(lifespan=lifespan, dependencies=[Depends(authorise)])

    @app.exception_handler(RefusedError)
    async def refused(_request: Request, error: RefusedError) -> JSONResponse:
        return JSONResponse(error.body, error.status)

    for routes in (_account_routes, _price_routes, _order_routes, _trade_routes, _transaction_routes):
        app.include_router(routes(account, base))
    return app


def _account_routes(account: PracticeAccount, base: str) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v3/accounts")
    async def accounts() -> dict[str, Any]:
        return {"accounts": [{"id": account.id, "tags": []}]}

    @routes.get(f"{base}/summary")
    async def summary() -> dict[str, Any]:
        return _answer(account, account=documents.summary_document(account))

    @routes.get(f"{base}/instruments")
    async def instruments() -> dict[str, Any]:
        return _answer(account, instruments=[documents.instrument_document(item) for item in INSTRUMENTS.values()])

    return routes


def _price_routes(_account: PracticeAccount, base: str) -> APIRouter:
    routes = APIRouter()

    @routes.get(f"{base}/pricing")
    async def pricing(instruments: str) -> dict[str, Any]:
        now = time.time()
        return {"time": _now(), "prices": [_price(name, now) for name in _names(instruments)]}

    @routes.get(f"{base}/pricing/stream")
    async def stream(instruments: str, snapshot: bool = True) -> StreamingResponse:
        return StreamingResponse(_stream(_names(instruments), snapshot), media_type="application/octet-stream")

    @routes.get("/v3/instruments/{name}/candles")
    async def instrument_candles(name: str, request: Request) -> dict[str, Any]:
        return _candles(name, dict(request.query_params))

    return routes


def _order_routes(account: PracticeAccount, base: str) -> APIRouter:
    routes = APIRouter()

    @routes.post(f"{base}/orders", status_code=201)
    async def place(request: Request) -> dict[str, Any]:
        order = (await request.json()).get("order") or {}
        if documents.known(str(order.get("instrument"))) is None:
            raise RefusedError(400, "Invalid value specified for 'order.instrument'", INVALID)
        try:
            done = account.place(order)
        except (InvalidOperation, KeyError) as error:
            raise RefusedError(400, "Invalid value specified for 'order.units'", INVALID) from error
        except RejectedError as error:
            reason = error.transaction["rejectReason"]
            raise RefusedError(
                400, reason.replace("_", " ").capitalize(), reason, orderRejectTransaction=error.transaction,
                relatedTransactionIDs=[error.transaction["id"]], lastTransactionID=account.last_transaction_id,
            ) from error  # fmt: skip
        return _answer(account, relatedTransactionIDs=[item["id"] for item in done], **_named(done))

    @routes.get(f"{base}/orders")
    @routes.get(f"{base}/pendingOrders")
    async def orders() -> dict[str, Any]:
        return _answer(account, orders=[documents.order_document(order) for order in account.orders.values()])

    @routes.put(f"{base}/orders/{{spec}}/cancel")
    async def cancel(spec: str) -> dict[str, Any]:
        try:
            done = account.cancel(_order_id(account, spec))
        except KeyError as error:
            raise RefusedError(404, "The order ID specified does not exist", "ORDER_DOESNT_EXIST") from error
        return _answer(account, orderCancelTransaction=done, relatedTransactionIDs=[done["id"]])

    return routes


def _trade_routes(account: PracticeAccount, base: str) -> APIRouter:
    routes = APIRouter()

    @routes.get(f"{base}/trades")
    @routes.get(f"{base}/openTrades")
    async def trades() -> dict[str, Any]:
        return _answer(account, trades=[documents.trade_document(account, trade) for trade in account.trades.values()])

    @routes.put(f"{base}/trades/{{trade_id}}/close")
    async def close(trade_id: str, request: Request) -> dict[str, Any]:
        body = await request.json() if await request.body() else {}
        units = None if body.get("units", "ALL") == "ALL" else Decimal(body["units"])
        try:
            done = account.close(trade_id, units)
        except KeyError as error:
            raise RefusedError(404, "The Trade ID specified does not exist", "NO_SUCH_TRADE") from error
        return _answer(account, relatedTransactionIDs=[item["id"] for item in done], **_named(done))

    @routes.put(f"{base}/trades/{{trade_id}}/orders")
    async def levels(trade_id: str, request: Request) -> dict[str, Any]:
        trade = account.trades.get(trade_id)
        if trade is None:
            raise RefusedError(404, "The Trade ID specified does not exist", "NO_SUCH_TRADE")
        body = await request.json()
        if "stopLoss" in body:
            trade.stop_loss = Decimal(body["stopLoss"]["price"]) if body["stopLoss"] else None
        if "takeProfit" in body:
            trade.take_profit = Decimal(body["takeProfit"]["price"]) if body["takeProfit"] else None
        return _answer(account, relatedTransactionIDs=[])

    @routes.get(f"{base}/openPositions")
    @routes.get(f"{base}/positions")
    async def positions() -> dict[str, Any]:
        names = dict.fromkeys(trade.instrument for trade in account.trades.values())
        return _answer(account, positions=[documents.position_document(account, name) for name in names])

    return routes


def _transaction_routes(account: PracticeAccount, base: str) -> APIRouter:
    routes = APIRouter()

    @routes.get(f"{base}/transactions/sinceid")
    async def since(id: str) -> dict[str, Any]:  # noqa: A002  # the vendor's parameter
        return _answer(account, transactions=account.transactions[int(id) :])

    @routes.get(f"{base}/changes")
    async def changes(sinceTransactionID: str) -> dict[str, Any]:  # noqa: N803  # the vendor's parameter
        state = {"NAV": documents.summary_document(account)["NAV"]}
        return _answer(account, changes={"transactions": account.transactions[int(sinceTransactionID) :]}, state=state)

    return routes


def _answer(account: PracticeAccount, /, **members: Any) -> dict[str, Any]:
    return {**members, "lastTransactionID": account.last_transaction_id}


async def _tick(account: PracticeAccount) -> None:
    while True:
        await asyncio.sleep(WINDOW_SECONDS)
        account.tick()


async def _stream(names: list[str], snapshot: bool) -> AsyncIterator[str]:
    last_line = time.monotonic()
    sent: dict[str, tuple[float, float]] = {}
    if not snapshot:
        sent = {name: _sides(name) for name in names}
    while True:
        for name in names:
            if (sides := _sides(name)) != sent.get(name):
                sent[name] = sides
                yield json.dumps(_price(name, time.time())) + "\n"
        if time.monotonic() - last_line >= HEARTBEAT_SECONDS:
            last_line = time.monotonic()
            yield json.dumps({"type": "HEARTBEAT", "time": _now()}) + "\n"
        await asyncio.sleep(WINDOW_SECONDS)


def _sides(name: str) -> tuple[float, float]:
    quote = quote_at(INSTRUMENTS[name], time.time())
    return quote.bid, quote.ask


def _price(name: str, moment: float) -> dict[str, Any]:
    return documents.price_document(INSTRUMENTS[name], quote_at(INSTRUMENTS[name], moment))


def _candles(name: str, query: dict[str, str]) -> dict[str, Any]:
    instrument = documents.known(name)
    granularity = query.get("granularity", "S5")
    if instrument is None:
        raise RefusedError(400, "Invalid value specified for 'instrument'", INVALID)
    if granularity not in GRANULARITY_SECONDS:
        raise RefusedError(400, "Invalid value specified for 'granularity'", INVALID)
    if "count" in query and "from" in query and "to" in query:
        raise RefusedError(400, "'count' cannot be specified when 'to' and 'from' are also specified")
    seconds, now = GRANULARITY_SECONDS[granularity], time.time()
    start, count = _range(query, seconds, now)
    if not 0 < count <= MAX_CANDLES:
        raise RefusedError(400, "Maximum value for 'count' exceeded")
    members = {"M": "mid", "B": "bid", "A": "ask"}
    wanted = [members[letter] for letter in query.get("price", "M")]
    bars = candles(instrument, granularity, start, count, now)
    kept = [{key: bar[key] for key in ("complete", "volume", "time", *wanted)} for bar in bars]
    return {"instrument": name, "granularity": granularity, "candles": kept}


def _range(query: dict[str, str], seconds: int, now: float) -> tuple[float, int]:
    count = int(query.get("count", "500"))
    if "from" in query:
        start = _moment(query["from"]) // seconds * seconds
        end = _moment(query["to"]) if "to" in query else start + count * seconds
        return start, min(int((end - start) // seconds) + (1 if "to" in query else 0), MAX_CANDLES + 1)
    end = _moment(query["to"]) if "to" in query else now
    return (end // seconds - count + 1) * seconds, count


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text).timestamp()


def _names(instruments: str) -> list[str]:
    names = instruments.split(",")
    if any(documents.known(name) is None for name in names):
        raise RefusedError(400, "Invalid value specified for 'instruments'", INVALID)
    return names


def _named(done: list[dict[str, Any]]) -> dict[str, Any]:
    names = {"ORDER_FILL": "orderFillTransaction", "ORDER_CANCEL": "orderCancelTransaction"}
    return {names.get(item["type"], "orderCreateTransaction"): item for item in done}


def _order_id(account: PracticeAccount, spec: str) -> str:
    if not spec.startswith("@"):
        return spec
    return next((order.id for order in account.orders.values() if order.extensions.get("id") == spec[1:]), spec)


def _now() -> str:
    return rfc3339(time.time())
