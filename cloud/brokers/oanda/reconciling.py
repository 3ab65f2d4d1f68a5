"""Orders whose outcome nobody knew when they were sent are looked up until it is known."""

from dataclasses import replace
from typing import Any, cast

import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.trading import OrderRequest
from cloud.brokers.base import CloseOrder, Closing, PlacedOrder
from cloud.brokers.oanda.connecting import OandaConnector
from cloud.brokers.oanda.journal import OrderJournal, Result, Unsettled
from cloud.brokers.oanda.sending import find, result_of
from cloud.db.pool import Database
from cloud.providers.oanda.account import IncompleteScanError
from cloud.trading import ledger, repository
from cloud.trading.repository import TradeFact

_log = structlog.get_logger(__name__)
SWEEP_SECONDS = 30.0


class OrderReconciler:
    """Looks each `SWEEP_SECONDS`. Safe to run in several processes: each finding is the same fact."""

    def __init__(self, db: Database, journal: OrderJournal, connector: OandaConnector) -> None:
        self._db = db
        self._journal = journal
        self._connector = connector

    async def sweep(self, *, abandoned_seconds: float | None = None) -> None:
        """Looks once for every order that is not settled and that no request is busy with."""
        for order in await self._journal.unsettled(abandoned_seconds):
            try:
                await self._look(order)
            except (ForexEliteError, IncompleteScanError) as error:
                _log.warning("oanda_order_still_unknown", order=str(order.client_order_id), error=str(error))

    async def _look(self, order: Unsettled) -> None:
        async with self._db.as_service() as tx:
            account = await repository.broker_account(tx, order.user_id, order.connection_id)
        if account is None:
            return
        rows = await self._connector.client(account).since(order.since)
        others = await self._journal.closings_of_others(order.client_order_id)
        done = find(rows, order.request, order.client_order_id, others)
        if done is None:
            if not order.known_absent:
                await self._journal.absent(order.client_order_id)
                missing = ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "OANDA never got this order.")
                await self._tell_refusal(order, missing)
            return
        try:
            result = result_of(order.request, done)
        except ForexEliteError as error:
            await self._journal.refused(order.client_order_id, error)
            await self._tell_refusal(order, error)
            return
        await self._journal.done(order.client_order_id, result)
        await self._tell(_fact_of(order, result))

    async def _tell_refusal(self, order: Unsettled, error: ForexEliteError) -> None:
        request = order.request
        fact = TradeFact(
            id=ledger.order_fact_id(order.client_order_id, ledger.ORDER_REJECTED), user_id=order.user_id,
            broker_connection_id=order.connection_id, event_type=ledger.ORDER_REJECTED, units=request.units,
            raw={**_found_later(order), "code": error.code, "detail": error.detail},
        )  # fmt: skip
        if isinstance(request, CloseOrder):
            fact = replace(fact, broker_position_id=request.position_id)
        else:
            fact = replace(fact, instrument=request.instrument, side=request.side, price=request.price)
        await self._tell(fact)

    async def _tell(self, fact: TradeFact) -> None:
        async with self._db.as_service() as tx:
            if fact.event_type == ledger.POSITION_CLOSED:
                await ledger.record_close(tx, fact, "command")
            else:
                await ledger.record(tx, fact)


def _fact_of(order: Unsettled, result: Result) -> TradeFact:
    request = order.request
    if isinstance(result, Closing) and isinstance(request, CloseOrder):
        return ledger.closing_fact(
            order.user_id, order.connection_id, order.client_order_id, request.position_id, result, _found_later(order)
        )
    placed, wanted = cast("PlacedOrder", result), cast("OrderRequest", request)
    return TradeFact(
        id=ledger.order_fact_id(order.client_order_id, ledger.ORDER_PLACED), user_id=order.user_id,
        broker_connection_id=order.connection_id, event_type=ledger.ORDER_PLACED, instrument=wanted.instrument,
        side=wanted.side, units=placed.units, price=placed.fill_price or wanted.price,
        broker_order_id=placed.order_id, broker_position_id=placed.position_id, raw=_found_later(order),
    )  # fmt: skip


def _found_later(order: Unsettled) -> dict[str, Any]:
    return {"client_order_id": order.client_order_id, "found_later": True}
