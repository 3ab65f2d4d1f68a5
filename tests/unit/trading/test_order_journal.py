from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from agent_core.protocol.errors import ErrorCode
from agent_core.store import Store
from agent_core.trading.journal import Action, Entry, OrderJournal, State, order_key
from agent_core.trading.models import OrderOutcome, OutcomeStatus

ACCOUNT = "1@Demo"


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "Händler" / "agent.db")
    yield store
    store.close()


@pytest.fixture
def journal(store: Store) -> OrderJournal:
    return OrderJournal(store)


def begin(journal: OrderJournal, client_id: UUID | None = None) -> UUID:
    client_id = client_id or uuid4()
    assert journal.begin(client_id, ACCOUNT, Action.OPEN, "EURUSD", target=None, owner="manual")
    return client_id


def filled(client_id: UUID) -> OrderOutcome:
    return OrderOutcome(
        client_id, OutcomeStatus.FILLED, 10009, None, "Bought.", 1, 2, 3, 1.1, Decimal("0.10"), None, datetime.now(UTC)
    )


def test_the_key_is_stable_positive_and_fits_the_magic_number() -> None:
    assert order_key(UUID(int=1)) == order_key(UUID(int=1)) != order_key(UUID(int=2))
    assert all(0 < order_key(uuid4()) < 2**63 for _ in range(500))


def test_a_client_id_is_taken_once(journal: OrderJournal) -> None:
    client_id = begin(journal)
    assert not journal.begin(client_id, ACCOUNT, Action.OPEN, "GBPUSD", target=None, owner="other")
    entry = journal.get(client_id)
    assert entry is not None
    assert (entry.symbol, entry.state, entry.attempts, entry.request) == ("EURUSD", State.INTENT, 0, None)
    assert journal.get(uuid4()) is None


async def test_the_life_of_an_order_survives_a_restart(journal: OrderJournal, store: Store) -> None:
    client_id = begin(journal)
    await journal.mark_sent(client_id, {"volume": 0.1})
    await journal.mark_sent(client_id, {"volume": 0.1, "price": 1.2})
    journal.mark_unknown(client_id)
    (entry,) = OrderJournal(store).open_entries(ACCOUNT)
    assert (entry.state, entry.attempts, entry.request) == (State.UNKNOWN, 2, {"volume": 0.1, "price": 1.2})
    assert entry.sent_at is not None
    journal.settle(filled(client_id))
    again = OrderJournal(store).get(client_id)
    assert again is not None
    assert again.outcome is not None
    assert again.outcome == filled(client_id) or again.outcome.lots == Decimal("0.10")
    assert again.outcome.status is OutcomeStatus.FILLED
    assert not journal.open_entries(ACCOUNT)


def test_entries_of_another_account_are_left_alone(journal: OrderJournal) -> None:
    begin(journal)
    assert journal.open_entries("2@Demo") == []


def test_a_refusal_is_kept_as_it_was_said(journal: OrderJournal) -> None:
    client_id = begin(journal)
    refusal = OrderOutcome(
        client_id, OutcomeStatus.REFUSED, None, ErrorCode.NOT_ARMED, "No.", None, None, None, None, None, None,
        datetime.now(UTC),
    )  # fmt: skip
    assert journal.is_open(client_id)
    journal.settle(refusal)
    assert not journal.is_open(client_id)
    assert journal.entry(client_id).outcome == refusal
    with pytest.raises(LookupError):
        journal.entry(uuid4())


async def test_lost_orders_are_remembered_for_a_while(journal: OrderJournal) -> None:
    client_id = begin(journal)
    await journal.mark_sent(client_id, {})
    journal.settle(filled(client_id), State.LOST)
    now = datetime.now(UTC)
    assert [entry.client_id for entry in journal.lost_entries(ACCOUNT, now - timedelta(hours=1))] == [client_id]
    assert journal.lost_entries(ACCOUNT, now + timedelta(hours=1)) == []


def test_the_owner_is_found_by_the_magic_number(journal: OrderJournal) -> None:
    client_id = begin(journal)
    assert journal.owner_of(order_key(client_id)) == "manual"
    assert journal.owner_of(5) is None


async def test_an_order_that_was_settled_meanwhile_does_not_leave(journal: OrderJournal) -> None:
    client_id = begin(journal)
    journal.settle(filled(client_id))
    assert not await journal.mark_sent(client_id, {"price": 1.1})
    entry = journal.get(client_id)
    assert entry is not None
    assert (entry.state, entry.attempts) == (State.SETTLED, 0)


async def test_a_requote_leaves_again(journal: OrderJournal) -> None:
    client_id = begin(journal)
    assert await journal.mark_sent(client_id, {"price": 1.1})
    assert await journal.mark_sent(client_id, {"price": 1.2})
    entry = journal.get(client_id)
    assert entry is not None
    assert (entry.attempts, entry.request) == (2, {"price": 1.2})


async def test_facts_are_written_with_the_step_they_belong_to_or_not_at_all(journal: OrderJournal) -> None:
    client_id = begin(journal)
    told: list[str] = []
    assert await journal.mark_sent(client_id, {"a": 1}, lambda: told.append("intent"))
    journal.settle(filled(client_id))
    assert not await journal.mark_sent(client_id, {"a": 2}, lambda: told.append("again"))
    assert told == ["intent"]


def test_an_outcome_is_told_with_it_or_not_written(journal: OrderJournal) -> None:
    client_id, told = begin(journal), list[Entry]()

    def crash(_: Entry) -> None:
        raise KeyboardInterrupt

    journal.on_settled = crash
    with pytest.raises(KeyboardInterrupt):
        journal.settle(filled(client_id))
    assert [entry.client_id for entry in journal.open_entries(ACCOUNT)] == [client_id]
    journal.on_settled = told.append
    journal.settle(filled(client_id))
    assert told == [journal.entry(client_id)]
    journal.settle(filled(uuid4()))  # never begun
    assert len(told) == 1
