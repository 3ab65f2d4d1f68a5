"""What happens at OANDA without the cloud: stops, targets and pending orders that fill, trades made elsewhere."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid5

import structlog

from agent_core.protocol.errors import ForexEliteError
from agent_core.protocol.instruments import canonical_instrument
from cloud.alerts import repository as alerts
from cloud.brokers.base import BrokerAccount
from cloud.brokers.oanda.connecting import OandaConnector
from cloud.brokers.oanda.documents import client_order_of, side_of
from cloud.brokers.oanda.journal import OrderJournal
from cloud.db.pool import Connection, Database
from cloud.providers.oanda.account import IncompleteScanError
from cloud.providers.oanda.documents import Part, Transaction
from cloud.trading import ledger, repository
from cloud.trading.repository import TradeFact

_log = structlog.get_logger(__name__)
SWEEP_SECONDS = 15.0
#: Each account's journal is read so often; OANDA takes 120 requests a second of one address.
READ_AGAIN_AFTER = timedelta(seconds=60)
_AT_ONCE = 50
#: Orders that wait for their price.
_WAITING = frozenset({"LIMIT_ORDER", "STOP_ORDER"})


class AccountAuditor:
    """Reads the journals of connected accounts into the audit log. Several processes share the accounts."""

    def __init__(self, db: Database, connector: OandaConnector, journal: OrderJournal) -> None:
        self._db = db
        self._connector = connector
        self._journal = journal

    async def sweep(self, *, read_again_after: timedelta = READ_AGAIN_AFTER) -> None:
        """Reads what is due."""
        async with self._db.as_service() as tx:
            due = await repository.journals_due(tx, "OANDA", read_again_after, _AT_ONCE)
        for account, read_to in due:
            try:
                await self._read(account, read_to)
            except (ForexEliteError, IncompleteScanError) as error:
                _log.info("oanda_journal_not_read", connection=str(account.id), error=str(error))

    async def _read(self, account: BrokerAccount, read_to: str | None) -> None:
        client = self._connector.client(account)
        if read_to is None:
            newest, rows = (await client.summary()).last_transaction_id, []
        else:
            rows = await client.since(read_to)
            newest = rows[-1].id if rows else read_to
        ours = await self._journal.sent_through(account.id, filter(None, map(_client_order, rows)))
        async with self._db.as_service() as tx:
            if await repository.journal_read_to(tx, account.id) != read_to:
                return  # another reader was faster
            for row in rows:
                for fact in facts_of(account, row, ours):
                    if fact.event_type == ledger.POSITION_CLOSED:
                        await ledger.record_close(tx, fact, "transaction")
                    elif not await ledger.record(tx, fact):
                        await _warn_of_double(tx, fact)
            if newest != read_to:
                await repository.journal_read(tx, account.id, newest)


async def _warn_of_double(tx: Connection, fact: TradeFact) -> None:
    """Tells the user if what is known already under our id was another order of OANDA's.

    Nothing here sends twice, but a request that was given up may arrive when it was sent again already.
    """
    first = await repository.order_of(tx, fact.id)
    if first in (None, fact.broker_order_id):
        return
    second = replace(fact, id=uuid5(fact.id, str(fact.broker_order_id)), raw={**fact.raw, "doubles": first})
    if await ledger.record(tx, second):
        _log.error("oanda_order_doubled", orders=[first, fact.broker_order_id])
        await alerts.add(
            tx, fact.user_id, "order_doubled", "error",
            f"OANDA has your {fact.instrument} order twice, as {first} and as {fact.broker_order_id}. "
            "Look at positions and orders, and close what you do not want.",
        )  # fmt: skip


def facts_of(account: BrokerAccount, row: Transaction, ours: Collection[UUID]) -> list[TradeFact]:
    """What a transaction adds to the audit log.

    An order sent from here has been told by its request, unless the cloud stopped in between; it is the same fact.
    """
    sent = order if (order := _client_order(row)) in ours else None
    if row.type in _WAITING:
        return [_placed(account, row, sent, row.id, None)] if sent and row.replaces_order_id is None else []
    if row.type != "ORDER_FILL" or row.units is None:
        return []
    facts = [
        TradeFact(
            id=_identity(account.id, row, part), user_id=account.user_id, broker_connection_id=account.id,
            event_type=ledger.POSITION_CLOSED, instrument=_instrument(row), side=side_of(-part.units),
            units=abs(part.units), price=part.price or row.price, broker_order_id=row.order_id,
            broker_position_id=part.trade_id,
            raw={"transaction": row.id, "reason": row.reason, "pnl": part.realized_pl}, created_at=row.time,
        )
        for part in (*row.trades_closed, *([row.trade_reduced] if row.trade_reduced else []))
    ]  # fmt: skip
    opened = row.trade_opened
    if row.reason == "MARKET_ORDER" and sent:
        facts.append(_placed(account, row, sent, row.order_id, opened.trade_id if opened else None))
    elif opened is not None:
        facts.append(
            TradeFact(
                id=_identity(account.id, row, opened), user_id=account.user_id, broker_connection_id=account.id,
                event_type=ledger.ORDER_FILLED, instrument=_instrument(row), side=side_of(opened.units),
                units=abs(opened.units), price=opened.price or row.price, broker_order_id=row.order_id,
                broker_position_id=opened.trade_id, raw={"transaction": row.id, "reason": row.reason},
                created_at=row.time,
            )
        )  # fmt: skip
    return facts


def _placed(
    account: BrokerAccount, row: Transaction, sent: UUID, order_id: str | None, position_id: str | None
) -> TradeFact:
    units = row.units or Decimal(0)
    return TradeFact(
        id=ledger.order_fact_id(sent, ledger.ORDER_PLACED), user_id=account.user_id, broker_connection_id=account.id,
        event_type=ledger.ORDER_PLACED, instrument=_instrument(row), side=side_of(units), units=abs(units),
        price=row.price, broker_order_id=order_id, broker_position_id=position_id,
        raw={"client_order_id": sent, "transaction": row.id}, created_at=row.time,
    )  # fmt: skip


def _client_order(row: Transaction) -> UUID | None:
    given = row.client_extensions.id if row.client_extensions else None
    return client_order_of(row.client_order_id or given)


def _instrument(row: Transaction) -> str | None:
    return canonical_instrument(row.instrument) if row.instrument else None


def _identity(connection_id: UUID, row: Transaction, part: Part) -> UUID:
    return uuid5(connection_id, f"transaction {row.id} {part.trade_id}")
