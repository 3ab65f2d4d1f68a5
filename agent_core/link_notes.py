"""What a running agent's links are like, noted in the store for the verb `status`, which another program runs."""

from datetime import UTC, datetime

from agent_core.store import Store

_SCHEMA = """
CREATE TABLE IF NOT EXISTS link_notes (
    name TEXT PRIMARY KEY, state TEXT NOT NULL, detail TEXT NOT NULL, since TEXT NOT NULL
);
"""


class LinkNotes:
    """One note a link: its state, one sentence, and since when that is so."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.apply_schema(_SCHEMA)

    def clear(self) -> None:
        """Forgets what an earlier agent noted."""
        self._store.execute("DELETE FROM link_notes", durable=False)

    def note(self, name: str, state: str, detail: str) -> None:
        """Replaces a link's note."""
        self._store.execute(
            "INSERT OR REPLACE INTO link_notes VALUES (?, ?, ?, ?)",
            (name, state, detail, datetime.now(UTC).isoformat(timespec="seconds")),
            durable=False,
        )

    def all(self) -> dict[str, dict[str, str]]:
        """Returns the notes by the links' names."""
        rows = self._store.rows("SELECT * FROM link_notes ORDER BY rowid")
        return {row["name"]: {key: row[key] for key in ("state", "detail", "since")} for row in rows}
