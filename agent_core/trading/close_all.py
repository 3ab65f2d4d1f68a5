"""The kill switch's patience: one after the other, whatever fails on the way, and again what may succeed later."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from uuid import UUID, uuid5

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.models import PendingOrder, Position
from agent_core.trading.journal import Action, Entry
from agent_core.trading.models import CloseAllOutcome, OrderOutcome, OutcomeStatus

ROUNDS = 3
_PAUSE_SECONDS = 0.3
#: Refusals that say nothing about the next attempt. An unknown end is never tried again.
_PASSING = frozenset(
    {ErrorCode.INVALID_PRICE, ErrorCode.BROKER_UNAVAILABLE, ErrorCode.RATE_LIMITED, ErrorCode.CONFLICT}
)
_GOOD = frozenset({OutcomeStatus.DONE, OutcomeStatus.FILLED})

Row = Position | PendingOrder
End = Callable[[int, int], Awaitable[OrderOutcome]]


async def end_all(read: Callable[[], Awaitable[Sequence[Row]]], end: End, noun: str) -> tuple[int, list[str]]:
    """Ends every order or position.

    Args:
        read: Returns what there is.
        end: Closes or cancels one by its ticket, at the first to third attempt.
        noun: What a row is called in the sentences.

    Returns:
        How many were ended, and one sentence for each that was not.

    Raises:
        ForexEliteError: nothing could be read; nothing was done.
    """
    ended, failed = 0, dict[int, str]()
    rows: Sequence[Row] = await read()
    for attempt in range(1, ROUNDS + 1):
        again: set[int] = set()
        for row in rows:
            outcome = await _tried(end, row.ticket, attempt)
            failed.pop(row.ticket, None)
            if isinstance(outcome, OrderOutcome) and outcome.status in _GOOD:
                ended += 1
                continue
            partial = isinstance(outcome, OrderOutcome) and outcome.status is OutcomeStatus.PARTIAL
            text = outcome.message if isinstance(outcome, OrderOutcome) else outcome.detail
            failed[row.ticket] = f"{noun} {row.ticket} {row.symbol}: {text}"
            if partial or outcome.code in _PASSING:
                again.add(row.ticket)
        if not again or attempt == ROUNDS:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        try:
            rows = [row for row in await read() if row.ticket in again]
        except ForexEliteError:
            break
        for gone in again - {row.ticket for row in rows}:
            # It ended by itself, or an attempt came through after all.
            failed.pop(gone, None)
            ended += 1
    return ended, list(failed.values())


def part_id(key: UUID, ticket: int, attempt: int) -> UUID:
    """Returns the client id of one attempt at one row, by that of the whole."""
    return uuid5(key, f"{ticket}/{attempt}")


def parts_done(key: UUID, entries: Iterable[Entry]) -> CloseAllOutcome:
    """Returns what the journal knows of the attempts made under a key."""
    closed, cancelled, failed = 0, 0, list[str]()
    for entry in entries:
        target = entry.target
        if target is None or all(entry.client_id != part_id(key, target, each) for each in range(1, ROUNDS + 1)):
            continue
        noun = "Order" if entry.action is Action.CANCEL else "Position"
        if entry.outcome is None or not entry.outcome.final:
            failed.append(f"{noun} {target} {entry.symbol}: it is being checked with the broker whether it has ended.")
        elif entry.outcome.status in _GOOD:
            closed += entry.action is Action.CLOSE
            cancelled += entry.action is Action.CANCEL
    return CloseAllOutcome(closed, cancelled, tuple(failed))


async def _tried(end: End, ticket: int, attempt: int) -> OrderOutcome | ForexEliteError:
    try:
        return await end(ticket, attempt)
    except ForexEliteError as error:
        return error
