from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.store import Store
from agent_core.trading.close_all import ROUNDS, end_all, part_id, parts_done
from agent_core.trading.journal import Action, OrderJournal
from agent_core.trading.models import OrderOutcome, OutcomeStatus
from agent_core.trading.outcomes import outcome, refused, unknown


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_core.trading.close_all._PAUSE_SECONDS", 0.0)


class Book:
    """Positions, each with what its attempts to close it come to; the last answer repeats."""

    def __init__(self, answers: dict[int, list[Any]]) -> None:
        self.answers = answers
        self.open = list(answers)
        self.asked: list[int] = []
        self.unreadable_after = 99

    async def read(self) -> list[Any]:
        self.unreadable_after -= 1
        if self.unreadable_after < 0:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "Not now.")
        return [SimpleNamespace(ticket=ticket, symbol="EURUSD") for ticket in self.open]

    async def end(self, ticket: int, _attempt: int = 1) -> OrderOutcome:
        self.asked.append(ticket)
        left = self.answers[ticket]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        if answer.status is OutcomeStatus.FILLED:
            self.open.remove(ticket)
        return answer  # type: ignore[no-any-return]


FILLED = outcome(uuid4(), OutcomeStatus.FILLED, "Closed.")
PARTIAL = outcome(uuid4(), OutcomeStatus.PARTIAL, "Closed in part.")
MOVED = refused(uuid4(), ErrorCode.INVALID_PRICE, "The price moved.")
SHUT = refused(uuid4(), ErrorCode.MARKET_CLOSED, "The market is closed.")
BUSY = ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "MetaTrader 5 is too busy to answer.")


async def test_one_failure_never_stops_the_rest_and_what_may_pass_is_tried_again() -> None:
    book = Book({1: [BUSY, FILLED], 2: [FILLED], 3: [MOVED, PARTIAL, FILLED], 4: [SHUT]})
    assert await end_all(book.read, book.end, "Position") == (3, ["Position 4 EURUSD: The market is closed."])
    assert book.asked == [1, 2, 3, 4, 1, 3, 3]


async def test_an_unknown_end_is_not_tried_again() -> None:
    book = Book({1: [unknown(uuid4(), "No answer.")]})
    ended, [failure] = await end_all(book.read, book.end, "Position")
    assert (ended, book.asked) == (0, [1])
    assert "do not send" in failure


async def test_it_gives_up_in_the_end() -> None:
    book = Book({1: [MOVED]})
    assert await end_all(book.read, book.end, "Position") == (0, ["Position 1 EURUSD: The price moved."])
    assert book.asked == [1] * ROUNDS


async def test_what_is_gone_at_the_next_look_has_ended() -> None:
    book = Book({1: [BUSY], 2: [BUSY]})

    async def end(ticket: int, _attempt: int) -> OrderOutcome:
        book.open = [2]
        return await book.end(ticket)

    ended, failed = await end_all(book.read, end, "Order")
    assert (ended, failed) == (1, ["Order 2 EURUSD: MetaTrader 5 is too busy to answer."])


async def test_a_terminal_lost_on_the_way_leaves_what_was_told() -> None:
    book = Book({1: [BUSY], 2: [FILLED]})
    book.unreadable_after = 1
    assert await end_all(book.read, book.end, "Order") == (1, ["Order 1 EURUSD: MetaTrader 5 is too busy to answer."])


async def test_what_a_crash_cut_off_is_told_from_the_journal(tmp_path: Path) -> None:
    store = Store(tmp_path / "agent.db")
    journal, key = OrderJournal(store), uuid4()

    def ended(action: Action, ticket: int, attempt: int, status: OutcomeStatus | None, of: UUID = key) -> None:
        own = part_id(of, ticket, attempt)
        journal.begin(own, "1@Demo", action, "EURUSD", target=ticket, owner="manual")
        if status is not None:
            journal.settle(outcome(own, status, "It ended."))

    ended(Action.CANCEL, 1, 1, OutcomeStatus.DONE)
    ended(Action.CLOSE, 2, 1, OutcomeStatus.REFUSED)
    ended(Action.CLOSE, 2, 2, OutcomeStatus.FILLED)
    ended(Action.CLOSE, 3, 1, None)
    ended(Action.CLOSE, 4, 1, OutcomeStatus.FILLED, of=uuid4())
    journal.begin(uuid4(), "1@Demo", Action.OPEN, "EURUSD", target=None, owner="manual")
    now = datetime.now(UTC)
    done = parts_done(key, journal.entries_since(now - timedelta(minutes=1)))
    assert (done.closed, done.cancelled) == (1, 1)
    assert done.failed == ("Position 3 EURUSD: it is being checked with the broker whether it has ended.",)
    assert parts_done(key, journal.entries_since(now + timedelta(minutes=1))).closed == 0
    store.close()
