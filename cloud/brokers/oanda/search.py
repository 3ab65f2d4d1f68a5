"""Finding out, from the account's own journal, what became of a request whose answer was lost."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import TypeVar

import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.providers.oanda.account import Done, IncompleteScanError, OandaAccount
from cloud.providers.oanda.documents import Transaction

_log = structlog.get_logger(__name__)
_Found = TypeVar("_Found")
#: A request may still be on its way when its connection is already gone.
LOOK_AFTER_SECONDS = (0.3, 1.0, 2.5)


async def search(
    client: OandaAccount, since: str, find: Callable[[Sequence[Transaction]], _Found | None]
) -> _Found | None:
    """Looks several times. None: the journal is complete and what was asked for is not in it.

    Raises:
        ForexEliteError: OUTCOME_UNKNOWN, the journal could not be read to its end, or it shows an order twice.
    """
    complete = False
    for pause in LOOK_AFTER_SECONDS:
        await asyncio.sleep(pause)
        try:
            rows = await client.since(since)
        except (ForexEliteError, IncompleteScanError) as error:
            complete = False
            _log.warning("oanda_scan_failed", error=str(error))
            continue
        complete = True
        if (found := find(rows)) is not None:
            return found
    if not complete:
        raise unknown("what became of the order")
    return None


def unknown(what: str) -> ForexEliteError:
    """Nobody can tell now."""
    return ForexEliteError(
        ErrorCode.OUTCOME_UNKNOWN,
        f"OANDA's answer was lost: {what} is not known. Look at positions and orders before trying again.",
    )


def find_order(rows: Sequence[Transaction], tag: str) -> Done | None:
    """The order with our tag, or its rejection, and what it led to.

    Raises:
        ForexEliteError: OUTCOME_UNKNOWN, it is there twice.
    """
    ours = [
        row for row in rows
        if row.client_extensions is not None and row.client_extensions.id == tag and row.replaces_order_id is None
        and row.type.removesuffix("_REJECT").endswith("_ORDER")
    ]  # fmt: skip
    taken = [row for row in ours if not row.type.endswith("_REJECT")]
    if len(taken) > 1:
        # Nothing here sends twice; whatever did, the trader has to know.
        _log.error("oanda_order_doubled", orders=[row.id for row in taken])
        raise ForexEliteError(
            ErrorCode.OUTCOME_UNKNOWN,
            f"OANDA has this order twice ({' and '.join(row.id for row in taken)}). Close what you do not want.",
        )
    order = (taken or ours)[-1] if ours else None
    return None if order is None else _with_consequences(rows, order)


def find_replacement(rows: Sequence[Transaction], order_id: str) -> Done | None:
    """The order that took the place of another."""
    order = next((row for row in rows if row.replaces_order_id == order_id), None)
    return None if order is None else _with_consequences(rows, order)


def find_close(
    rows: Sequence[Transaction], trade_id: str, units: Decimal | None, others: Collection[str] = ()
) -> Done | None:
    """The closing of a trade, or of so many units of it, that was ordered; not one by its own stop or target.

    Args:
        rows: The account's journal.
        trade_id: Which trade.
        units: How many units; null for the whole.
        others: Orders that are known to be other requests' closings, since closings carry no id of ours.
    """
    for row in rows:
        if row.type != "ORDER_FILL" or row.reason != "MARKET_ORDER_TRADE_CLOSE" or row.order_id in others:
            continue
        parts = [*row.trades_closed, *([row.trade_reduced] if units is not None and row.trade_reduced else [])]
        order = next((other for other in rows if other.id == row.order_id), None)
        if order is not None and any(
            part.trade_id == trade_id and (units is None or abs(part.units) == units) for part in parts
        ):
            return Done(order, row)
    return None


def _with_consequences(rows: Sequence[Transaction], order: Transaction) -> Done:
    if order.type.endswith("_REJECT"):
        return Done(order, cancel=order.model_copy(update={"reason": order.reject_reason}))
    after = [row for row in rows if row.order_id == order.id]
    fill = next((row for row in after if row.type == "ORDER_FILL"), None)
    # A cancellation of another batch came later, by the trader's own wish.
    cancel = next((row for row in after if row.type == "ORDER_CANCEL" and row.batch_id == order.batch_id), None)
    return Done(order, fill, cancel)
