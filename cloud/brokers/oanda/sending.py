"""Sending an order to OANDA so that it is never sent twice and never lost.

OANDA takes the same client id as often as it is sent, so an order whose answer was lost is looked for in the account's
journal of transactions, from the newest one known before it was first sent. It may be sent again only after a complete
look that found nothing.
"""

from decimal import Decimal
from uuid import UUID

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import oanda_instrument
from agent_core.protocol.trading import OrderRequest
from cloud.brokers.base import BrokerAccount, PlacedOrder
from cloud.brokers.oanda.documents import TAG, order_document, placed_of, tag_of
from cloud.brokers.oanda.journal import Entry, OrderJournal
from cloud.brokers.oanda.search import find_order, search
from cloud.providers.oanda.account import Done, OandaAccount
from cloud.providers.oanda.transport import OandaSilentError, unavailable


class OrderSender:
    """Sends the orders of one request."""

    def __init__(self, client: OandaAccount, journal: OrderJournal) -> None:
        self._client = client
        self._journal = journal

    async def send(self, account: BrokerAccount, order: OrderRequest, client_order_id: UUID) -> PlacedOrder:
        """Sends an order, or answers what became of it when it was sent before.

        Raises:
            ForexEliteError: the refusal; BROKER_UNAVAILABLE, OANDA does not have it; OUTCOME_UNKNOWN.
        """
        since = (await self._client.summary()).last_transaction_id
        entry = await self._journal.begin(account, client_order_id, order, since)
        if isinstance(entry, PlacedOrder):
            return entry
        done = None if entry.fresh else await self._look(entry)
        if done is None:
            done = await self._post(entry, order)
        return await self.settle(entry.client_order_id, order, done)

    async def settle(self, client_order_id: UUID, order: OrderRequest, done: Done) -> PlacedOrder:
        """Writes down what became of an order.

        Raises:
            ForexEliteError: it was refused.
        """
        try:
            placed = placed_of(done)
        except ForexEliteError as error:
            told = await self._explained(error, order)
            await self._journal.refused(client_order_id, told)
            raise told from error
        await self._journal.placed(client_order_id, placed)
        return placed

    async def _post(self, entry: Entry, order: OrderRequest) -> Done:
        units = order.units if order.side == "BUY" else -order.units
        document = order_document(
            order.type, oanda_instrument(order.instrument), units, order.price, order.sl, order.tp
        )
        document["clientExtensions"] = {"id": tag_of(entry.client_order_id), "tag": TAG}
        try:
            return await self._client.place(document)
        except OandaSilentError as error:
            done = await self._look(entry)
            if done is None:
                await self._journal.absent(entry.client_order_id)
                raise unavailable("and did not take the order") from error
            return done
        except ForexEliteError as error:
            if error.code is ErrorCode.BROKER_UNAVAILABLE:
                await self._journal.absent(entry.client_order_id)
                raise
            told = await self._explained(error, order)
            await self._journal.refused(entry.client_order_id, told)
            raise told from error

    async def _look(self, entry: Entry) -> Done | None:
        return await search(self._client, entry.since, lambda rows: find_order(rows, tag_of(entry.client_order_id)))

    async def _explained(self, error: ForexEliteError, order: OrderRequest) -> ForexEliteError:
        """Adds to a lack of margin how much is required and how much there is."""
        if error.code is not ErrorCode.INSUFFICIENT_MARGIN:
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
