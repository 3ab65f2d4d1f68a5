"""Which agent of which cloud this computer is; the key lies with the credentials."""

from dataclasses import dataclass
from uuid import UUID

from agent_core.credentials import Credentials
from agent_core.store import Store

_KEY = "agent_key"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS cloud_pairing (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    url TEXT NOT NULL,
    agent_id TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Pairing:
    """A pairing, without its key."""

    url: str
    agent_id: UUID


class PairingStore:
    """Remembers the pairing."""

    def __init__(self, store: Store, credentials: Credentials) -> None:
        self._store = store
        self._credentials = credentials
        store.apply_schema(_SCHEMA)

    def get(self) -> Pairing | None:
        """Returns the pairing, if there is one with its key."""
        row = self._store.row("SELECT url, agent_id FROM cloud_pairing")
        if row is None or self.key() is None:
            return None
        return Pairing(url=row["url"], agent_id=UUID(row["agent_id"]))

    def key(self) -> str | None:
        """Returns the agent's key."""
        return self._credentials.get(_KEY)

    def set(self, pairing: Pairing, key: str) -> None:
        """Replaces the pairing."""
        self._credentials.set(_KEY, key)
        self._store.execute(
            "INSERT INTO cloud_pairing (id, url, agent_id) VALUES (1, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET url = excluded.url, agent_id = excluded.agent_id",
            (pairing.url, str(pairing.agent_id)),
        )

    def clear(self) -> None:
        """Forgets the pairing and its key."""
        self._store.execute("DELETE FROM cloud_pairing")
        self._credentials.delete(_KEY)
