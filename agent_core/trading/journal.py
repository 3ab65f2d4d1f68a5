"""The order journal: every order's intent, sending and outcome.

    intent ─▶ sent ─▶ settled
                └──▶ unknown ─▶ settled, or lost: certainly not at the broker when last looked for

A row in state `intent` was never sent: `sent` is on the disk before the request leaves. That is the one time an order
waits for the disk: what a power cut takes of the rest is found out again at the broker.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from sqlite3 import Row
from typing import Any
from uuid import UUID

from agent_core.protocol.errors import ErrorCode
from agent_core.store import Store
from agent_core.terminal.models import Deal
from agent_core.trading.models import OrderOutcome, OutcomeStatus

_SCHEMA = """
CREATE TABLE IF NOT EXISTS order_journal (
    client_id TEXT PRIMARY KEY,
    magic INTEGER NOT NULL UNIQUE,
    account TEXT NOT NULL,
    action TEXT NOT NULL,
    symbol TEXT NOT NULL,
    target INTEGER,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    request TEXT,
    outcome TEXT,
    created_at TEXT NOT NULL,
    sent_at TEXT,
    settled_at TEXT
);
CREATE INDEX IF NOT EXISTS order_journal_state ON order_journal (state, account);
"""


class Action(StrEnum):
    """What a journal entry does."""

    OPEN = "open"
    CLOSE = "close"
    MODIFY_POSITION = "modify_position"
    MODIFY_ORDER = "modify_order"
    CANCEL = "cancel"
    CLOSE_BY = "close_by"


class State(StrEnum):
    """Where an entry stands."""

    INTENT = "intent"
    SENT = "sent"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Entry:
    """One order in the journal.

    Attributes:
        magic: Key that the broker keeps with the order, `order_key(client_id)`.
        account: "login@server".
        target: Ticket of the position or order that is closed, changed or cancelled; of an opening, the position that
            it turns round.
        request: What was sent last.
    """

    client_id: UUID
    magic: int
    account: str
    action: Action
    symbol: str
    target: int | None
    owner: str
    state: State
    attempts: int
    request: dict[str, Any] | None
    outcome: OrderOutcome | None
    created_at: datetime
    sent_at: datetime | None

    def holds(self, deal: Deal) -> bool:
        """Whether a deal of this entry's order is its own: a close-by makes one for either position."""
        return self.action is not Action.CLOSE_BY or deal.position_id == self.target


def order_key(client_id: UUID) -> int:
    """Returns the 63-bit key of a client order id that travels as the order's magic number; never 0."""
    return int.from_bytes(sha256(client_id.bytes).digest()[:8]) >> 1 or 1


