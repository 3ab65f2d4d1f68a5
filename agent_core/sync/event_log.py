"""The agent's log of facts, in its local store until the cloud has them: in order, each exactly once.

Events are numbered locally without end. An agent's numbers at the cloud start at 1, or go on after what the cloud
already holds of it; `align` fixes the distance between the two once a pairing.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from agent_core.protocol.agents import MAX_EVENTS_A_BATCH, AgentEvent
from agent_core.store import Store

KEEP_UPLOADED = timedelta(days=30)
#: While this computer was never paired, snapshots older than this are dropped: two a minute would fill the disk.
KEEP_SNAPSHOTS = timedelta(days=1)
_SNAPSHOTS = ("account", "positions")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS event_log_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    agent_id TEXT,
    distance INTEGER NOT NULL DEFAULT 0,
    uploaded INTEGER NOT NULL DEFAULT 0
);
INSERT OR IGNORE INTO event_log_state (id) VALUES (1);
"""


class EventLog:
    """Append-only log of facts.

    Attributes:
        on_append: Called after each append, in the appending thread; the link uses it to wake its uploader.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.on_append: Callable[[], None] | None = None
        store.apply_schema(_SCHEMA)
        self._forget_old()
        self._thin_out()

    def append(self, kind: str, data: dict[str, Any], *, at: datetime | None = None) -> int:
        """Writes a fact and returns its local number. A power cut may lose it until it is `secured`.

        Args:
            kind: One of the kinds of `AgentEvent`.
            data: What JSON holds; Decimal, UUID, datetime and enums are written as text.
            at: When it happened; now when left out.
        """
        return self.append_all(kind, [(at or datetime.now(UTC), data)])

    def append_all(self, kind: str, facts: Iterable[tuple[datetime, dict[str, Any]]]) -> int:
        """Writes several facts of one kind, all or none; returns the local number of the last, 0 if there is none."""
        last = 0
        # No order waits for the disk because of a fact; the cloud is told none before it is secured.
        with self._store.transaction(durable=False) as connection:
            for at, data in facts:
                written = connection.execute(
                    "INSERT INTO event_log (kind, at, data) VALUES (?, ?, ?)",
                    (kind, at.astimezone(UTC).isoformat(), _JSON.encode(data)),
                )
                last = written.lastrowid or 0
        if self.on_append is not None:
            self.on_append()
        return last

    async def secured(self) -> None:
        """Waits until no power cut can lose what was written: a number the cloud has seen is never given again."""
        await self._store.secured()

    def pending(self, limit: int = MAX_EVENTS_A_BATCH) -> list[AgentEvent]:
        """Returns the oldest facts the cloud has not confirmed, numbered as the cloud counts them."""
        rows = self._store.rows(
            "SELECT event_log.seq - distance AS number, kind, at, data FROM event_log, event_log_state "
            "WHERE event_log.seq > uploaded ORDER BY event_log.seq LIMIT ?",
            (limit,),
        )
        return [
            AgentEvent(
                seq=row["number"], kind=row["kind"], at=datetime.fromisoformat(row["at"]), data=json.loads(row["data"])
            )
            for row in rows
        ]

    def mark_stored_through(self, seq: int) -> None:
        """Takes note of the highest number the cloud has stored. A lower one than before sends the rest again."""
        self._store.execute(
            "UPDATE event_log_state SET uploaded = min(? + distance, "
            "(SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event_log'))",
            (seq,),
            durable=False,  # lost in a power cut, the cloud says it again
        )

    def aligned_with(self, agent_id: str) -> bool:
        """Whether the numbers have been fixed for this agent."""
        row = self._store.row("SELECT agent_id FROM event_log_state")
        return row is not None and row["agent_id"] == agent_id

    def align(self, agent_id: str, stored_through: int) -> None:
        """Numbers what waits so that it goes on after what the cloud holds of this agent."""
        self._store.execute(
            "UPDATE event_log_state SET agent_id = ?, distance = -? + coalesce("
            "(SELECT min(seq) - 1 FROM event_log WHERE seq > uploaded), "
            "(SELECT max(seq) FROM sqlite_sequence WHERE name = 'event_log'), 0)",
            (agent_id, stored_through),
        )

    @property
    def queued(self) -> int:
        """Number of facts the cloud has not confirmed."""
        row = self._store.row("SELECT count(*) AS waiting FROM event_log, event_log_state WHERE seq > uploaded")
        return int(row["waiting"]) if row else 0

    @property
    def last_seq(self) -> int:
        """Local number of the newest fact; 0 when there is none."""
        row = self._store.row("SELECT coalesce(max(seq), 0) AS last FROM event_log")
        return int(row["last"]) if row else 0

    def _forget_old(self) -> None:
        oldest = (datetime.now(UTC) - KEEP_UPLOADED).isoformat()
        self._store.execute(
            "DELETE FROM event_log WHERE seq <= (SELECT uploaded FROM event_log_state) AND at < ?", (oldest,)
        )

    def _thin_out(self) -> None:
        """Drops old snapshots while there was never a cloud to take them: each says all that those before it said.

        What stays is numbered anew without gaps, which nobody has seen the numbers of yet.
        """
        old = (*_SNAPSHOTS, (datetime.now(UTC) - KEEP_SNAPSHOTS).isoformat())
        with self._store.transaction() as connection:
            state = connection.execute("SELECT agent_id FROM event_log_state").fetchone()
            if state["agent_id"] is not None:
                return
            dropped = connection.execute("DELETE FROM event_log WHERE kind IN (?, ?) AND at < ?", old).rowcount
            if dropped:
                kept = connection.execute("SELECT kind, at, data FROM event_log ORDER BY seq").fetchall()
                connection.execute("DELETE FROM event_log")
                connection.executemany(
                    "INSERT INTO event_log (kind, at, data) VALUES (?, ?, ?)", [tuple(row) for row in kept]
                )


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)


_JSON = json.JSONEncoder(default=_plain, ensure_ascii=False)
