"""OANDA accounts, reached from here with the user's own key. A trade of OANDA's is a position of ours."""

from collections.abc import Awaitable
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import canonical_instrument
from agent_core.protocol.trading import (
    AccountAnswer,
    OrderRequest,
    PendingOrderAnswer,
    PositionAnswer,
    StopAllAnswer,
    StopAllRequest,
)
from cloud.brokers.base import BrokerAccount, CloseOrder, Closing, ClosingTold, LevelChange, PlacedOrder
from cloud.brokers.oanda.documents import (
    account_answer,
    closing_of,
    level_document,
    moved_document,
    pending_answer,
    position_answer,
)
from cloud.brokers.oanda.levels import check_kept, check_order, check_position, with_prices
from cloud.brokers.oanda.search import find_close, find_replacement, search, unknown
from cloud.brokers.oanda.sending import OrderSender
from cloud.providers.oanda.account import OandaAccount
from cloud.providers.oanda.documents import Terms, read
from cloud.providers.oanda.refusals import refusal
from cloud.providers.oanda.transport import OandaSilentError, unavailable

_Rows = TypeVar("_Rows")


class OandaAdapter:
    """Implements `BrokerAdapter` over v20."""

    def __init__(self, account: BrokerAccount, client: OandaAccount, sender: OrderSender) -> None:
        self._account = account
        self._client = client
        self._sender = sender

    async def account(self) -> AccountAnswer:
        """Balance, equity and margin now."""
        return account_answer(await self._client.summary(), self._account.account_type)

    async def positions(self) -> list[PositionAnswer]:
        """Open trades."""
        trades = await self._client.trades()
        if not trades:
            return []
        pricing = await self._client.pricing(sorted({trade.instrument for trade in trades}))
        quotes = {quote.instrument: quote for quote in pricing.prices}
        return [position_answer(trade, quotes.get(trade.instrument)) for trade in trades]

    async def orders(self) -> list[PendingOrderAnswer]:
        """Working LIMIT and STOP orders."""
        return [pending_answer(order) for order in await self._client.orders()]

    async def place_order(self, order: OrderRequest, client_order_id: UUID) -> PlacedOrder:
        """Sends an order, by the protocol that never sends one twice."""
        return await self._sender.send(self._account, await with_prices(self._client, order), client_order_id)

    async def modify_position(self, position_id: str, change: LevelChange) -> None:
        """Moves stop loss and take profit. Doing it twice is the same as once."""
        if change.sl is not None or change.tp is not None:
            await check_position(self._client, position_id, change.sl, change.tp)
        levels: dict[str, Any] = {}
        if "sl" not in change.keep:
            levels["stopLoss"] = level_document(change.sl)
        if "tp" not in change.keep:
            levels["takeProfit"] = level_document(change.tp)
        try:
            answer = await self._client.set_levels(position_id, levels)
        except OandaSilentError as error:
            raise unknown("the change of the position") from error
        check_kept(answer)

    async def modify_order(self, order_id: str, change: LevelChange) -> None:
        """Replaces a pending order by one with the new price and levels; it gets a new id."""
        document = moved_document(await self._client.working_order(order_id), change)
        check_order(read(Terms, document))
        since = (await self._client.summary()).last_transaction_id
        try:
            done = await self._client.replace(order_id, document)
        except OandaSilentError as error:
            found = await search(self._client, since, lambda rows: find_replacement(rows, order_id))
            if found is None:
                raise unavailable("and did not change the order") from error
            done = found
        if done.cancel is not None and done.fill is None:
            reason = refusal(done.cancel.reason or "")
            text = "The order is gone: OANDA took it with the new terms and cancelled it at once."
            raise ForexEliteError(reason.code, f"{text} {reason.detail}")

    async def cancel_order(self, order_id: str) -> None:
        """Cancels a pending order."""
        try:
            await self._client.cancel(order_id)
        except OandaSilentError as error:
            try:
                state = await self._client.order_state(order_id)
            except ForexEliteError:
                state = None
            if state in ("FILLED", "TRIGGERED"):
                raise refusal("NO_SUCH_ORDER") from error
            if state != "CANCELLED":
                raise unknown("the cancelling of the order") from error

    async def close_position(self, position_id: str, units: Decimal | None, client_order_id: UUID) -> Closing:
        """Closes a trade, or so many units of it, by the protocol that never sends a closing twice."""
        return await self._sender.close(self._account, CloseOrder(position_id, units), client_order_id)

    async def close_by(self, position_id: str, opposite_position_id: str, client_order_id: UUID) -> Closing:
        """Refused: OANDA has no such order."""
        raise ForexEliteError(ErrorCode.ORDER_REFUSED, "OANDA does not close positions by each other. Close both.")

    async def reverse(self, position_id: str, client_order_id: UUID, closed: ClosingTold) -> PlacedOrder:
        """Closes a trade, and only then opens the opposite one: what is gone already is not opened anew."""
        trades = await self._client.trades()
        held = next((trade for trade in trades if trade.id == position_id), None)
        if held is None:
            raise refusal("NO_SUCH_TRADE")
        if any(trade.instrument == held.instrument and trade.id != held.id for trade in trades):
            raise ForexEliteError(
                ErrorCode.ORDER_REFUSED,
                "You have more than one position of this instrument, and OANDA would set the opposite order off "
                "against the others. Close those first.",
            )
        close_id = uuid5(client_order_id, "close")
        closing = await self.close_position(position_id, None, close_id)
        await closed(position_id, close_id, closing)
        order = OrderRequest(
            broker_connection_id=self._account.id, instrument=canonical_instrument(held.instrument),
            side="SELL" if held.current_units > 0 else "BUY", units=abs(held.current_units),
        )  # fmt: skip
        try:
            return await self.place_order(order, client_order_id)
        except ForexEliteError as error:
            text = f"Position {position_id} was closed at {closing.price}, but the opposite one: {error.detail}"
            raise ForexEliteError(error.code, text) from error

    async def stop_all(self, request: StopAllRequest, closed: ClosingTold) -> StopAllAnswer:
        """The kill switch: orders first, so that none of them opens a position meanwhile. It needs no database."""
        cancelled, ended, failed = 0, 0, list[str]()
        if request.cancel_orders:
            # That orders can't be listed keeps no position open.
            for order_id in await _listed("Pending orders", self._client.opening_orders(), failed) or []:
                try:
                    await self.cancel_order(order_id)
                    cancelled += 1
                except ForexEliteError as error:
                    failed.append(f"Order {order_id}: {error.detail}")
        if request.close_positions:
            trade_ids, since = await _listed("Positions", self._client.trade_ids(), failed) or ([], "")
            for trade_id in trade_ids:
                try:
                    closing = await self._end(trade_id, since)
                    ended += 1
                    await closed(trade_id, uuid4(), closing)
                except ForexEliteError as error:
                    # Closed by its stop, or by OANDA's netting, between the list and here.
                    if error.code is not ErrorCode.NOT_FOUND:
                        failed.append(f"Position {trade_id}: {error.detail}")
        return StopAllAnswer(closed_positions=ended, cancelled_orders=cancelled, stopped_eas=0, failed=failed)

    async def _end(self, trade_id: str, since: str) -> Closing:
        """Closes a trade whole, which can't be done twice and so needs no journal."""
        try:
            done = await self._client.close(trade_id, None)
        except OandaSilentError as error:
            found = await search(self._client, since, lambda rows: find_close(rows, trade_id, None))
            if found is None:
                raise unavailable("and did not close this") from error
            done = found
        return closing_of(done)


async def _listed(what: str, asked: Awaitable[_Rows], failed: list[str]) -> _Rows | None:
    try:
        return await asked
    except ForexEliteError as error:
        failed.append(f"{what}: {error.detail}")
        return None
