"""Orders, trades, positions and the transactions they make."""

from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter, Request

from cloud.embedded.oanda import documents
from cloud.embedded.oanda.account import PracticeAccount, RejectedError, Transaction
from cloud.embedded.oanda.errors import INVALID, RefusedError


def order_routes(account: PracticeAccount, base: str) -> APIRouter:
    """Placing, replacing and cancelling orders."""
    routes = APIRouter()

    @routes.post(f"{base}/orders", status_code=201)
    async def place(request: Request) -> dict[str, Any]:
        return _placed(account, await request.json(), None)

    @routes.put(f"{base}/orders/{{spec}}", status_code=201)
    async def replace(spec: str, request: Request) -> dict[str, Any]:
        order_id = _order_id(account, spec)
        if order_id not in account.orders:
            raise RefusedError(404, "The order ID specified does not exist", "ORDER_DOESNT_EXIST")
        return _placed(account, await request.json(), order_id)

    @routes.get(f"{base}/orders")
    @routes.get(f"{base}/pendingOrders")
    async def orders() -> dict[str, Any]:
        return answer(account, orders=[documents.order_document(order) for order in account.orders.values()])

    @routes.get(f"{base}/orders/{{spec}}")
    async def order(spec: str) -> dict[str, Any]:
        order_id = _order_id(account, spec)
        found = account.orders.get(order_id)
        document = documents.order_document(found) if found else documents.ended_order_document(account, order_id)
        if document is None:
            raise RefusedError(404, "The order ID specified does not exist", "NO_SUCH_ORDER")
        return answer(account, order=document)

    @routes.put(f"{base}/orders/{{spec}}/cancel")
    async def cancel(spec: str) -> dict[str, Any]:
        try:
            done = account.cancel(_order_id(account, spec))
        except KeyError as error:
            raise RefusedError(404, "The order ID specified does not exist", "ORDER_DOESNT_EXIST") from error
        return answer(account, orderCancelTransaction=done, relatedTransactionIDs=[done["id"]])

    return routes


def trade_routes(account: PracticeAccount, base: str) -> APIRouter:
    """Open trades and positions."""
    routes = APIRouter()

    @routes.get(f"{base}/trades")
    @routes.get(f"{base}/openTrades")
    async def trades() -> dict[str, Any]:
        return answer(account, trades=[documents.trade_document(account, trade) for trade in account.trades.values()])

    @routes.put(f"{base}/trades/{{trade_id}}/close")
    async def close(trade_id: str, request: Request) -> dict[str, Any]:
        body = await request.json() if await request.body() else {}
        try:
            units = None if body.get("units", "ALL") == "ALL" else Decimal(body["units"])
            done = account.close(trade_id, units)
        except KeyError as error:
            raise RefusedError(404, "The Trade ID specified does not exist", "NO_SUCH_TRADE") from error
        except InvalidOperation as error:
            raise RefusedError(400, "Invalid value specified for 'units'", INVALID) from error
        except RejectedError as error:
            raise _rejected(account, error) from error
        return answer(account, relatedTransactionIDs=[item["id"] for item in done], **_named(done))

    @routes.put(f"{base}/trades/{{trade_id}}/orders")
    async def levels(trade_id: str, request: Request) -> dict[str, Any]:
        trade = account.trades.get(trade_id)
        if trade is None:
            raise RefusedError(404, "The Trade ID specified does not exist", "NO_SUCH_TRADE")
        try:
            done = account.set_levels(trade, await request.json())
        except RejectedError as error:
            raise _rejected(account, error) from error
        return answer(account, relatedTransactionIDs=[item["id"] for item in done.values()], **done)

    @routes.get(f"{base}/openPositions")
    @routes.get(f"{base}/positions")
    async def positions() -> dict[str, Any]:
        names = dict.fromkeys(trade.instrument for trade in account.trades.values())
        return answer(account, positions=[documents.position_document(account, name) for name in names])

    return routes


def transaction_routes(account: PracticeAccount, base: str) -> APIRouter:
    """The account's journal."""
    routes = APIRouter()

    @routes.get(f"{base}/transactions/sinceid")
    async def since(id: str) -> dict[str, Any]:  # noqa: A002  # the vendor's parameter
        return answer(account, transactions=account.transactions[int(id) :])

    @routes.get(f"{base}/changes")
    async def changes(sinceTransactionID: str) -> dict[str, Any]:  # noqa: N803  # the vendor's parameter
        state = {"NAV": documents.summary_document(account)["NAV"]}
        return answer(account, changes={"transactions": account.transactions[int(sinceTransactionID) :]}, state=state)

    return routes


def _placed(account: PracticeAccount, body: dict[str, Any], replaces: str | None) -> dict[str, Any]:
    order = body.get("order") or {}
    if documents.known(str(order.get("instrument"))) is None:
        raise RefusedError(400, "Invalid value specified for 'order.instrument'", INVALID)
    try:
        done = account.place(order, replaces=replaces)
    except (InvalidOperation, KeyError) as error:
        raise RefusedError(400, "Invalid value specified for 'order.units'", INVALID) from error
    except RejectedError as error:
        raise _rejected(account, error) from error
    return answer(account, relatedTransactionIDs=[item["id"] for item in done], **_named(done, replaces))


def _rejected(account: PracticeAccount, error: RejectedError) -> RefusedError:
    rejected, reason = error.transaction, error.transaction["rejectReason"]
    names = {"STOP_LOSS_ORDER_REJECT": "stopLossOrder", "TAKE_PROFIT_ORDER_REJECT": "takeProfitOrder"}
    named = {f"{names.get(rejected['type'], 'order')}RejectTransaction": rejected}
    return RefusedError(
        400, reason.replace("_", " ").capitalize(), reason, **named, relatedTransactionIDs=[rejected["id"]],
        lastTransactionID=account.last_transaction_id,
    )  # fmt: skip


def answer(account: PracticeAccount, /, **members: Any) -> dict[str, Any]:
    """A body that ends, as all of them, with the newest transaction."""
    return {**members, "lastTransactionID": account.last_transaction_id}


def _named(done: list[Transaction], replaces: str | None = None) -> dict[str, Any]:
    """Transactions by their names in an answer; an order that replaces another has its own cancellation apart."""
    named = {}
    for item in done:
        name = {"ORDER_FILL": "orderFillTransaction", "ORDER_CANCEL": "orderCancelTransaction"}.get(item["type"])
        if item["type"] == "ORDER_CANCEL" and replaces not in (None, item["orderID"]):
            name = "replacingOrderCancelTransaction"
        named[name or "orderCreateTransaction"] = item
    return named


def _order_id(account: PracticeAccount, spec: str) -> str:
    if not spec.startswith("@"):
        return spec
    by_client_id = {
        (order.terms.get("clientExtensions") or {}).get("id"): order.id for order in account.orders.values()
    }
    return by_client_id.get(spec[1:], spec)
