"""One user's OANDA account: its state, its orders and its journal of transactions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from agent_core.protocol.errors import ForexEliteError
from cloud.providers.oanda.documents import (
    InstrumentTerms,
    Named,
    Order,
    Pricing,
    Summary,
    Trade,
    Transaction,
    WorkingOrder,
    plain,
    read,
    read_list,
)
from cloud.providers.oanda.refusals import answered, refusal
from cloud.providers.oanda.transport import OandaAccess, OandaRefusedError, OandaSilentError, OandaTransport

_SHOWN = frozenset({"LIMIT", "STOP"})
_OPENING = frozenset({"LIMIT", "STOP", "MARKET_IF_TOUCHED"})
Row = Literal["trades", "orders"]


class IncompleteScanError(Exception):
    """The journal came with gaps, so that nothing can be concluded from what it lacks."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an order led to: the order itself, its fill, and its cancellation, as far as there are any."""

    order: Transaction
    fill: Transaction | None = None
    cancel: Transaction | None = None


class OandaAccount:
    """The v20 endpoints of one account.

    What changes something raises `OandaSilentError` when the outcome is not known; everything raises
    `ForexEliteError`, for a refusal with its own code, and BROKER_UNAVAILABLE when nothing was done.
    """

    def __init__(self, transport: OandaTransport, access: OandaAccess, account_id: str) -> None:
        self._transport = transport
        self._access = access
        self._path = f"/v3/accounts/{account_id}"

    async def summary(self) -> Summary:
        """The account's figures now."""
        return read(Summary, (await self._call("GET", "/summary")).get("account"))

    async def trades(self) -> list[Trade]:
        """Open trades."""
        return read_list(Trade, (await self._call("GET", "/openTrades")).get("trades"))

    async def orders(self) -> list[Order]:
        """Working LIMIT and STOP orders, without the stops and targets of open trades."""
        orders = read_list(Order, (await self._call("GET", "/pendingOrders")).get("orders"))
        return [order for order in orders if order.type in _SHOWN]

    async def opening_orders(self) -> list[str]:
        """Ids of all working orders that would open a position, also of kinds that are not shown here."""
        orders = read_list(WorkingOrder, (await self._call("GET", "/pendingOrders")).get("orders"))
        return [order.id for order in orders if order.type in _OPENING]

    async def working_order(self, order_id: str) -> dict[str, Any]:
        """A working LIMIT or STOP order with all its terms, as OANDA writes them."""
        order = (await self._call("GET", _under("orders", order_id))).get("order")
        if not isinstance(order, dict) or order.get("state") != "PENDING" or order.get("type") not in _SHOWN:
            raise refusal("NO_SUCH_ORDER")
        return order

    async def order_state(self, order_id: str) -> str | None:
        """What has become of an order: PENDING, FILLED, TRIGGERED or CANCELLED."""
        return read(WorkingOrder, (await self._call("GET", _under("orders", order_id))).get("order")).state

    async def trade_ids(self) -> tuple[list[str], str]:
        """Ids of open trades, and of the account's newest transaction."""
        answer = await self._call("GET", "/openTrades")
        return [row.id for row in read_list(Named, answer.get("trades"))], str(answer.get("lastTransactionID"))

    async def pricing(self, instruments: Iterable[str]) -> Pricing:
        """Present quotes, and what their currencies are worth in the account's."""
        query = {"instruments": ",".join(instruments), "includeHomeConversions": "true"}
        return read(Pricing, await self._call("GET", "/pricing", query=query))

    async def terms(self, instrument: str) -> InstrumentTerms:
        """Terms of an instrument."""
        rows = read_list(
            InstrumentTerms,
            (await self._call("GET", "/instruments", query={"instruments": instrument})).get("instruments"),
        )
        found = next((row for row in rows if row.name == instrument), None)
        if found is None:
            raise refusal("INSTRUMENT_UNKNOWN")
        return found

    async def place(self, order: Mapping[str, Any]) -> Done:
        """Sends an order."""
        return _done(await self._call("POST", "/orders", body={"order": order}))

    async def replace(self, order_id: str, order: Mapping[str, Any]) -> Done:
        """Puts an order in the place of a working one, in one step."""
        return _done(await self._call("PUT", _under("orders", order_id), body={"order": order}))

    async def cancel(self, order_id: str) -> None:
        """Cancels a working order."""
        await self._call("PUT", f"{_under('orders', order_id)}/cancel")

    async def close(self, trade_id: str, units: Decimal | None) -> Done:
        """Closes a trade, whole or in part."""
        body = {"units": "ALL" if units is None else plain(units)}
        return _done(await self._call("PUT", f"{_under('trades', trade_id)}/close", body=body))

    async def set_levels(self, trade_id: str, levels: Mapping[str, Any]) -> dict[str, Any]:
        """Sets the stop loss and take profit of a trade, null removes one; returns the transactions this made."""
        return await self._call("PUT", f"{_under('trades', trade_id)}/orders", body=levels)

    async def since(self, transaction_id: str) -> list[Transaction]:
        """Every transaction after one, to the newest.

        Raises:
            IncompleteScanError: some are missing.
        """
        if not transaction_id.isdecimal():
            raise IncompleteScanError(f"'{transaction_id}' is no place to begin")
        found: list[Transaction] = []
        reached = int(transaction_id)
        while True:
            page = await self._call("GET", "/transactions/sinceid", query={"id": str(reached)})
            rows = sorted(read_list(Transaction, page.get("transactions")), key=lambda row: int(row.id))
            for row in rows:
                reached += 1
                if int(row.id) != reached:
                    raise IncompleteScanError(f"{reached} is missing")
            found += rows
            newest = page.get("lastTransactionID")
            if not isinstance(newest, str) or (not rows and reached < int(newest)):
                raise IncompleteScanError(f"nothing after {reached}")
            if reached >= int(newest):
                return found

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            return await self._transport.call(self._access, method, f"{self._path}{path}", query=query, body=body)
        except OandaRefusedError as error:
            raise answered(error) from error


def _under(rows: Row, row_id: str) -> str:
    """The address of a row; what can't be an id of OANDA's is none of its rows."""
    if not (row_id.isascii() and row_id.isdigit()):
        raise refusal("NO_SUCH_ROW")
    return f"/{rows}/{row_id}"


def _done(answer: dict[str, Any]) -> Done:
    try:
        order = read(Transaction, answer.get("orderCreateTransaction"))
        fill = answer.get("orderFillTransaction")
        # A replacement cancels the order it replaces, which is no refusal; its own cancellation stands apart.
        cancel = answer.get("replacingOrderCancelTransaction") or answer.get("orderCancelTransaction")
        cancelled = None if cancel is None else read(Transaction, cancel)
        if cancelled is not None and cancelled.order_id != order.id:
            cancelled = None
        return Done(order, None if fill is None else read(Transaction, fill), cancelled)
    except ForexEliteError as error:
        raise OandaSilentError("an answer that can't be read") from error
