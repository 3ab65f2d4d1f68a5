"""Sending orders and closings to OANDA so that none is ever sent twice and none is lost.

OANDA takes the same client id as often as it is sent, and closings carry none. So what was sent and not answered is
looked for in the account's journal of transactions, from the newest one known before it was first sent. It may be sent
again only after a complete look that found nothing.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from decimal import Decimal
from typing import cast
from uuid import UUID

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import oanda_instrument
from agent_core.protocol.trading import OrderRequest
from cloud.brokers.base import BrokerAccount, CloseOrder, Closing, PlacedOrder
from cloud.brokers.oanda.documents import TAG, closing_of, order_document, placed_of, tag_of
from cloud.brokers.oanda.journal import Entry, OrderJournal, Request, Result
from cloud.brokers.oanda.search import find_close, find_order, search
from cloud.providers.oanda.account import Done, OandaAccount
from cloud.providers.oanda.documents import Transaction
from cloud.providers.oanda.transport import OandaSilentError, unavailable


def find(rows: Sequence[Transaction], request: Request, client_order_id: UUID, others: Collection[str]) -> Done | None:
    """What became of a request, out of the account's journal; `others` are the orders of other requests' closings."""
    if isinstance(request, CloseOrder):
        return find_close(rows, request.position_id, request.units, others)
    return find_order(rows, tag_of(client_order_id))


def result_of(request: Request, done: Done) -> Result:
    """What a request brought.

    Raises:
        ForexEliteError: OANDA refused it.
    """
    return closing_of(done) if isinstance(request, CloseOrder) else placed_of(done)


class OrderSender:
    """Sends the orders and closings of one request.

    Raises:
        ForexEliteError: (from every coroutine) the refusal; BROKER_UNAVAILABLE, OANDA does not have it;
            OUTCOME_UNKNOWN.
    """

    def __init__(self, client: OandaAccount, journal: OrderJournal) -> None:
        self._client = client
        self._journal = journal

    async def send(self, account: BrokerAccount, order: OrderRequest, client_order_id: UUID) -> PlacedOrder:
        """Sends an order, or answers what became of it when it was sent before."""
        units = order.units if order.side == "BUY" else -order.units
        document = order_document(
            order.type, oanda_instrument(order.instrument), units, order.price, order.sl, order.tp
        )
        document["clientExtensions"] = {"id": tag_of(client_order_id), "tag": TAG}
        result = await self._once(account, order, client_order_id, lambda: self._client.place(document))
        return cast("PlacedOrder", result)

    async def close(self, account: BrokerAccount, order: CloseOrder, client_order_id: UUID) -> Closing:
        """Closes a trade or a part of it, or answers what became of that when it was sent before."""
        result = await self._once(
            account, order, client_order_id, lambda: self._client.close(order.position_id, order.units)
        )
        return cast("Closing", result)

    async def _once(
        self, account: BrokerAccount, request: Request, client_order_id: UUID, post: Callable[[], Awaitable[Done]]
    ) -> Result:
        since = (await self._client.summary()).last_transaction_id
        entry = await self._journal.begin(account, client_order_id, request, since)
        if not isinstance(entry, Entry):
            return entry
        done = None if entry.fresh else await self._look(entry, request)
        try:
            result = result_of(request, done or await self._post(entry, request, post))
        except ForexEliteError as error:
            if error.code is ErrorCode.BROKER_UNAVAILABLE:
                await self._journal.absent(client_order_id)
            if error.code in (ErrorCode.BROKER_UNAVAILABLE, ErrorCode.OUTCOME_UNKNOWN):
                raise
            told = await self._explained(error, request)
            await self._journal.refused(client_order_id, told)
            raise told from error
        await self._journal.done(client_order_id, result)
        return result

    async def _post(self, entry: Entry, request: Request, post: Callable[[], Awaitable[Done]]) -> Done:
        try:
            return await post()
        except OandaSilentError as error:
            done = await self._look(entry, request)
            if done is None:
                raise unavailable("and did not take this") from error
            return done

    async def _look(self, entry: Entry, request: Request) -> Done | None:
        others = await self._journal.closings_of_others(entry.client_order_id)
        return await search(self._client, entry.since, lambda rows: find(rows, request, entry.client_order_id, others))

    async def _explained(self, error: ForexEliteError, order: Request) -> ForexEliteError:
        """Adds to a lack of margin how much is required and how much there is."""
        if error.code is not ErrorCode.INSUFFICIENT_MARGIN or isinstance(order, CloseOrder):
            return error
        try:
            summary = await self._client.summary()
            required = await self._margin(order, summary.margin_rate)
        except ForexEliteError:
            return error
        money = f"Required: {required:,.2f} {summary.currency}, Available: {summary.margin_available:,.2f}"
        return ForexEliteError(
            error.code, f"Insufficient margin. {money} {summary.currency}. Take fewer units or close something."
        )

    async def _margin(self, order: OrderRequest, account_rate: Decimal) -> Decimal:
        name = oanda_instrument(order.instrument)
        terms = await self._client.terms(name)
        conversions = (await self._client.pricing([name])).home_conversions
        worth = next((item.position_value for item in conversions if item.currency == name.split("_")[0]), None)
        if worth is None:
            raise unavailable("no value of the base currency")
        return order.units * worth * max(terms.margin_rate, account_rate)
