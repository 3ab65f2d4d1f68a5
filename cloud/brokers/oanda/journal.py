"""The journal of orders and closings that the cloud itself sends: written first, so that none is ever sent twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pydantic import TypeAdapter, ValidationError

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.trading import OrderRequest
from cloud.brokers.base import BrokerAccount, CloseOrder, Closing, PlacedOrder
from cloud.db.pool import Database

_log = structlog.get_logger(__name__)

# Longer than sending an order and looking for it takes; after that the worker that had it is gone.
ABANDONED_AFTER = timedelta(seconds=60)
# How long a request that is on its way might take to arrive after its connection is gone.
MAY_YET_ARRIVE = timedelta(minutes=5)
Request = OrderRequest | CloseOrder
Result = PlacedOrder | Closing
_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
_RESULT: TypeAdapter[Result] = TypeAdapter(Result)


@dataclass(frozen=True, slots=True)
class Entry:
    """An order to send.

    Attributes:
        since: The broker's newest transaction before the order was sent for the first time.
        fresh: It was never sent before, so there is nothing to look for.
    """

    client_order_id: UUID
    since: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An order or closing whose outcome is not known, or that was not there and might yet arrive."""

    client_order_id: UUID
    user_id: UUID
    connection_id: UUID
    request: Request
    since: str
    known_absent: bool


class OrderJournal:
    """Entries of all accounts."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(
        self, account: BrokerAccount, client_order_id: UUID, request: Request, since: str
    ) -> Entry | Result:
        """Writes that an order is about to be sent, or returns what became of it the first time.

        Raises:
            ForexEliteError: the refusal of the first time; CONFLICT while another worker is at it.
        """
        async with self._db.as_service() as tx:
            row = await tx.fetchrow(
                """insert into public.broker_orders
                       (client_order_id, user_id, broker_connection_id, request, since_transaction, kind)
                   values ($1, $2, $3, $4, $5, $7)
                   on conflict (client_order_id) do update set state = 'sending', updated_at = now()
                       where broker_orders.state = 'absent'
                          or (broker_orders.state = 'sending' and broker_orders.updated_at < now() - $6::interval)
                   returning since_transaction, created_at = updated_at as fresh""",
                client_order_id, account.user_id, account.id, _REQUEST.dump_python(request, mode="json"), since,
                ABANDONED_AFTER, "close" if isinstance(request, CloseOrder) else "order",
            )  # fmt: skip
            if row is not None:
                return Entry(client_order_id, row["since_transaction"], row["fresh"])
            settled = await tx.fetchrow(
                "select state, outcome from public.broker_orders where client_order_id = $1", client_order_id
            )
        if settled is None or settled["state"] == "sending":
            raise ForexEliteError(ErrorCode.CONFLICT, "This order is still being sent. Look at it in a moment.")
        return _outcome(settled["state"], settled["outcome"])

    async def done(self, client_order_id: UUID, result: Result) -> None:
        """Settles what the broker has done."""
        await self._settle(client_order_id, "placed", _RESULT.dump_python(result, mode="json"))

    async def refused(self, client_order_id: UUID, error: ForexEliteError) -> None:
        """Settles an order that the broker refused."""
        await self._settle(client_order_id, "refused", {"code": error.code, "detail": error.detail})

    async def absent(self, client_order_id: UUID) -> None:
        """Notes that the broker never got an order; it may be sent again."""
        await self._settle(client_order_id, "absent", None)

    async def sent_through(self, connection_id: UUID, client_order_ids: Iterable[UUID]) -> set[UUID]:
        """Which of these were sent through a connection; others on the same account are none of its user's."""
        ids = list(client_order_ids)
        if not ids:
            return set()
        async with self._db.as_service() as tx:
            rows = await tx.fetch(
                """select client_order_id from public.broker_orders
                   where broker_connection_id = $1 and client_order_id = any($2)""",
                connection_id, ids,
            )  # fmt: skip
        return {row["client_order_id"] for row in rows}

    async def closings_of_others(self, client_order_id: UUID) -> frozenset[str]:
        """The broker's orders by which other requests on the same account have closed something since this one."""
        async with self._db.as_service() as tx:
            rows = await tx.fetch(
                """select other.outcome ->> 'order_id' as order_id
                   from public.broker_orders mine
                   join public.broker_orders other using (broker_connection_id)
                   where mine.client_order_id = $1 and other.client_order_id <> $1 and other.kind = 'close'
                     and other.state = 'placed' and other.updated_at >= mine.created_at""",
                client_order_id,
            )
        return frozenset(row["order_id"] for row in rows)

    async def unsettled(self, abandoned_seconds: float | None = None) -> list[Unsettled]:
        """Orders that nobody is busy with: of the last day the unknown ones, of the last minutes the absent ones."""
        idle = ABANDONED_AFTER if abandoned_seconds is None else timedelta(seconds=abandoned_seconds)
        async with self._db.as_service() as tx:
            rows = await tx.fetch(
                """select client_order_id, user_id, broker_connection_id, request, since_transaction, state
                   from public.broker_orders
                   where updated_at <= now() - $1::interval
                     and ((state = 'sending' and created_at > now() - interval '1 day')
                       or (state = 'absent' and updated_at > now() - $2::interval))
                   order by created_at limit 100""",
                idle, MAY_YET_ARRIVE,
            )  # fmt: skip
        return [order for row in rows if (order := _unsettled(row)) is not None]

    async def _settle(self, client_order_id: UUID, state: str, outcome: dict[str, Any] | None) -> None:
        async with self._db.as_service() as tx:
            await tx.execute(
                """update public.broker_orders set state = $2, outcome = $3, updated_at = clock_timestamp()
                   where client_order_id = $1""",
                client_order_id, state, outcome,
            )  # fmt: skip


def _unsettled(row: asyncpg.Record) -> Unsettled | None:
    """An entry that can't be read keeps no other from being looked up."""
    try:
        request = _REQUEST.validate_python(row["request"])
    except ValidationError:
        _log.warning("oanda_order_unreadable", order=str(row["client_order_id"]))
        return None
    return Unsettled(
        row["client_order_id"], row["user_id"], row["broker_connection_id"], request,
        row["since_transaction"], row["state"] == "absent",
    )  # fmt: skip


def _outcome(state: str, outcome: dict[str, Any]) -> Result:
    if state == "refused":
        raise ForexEliteError(ErrorCode(outcome["code"]), outcome["detail"])
    return _RESULT.validate_python(outcome)