class OrderJournal:
    """The journal in the agent's store.

    Attributes:
        on_settled: Called with each entry that is being settled; what it writes to the store is written with it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.on_settled: Callable[[Entry], None] | None = None
        store.apply_schema(_SCHEMA)

    def begin(
        self, client_id: UUID, account: str, action: Action, symbol: str, *, target: int | None, owner: str
    ) -> Entry | None:
        """Writes an intent and returns its entry; None, writing nothing, if this client id was seen before."""
        with self._store.transaction(durable=False) as connection:
            rows = connection.execute(
                "INSERT OR IGNORE INTO order_journal (client_id, magic, account, action, symbol, target, owner, state,"
                " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
                (
                    str(client_id), order_key(client_id), account, action.value, symbol, target, owner,
                    State.INTENT.value, _now(),
                ),
            ).fetchall()  # fmt: skip
        return _entry(rows[0]) if rows else None

    async def mark_sent(self, client_id: UUID, request: dict[str, Any], note: Callable[[], None] | None = None) -> bool:
        """Notes that a request leaves now, and waits until the disk has that, and what `note` writes to the store.

        Returns False, and the request must not leave, if the order was settled already.
        """
        with self._store.transaction(durable=False):
            touched = self._store.execute(
                "UPDATE order_journal SET state = ?, request = ?, attempts = attempts + 1, sent_at = ? "
                "WHERE client_id = ? AND state IN (?, ?)",
                (
                    State.SENT.value, json.dumps(request), _now(), str(client_id),
                    State.INTENT.value, State.SENT.value,
                ),
            )  # fmt: skip
            if touched and note is not None:
                note()
        if touched:
            await self._store.secured()
        return touched == 1

    def mark_unknown(self, client_id: UUID) -> None:
        """Notes that the answer will not come."""
        self._store.execute(
            "UPDATE order_journal SET state = ? WHERE client_id = ?",
            (State.UNKNOWN.value, str(client_id)),
            durable=False,
        )

    def settle(self, outcome: OrderOutcome, state: State = State.SETTLED) -> None:
        """Writes how an order ended (`State.LOST`: it was looked for and is not at the broker)."""
        with self._store.transaction(durable=False) as connection:
            rows = connection.execute(
                "UPDATE order_journal SET state = ?, outcome = ?, settled_at = ? WHERE client_id = ? RETURNING *",
                (state.value, _OUTCOMES.encode(outcome), _now(), str(outcome.client_id)),
            ).fetchall()
            if self.on_settled is not None and rows:
                self.on_settled(_entry(rows[0]))

    def get(self, client_id: UUID) -> Entry | None:
        """Returns an entry."""
        row = self._store.row("SELECT * FROM order_journal WHERE client_id = ?", (str(client_id),))
        return None if row is None else _entry(row)

    def entry(self, client_id: UUID) -> Entry:
        """Returns an entry that was begun.

        Raises:
            LookupError: it was not.
        """
        entry = self.get(client_id)
        if entry is None:
            raise LookupError(f"order {client_id} is not in the journal")
        return entry

    def is_open(self, client_id: UUID) -> bool:
        """Whether it is not written yet how an order ended."""
        row = self._store.row("SELECT outcome FROM order_journal WHERE client_id = ?", (str(client_id),))
        return row is not None and row["outcome"] is None

    def open_entries(self, account: str) -> list[Entry]:
        """Returns an account's entries without a known end, oldest first."""
        rows = self._store.rows(
            "SELECT * FROM order_journal WHERE state IN (?, ?, ?) AND account = ? ORDER BY created_at",
            (State.INTENT.value, State.SENT.value, State.UNKNOWN.value, account),
        )
        return [_entry(row) for row in rows]

    def lost_entries(self, account: str, since: datetime) -> list[Entry]:
        """Returns an account's entries sent since a time and not found at the broker."""
        rows = self._store.rows(
            "SELECT * FROM order_journal WHERE state = ? AND account = ? AND sent_at >= ? ORDER BY created_at",
            (State.LOST.value, account, since.astimezone(UTC).isoformat()),
        )
        return [_entry(row) for row in rows]

    def entries_since(self, since: datetime) -> list[Entry]:
        """Returns the entries of every account begun since a time, oldest first."""
        rows = self._store.rows(
            "SELECT * FROM order_journal WHERE created_at >= ? ORDER BY created_at",
            (since.astimezone(UTC).isoformat(),),
        )
        return [_entry(row) for row in rows]

    def opening(self, magic: int, account: str) -> Entry | None:
        """Returns the entry of an account's order with this key that opened a position or was to."""
        row = self._store.row(
            "SELECT * FROM order_journal WHERE magic = ? AND account = ? AND action = ?",
            (magic, account, Action.OPEN.value),
        )
        return None if row is None else _entry(row)

    def owner_of(self, magic: int) -> str | None:
        """Returns who asked for the order with this key; None if it was not sent from here."""
        row = self._store.row("SELECT owner FROM order_journal WHERE magic = ?", (magic,))
        return None if row is None else str(row["owner"])


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _plain(value: Any) -> Any:
    if isinstance(value, OrderOutcome):
        return {name: getattr(value, name) for name in _OUTCOME_FIELDS}
    return value.isoformat() if isinstance(value, datetime) else str(value)


_OUTCOME_FIELDS = tuple(field.name for field in fields(OrderOutcome))
_OUTCOMES = json.JSONEncoder(default=_plain)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _entry(row: Row) -> Entry:
    return Entry(
        client_id=UUID(row["client_id"]),
        magic=row["magic"],
        account=row["account"],
        action=Action(row["action"]),
        symbol=row["symbol"],
        target=row["target"],
        owner=row["owner"],
        state=State(row["state"]),
        attempts=row["attempts"],
        request=None if row["request"] is None else json.loads(row["request"]),
        outcome=None if row["outcome"] is None else _outcome(json.loads(row["outcome"])),
        created_at=datetime.fromisoformat(row["created_at"]),
        sent_at=_moment(row["sent_at"]),
    )


def _outcome(data: dict[str, Any]) -> OrderOutcome:
    return OrderOutcome(
        **{
            **data,
            "client_id": UUID(data["client_id"]),
            "status": OutcomeStatus(data["status"]),
            "code": None if data["code"] is None else ErrorCode(data["code"]),
            "lots": None if data["lots"] is None else Decimal(data["lots"]),
            "at": datetime.fromisoformat(data["at"]),
        }
    )
