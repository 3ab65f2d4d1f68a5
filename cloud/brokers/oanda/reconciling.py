"""Orders whose outcome nobody knew when they were sent are looked up until it is known."""

import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.trading import OrderRequest
from cloud.brokers.base import PlacedOrder
from cloud.brokers.oanda.connecting import OandaConnector
from cloud.brokers.oanda.documents import placed_of, tag_of
from cloud.brokers.oanda.journal import OrderJournal, Unsettled
from cloud.brokers.oanda.search import find_order
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
            account = await repository.broker_account(tx, order.user_id, order.request.broker_connection_id)
        if account is None:
            return
        rows = await self._connector.client(account).since(order.since)
        done = find_order(rows, tag_of(order.client_order_id))
        if done is None:
            if not order.known_absent:
                await self._journal.absent(order.client_order_id)
                missing = ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "OANDA never got this order.")
                await self._tell(order, ledger.ORDER_REJECTED, None, missing)
            return
        try:
            placed = placed_of(done)
        except ForexEliteError as error:
            await self._journal.refused(order.client_order_id, error)
            await self._tell(order, ledger.ORDER_REJECTED, None, error)
            return
        await self._journal.placed(order.client_order_id, placed)
        await self._tell(order, ledger.ORDER_PLACED, placed, None)

    async def _tell(
        self, order: Unsettled, event_type: str, placed: PlacedOrder | None, error: ForexEliteError | None
    ) -> None:
        request: OrderRequest = order.request
        raw = {"client_order_id": order.client_order_id, "found_later": True}
        if error is not None:
            raw |= {"code": error.code, "detail": error.detail}
        fact = TradeFact(
            id=ledger.order_fact_id(order.client_order_id, event_type), user_id=order.user_id,
            broker_connection_id=request.broker_connection_id, event_type=event_type, instrument=request.instrument,
            side=request.side, units=placed.units if placed else request.units,
            price=placed.fill_price if placed and placed.fill_price else request.price,
            broker_order_id=placed.order_id if placed else None,
            broker_position_id=placed.position_id if placed else None, raw=raw,
        )  # fmt: skip
        async with self._db.as_service() as tx:
            await ledger.record(tx, fact)
