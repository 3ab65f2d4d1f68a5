"""The agent's local store: one SQLite file. Each domain owns its tables and hands in their schema."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent_core.protocol.errors import ErrorCode, ForexEliteError


class Store:
    """A durable SQLite database, safe to use from several threads.

    Every committed transaction has reached the disk (`synchronous=FULL`), so an order's intent survives a power
    cut, unless it says that the next one will do: a power cut then loses it, with all that came later, or nothing.
    Transactions are short: no caller awaits inside one.

    Raises:
        ForexEliteError: the file is damaged or can't be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA foreign_keys=ON")
            verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except (sqlite3.DatabaseError, OSError) as error:
            raise _unusable(path, str(error)) from error
        if verdict != "ok":
            raise _unusable(path, verdict)

    def apply_schema(self, schema: str) -> None:
        """Runs `CREATE TABLE IF NOT EXISTS` statements of a domain."""
        with self._lock:
            self._connection.executescript(schema)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """All or nothing. Inside another one it is a part of that one.

        Args:
            durable: Whether it outlives a power cut from the end of the block on; else from the end of the next
                durable one on. A crash of the program loses neither.
        """
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            if not durable:
                # The log of changes is written in order: the next sync of it takes this along.
                self._connection.execute("PRAGMA synchronous=NORMAL")
            try:
                yield from self._alone()
            finally:
                if not durable:
                    self._connection.execute("PRAGMA synchronous=FULL")

    def _alone(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = (), *, durable: bool = True) -> int:
        """Runs one writing statement in a transaction of its own; returns the number of rows it touched."""
        with self.transaction(durable=durable) as connection:
            return connection.execute(sql, parameters).rowcount

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """Runs a query and returns all its rows."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
        """Runs a query and returns its first row."""
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
            return found

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()


def _unusable(path: Path, reason: str) -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.INTERNAL_ERROR,
        f"The local store {path} can't be used ({reason}). Move it away and start again; "
        "the cloud still holds what was uploaded.",
    )
