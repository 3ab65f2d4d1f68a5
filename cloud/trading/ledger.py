"""The audit log of trading: every order, refusal and closing, each once, whoever tells of it first."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from prometheus_client import Counter

from cloud.brokers.base import BrokerAccount, Closing, PlacedOrder
from cloud.db.pool import Connection
from cloud.trading import repository
from cloud.trading.repository import TradeFact

ORDER_PLACED = "ORDER_PLACED"
ORDER_REJECTED = "ORDER_REJECTED"
ORDER_UNKNOWN = "ORDER_UNKNOWN"
ORDER_FILLED = "ORDER_FILLED"
ORDER_MODIFIED = "ORDER_MODIFIED"
ORDER_CANCELLED = "ORDER_CANCELLED"
POSITION_MODIFIED = "POSITION_MODIFIED"
POSITION_CLOSED = "POSITION_CLOSED"
STOP_ALL = "STOP_ALL"

_FACTS = Counter("forexelite_trade_facts_total", "Orders placed, refused, unknown, closings, each once", ("type",))


def order_fact_id(client_order_id: UUID, event_type: str) -> UUID:
    """Identity of a fact about an order, so that its two reports (answer and event log) are one row."""
    return uuid5(client_order_id, event_type)


def placing_fact(
    account: BrokerAccount,
    client_order_id: UUID,
    placed: PlacedOrder,
    *,
    instrument: str | None,
    side: str | None,
    price: Decimal | None = None,
    raw: dict[str, Any],
) -> TradeFact:
    """An order that was placed here; `price` is what a pending one waits for."""
    return TradeFact(
        id=order_fact_id(client_order_id, ORDER_PLACED), user_id=account.user_id, broker_connection_id=account.id,
        event_type=ORDER_PLACED, instrument=instrument, side=side, units=placed.units,
        price=placed.fill_price or price, broker_order_id=placed.order_id, broker_position_id=placed.position_id,
        raw={"client_order_id": client_order_id, **raw},
    )  # fmt: skip


def closing_fact(
    user_id: UUID, connection_id: UUID, client_order_id: UUID, position_id: str, closing: Closing, raw: dict[str, Any]
) -> TradeFact:
    """A closing that was ordered here; the same `client_order_id` is the same fact."""
    return TradeFact(
        id=order_fact_id(client_order_id, POSITION_CLOSED), user_id=user_id, broker_connection_id=connection_id,
        event_type=POSITION_CLOSED, instrument=closing.instrument, side=closing.side, units=closing.units,
        price=closing.price, broker_order_id=closing.order_id, broker_position_id=position_id,
        raw={**raw, "command": client_order_id, "pnl": closing.pnl},
    )  # fmt: skip


async def record(tx: Connection, fact: TradeFact) -> bool:
    """Appends a fact, of which the database tells the user's sockets. False: it is here already. One statement."""
    added = await repository.add(tx, fact)
    if added:
        _FACTS.labels(fact.event_type).inc()
    return added


async def record_close(tx: Connection, fact: TradeFact, witness: str) -> None:
    """Appends a closing, or joins it to the row that the other witness wrote.

    Args:
        tx: A service transaction.
        fact: The closing; `raw` holds the witness's own reference under its name.
        witness: "command" (the answer to a closing ordered here), "event_seq" (the agent's event log) or "transaction"
            (the broker's journal).
    """
    if not await repository.witness_close(tx, fact, witness):
        await record(tx, fact)
