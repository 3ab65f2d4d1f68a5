"""All SQL of trade events and of the connections that orders go through."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from agent_core.protocol.trading import TradeEvent
from cloud.brokers.base import BrokerAccount
from cloud.db.pool import Connection

_COLUMNS = """id, broker_connection_id, event_type, instrument, side, units, price, broker_order_id,
    broker_position_id, raw, created_at"""


@dataclass(frozen=True, slots=True)
class TradeFact:
    """A row for the audit log. The same `id` again is the same fact."""

    user_id: UUID
    broker_connection_id: UUID | None
    event_type: str
    instrument: str | None = None
    side: str | None = None
    units: Decimal | None = None
    price: Decimal | None = None
    broker_order_id: str | None = None
    broker_position_id: str | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    id: UUID = field(default_factory=uuid4)


async def add(tx: Connection, fact: TradeFact) -> bool:
    """Appends a fact. False: it is here already."""
    added = await tx.fetchval(
        """insert into public.trade_events (id, user_id, broker_connection_id, event_type, instrument, side, units,
               price, broker_order_id, broker_position_id, raw, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12, now()))
           on conflict (id) do nothing returning id""",
        fact.id, fact.user_id, fact.broker_connection_id, fact.event_type, fact.instrument, fact.side, fact.units,
        fact.price, fact.broker_order_id, fact.broker_position_id, fact.raw, fact.created_at,
    )  # fmt: skip
    return added is not None


async def order_of(tx: Connection, fact_id: UUID) -> str | None:
    """The broker's id of the order that a fact is about."""
    order_id: str | None = await tx.fetchval("select broker_order_id from public.trade_events where id = $1", fact_id)
    return order_id


async def witness_close(tx: Connection, fact: TradeFact, witness: str) -> bool:
    """Marks the same closing, told by the other witness, as seen by this one too. False: nobody has told it yet.

    A closing ordered through the cloud is told twice: by the answer to the order, and by the agent's event log or
    the broker's own journal. Accounts number their positions each for itself, so only those of the same account count;
    an agent's event log does not say which of the accounts of its terminal it was.
    """
    seen = await tx.fetchval(
        """update public.trade_events set raw = raw || $5
           where id = (select id from public.trade_events event
               where user_id = $1 and event_type = 'POSITION_CLOSED' and broker_position_id = $2
                 and units is not distinct from $3 and not raw ? $4 and created_at > now() - interval '7 days'
                 and (broker_connection_id is not distinct from $6 or exists (
                     select from public.broker_connections its join public.broker_connections mine using (agent_id)
                     where its.id = event.broker_connection_id and mine.id = $6))
               order by created_at limit 1 for update)
           returning id""",
        fact.user_id, fact.broker_position_id, fact.units, witness, fact.raw, fact.broker_connection_id,
    )  # fmt: skip
    return seen is not None


async def fill_told(tx: Connection, user_id: UUID, order_id: str | None, at: datetime) -> bool:
    """Whether an order's own row says already at what it was filled."""
    return bool(
        await tx.fetchval(
            """select exists (select from public.trade_events
                   where user_id = $1 and broker_order_id = $2 and event_type = 'ORDER_PLACED'
                     and broker_position_id is not null and created_at > $3::timestamptz - interval '1 hour')""",
            user_id, order_id, at,
        )
    )  # fmt: skip


async def page(
    tx: Connection, user_id: UUID, *, connection_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[TradeEvent]:
    """Facts of the user, newest first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from public.trade_events
            where user_id = $1 and ($2::uuid is null or broker_connection_id = $2)
              and ($3::timestamptz is null or (created_at, id) < ($3, $4))
            order by created_at desc, id desc limit $5""",  # noqa: S608
        user_id, connection_id, before[0] if before else None, before[1] if before else None, limit,
    )  # fmt: skip
    return [TradeEvent.model_validate(dict(row)) for row in rows]


async def journals_due(
    tx: Connection, connection_type: str, after: timedelta, limit: int
) -> list[tuple[BrokerAccount, str | None]]:
    """Connections whose broker's journal was not looked at for so long, and how far each was read.

    They count as looked at from now on, so that nobody else takes them.
    """
    rows = await tx.fetch(
        """update public.broker_connections set journal_read_at = now()
           where id = any(array(select id from public.broker_connections
               where type = $1 and is_active and credentials_encrypted is not null
                 and (journal_read_at is null or journal_read_at <= now() - $2::interval)
               order by journal_read_at nulls first limit $3 for update skip locked))
           returning id, user_id, type, agent_id, account_number, account_type, label, is_active,
               credentials_encrypted, journal_read_to""",
        connection_type, after, limit,
    )  # fmt: skip
    accounts = [dict(row) for row in rows]
    return [(BrokerAccount(**values), read_to) for values in accounts for read_to in [values.pop("journal_read_to")]]


async def journal_read_to(tx: Connection, connection_id: UUID) -> str | None:
    """How far a broker's journal was read; others who would note that wait for this transaction."""
    read_to: str | None = await tx.fetchval(
        "select journal_read_to from public.broker_connections where id = $1 for no key update", connection_id
    )
    return read_to


async def journal_read(tx: Connection, connection_id: UUID, read_to: str) -> None:
    """Notes how far a broker's journal was read."""
    await tx.execute("update public.broker_connections set journal_read_to = $2 where id = $1", connection_id, read_to)


async def broker_account(tx: Connection, user_id: UUID, connection_id: UUID) -> BrokerAccount | None:
    """The user's connection with what its adapter needs; for the service's role alone."""
    row = await tx.fetchrow(
        """select c.id, c.user_id, c.type, c.agent_id, c.account_number, c.account_type, c.label, c.is_active,
               c.credentials_encrypted, a.metrics -> 'account' ->> 'account_number' as terminal_account
           from public.broker_connections c left join public.mt5_agents a on a.id = c.agent_id
           where c.id = $1 and c.user_id = $2""",
        connection_id, user_id,
    )  # fmt: skip
    return BrokerAccount(**dict(row)) if row else None
