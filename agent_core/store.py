"""The agent's local store: one SQLite file. Each domain owns its tables and hands in their schema."""

import asyncio
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from agent_core.protocol.errors import ErrorCode, ForexEliteError

log = logging.getLogger(__name__)

#: Commits after which the log of changes is carried over into the database, in the background.
_COMMITS_A_CHECKPOINT = 1000
#: How long what is to be secured "soon" waits: an order that is secured meanwhile takes it along.
_SOON_SECONDS = 0.1


class Store:
    """A durable SQLite database, safe to use from several threads.

    A committed transaction survives the death of the program. It also survives a power cut once it is *secured*:
    every transaction is at its end, unless it says that a later one may do it. Changes are written to one log in
    order, so a power cut loses a tail of what was not secured and nothing in between.
    Transactions are short: no caller awaits inside one.

    Raises:
        ForexEliteError: (from everything) the file is damaged, or can't be read or written any more.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._commits = 0
        self._secured = -1
        self._soon: int | None = None
        self._closing = threading.Event()
        self._log: int | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _connect(path)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA foreign_keys=ON")
            verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except (sqlite3.DatabaseError, OSError) as error:
            raise _unusable(path, str(error)) from error
        if verdict != "ok":
            raise _unusable(path, verdict)
        self._disk = ThreadPoolExecutor(max_workers=3, thread_name_prefix="store-disk")

    def apply_schema(self, schema: str) -> None:
        """Runs `CREATE TABLE IF NOT EXISTS` statements of a domain."""
        with self._lock, self._explained():
            self._connection.executescript(schema)
            self._secured = -1

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """All or nothing. Inside another one it is a part of that one.

        Args:
            durable: Whether it is secured at the end of the block; that waits for the disk.
        """
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            with self._explained():
                self._connection.execute("BEGIN IMMEDIATE")
                before = self._connection.total_changes
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.OperationalError):  # a full disk has rolled it back by itself
                        self._connection.execute("ROLLBACK")
                    raise
            if self._connection.total_changes == before:
                return
            self._commits += 1
            if self._commits % _COMMITS_A_CHECKPOINT == 0:
                self._disk.submit(self._carry_over)
        if durable:
            self.secure()

    def secure(self) -> None:
        """Returns when everything committed so far survives a power cut."""
        try:
            with self._lock:
                committed = self._commits
                if self._secured >= committed:
                    return
                if self._log is None:
                    self._log = os.open(f"{self.path}-wal", os.O_RDWR | getattr(os, "O_BINARY", 0))
                    _secure_name(self.path.parent)
            os.fsync(self._log)
            with self._lock:
                self._secured = max(self._secured, committed)
        except OSError as error:
            raise _unwritable(self.path, error.strerror or str(error)) from error

    async def secured(self) -> None:
        """`secure` without holding up the event loop."""
        await asyncio.wrap_future(self._disk.submit(self.secure))

    def secure_soon(self) -> None:
        """Has everything committed so far secured in the background, within a tenth of a second or so."""
        with self._lock:
            waiting, self._soon = self._soon is not None, self._commits
        if not waiting:
            self._disk.submit(self._secure_later)

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = (), *, durable: bool = True) -> int:
        """Runs one writing statement in a transaction of its own; returns the number of rows it touched."""
        with self.transaction(durable=durable) as connection:
            return connection.execute(sql, parameters).rowcount

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """Runs a query and returns all its rows."""
        with self._lock, self._explained():
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
        """Runs a query and returns its first row."""
        with self._lock, self._explained():
            found: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
            return found

    def close(self) -> None:
        """Closes the file."""
        self._closing.set()
        self._disk.shutdown()
        with self._lock:
            if self._log is not None:
                # Before the database: closing that removes the log, which Windows refuses while it is open.
                os.close(self._log)
                self._log = None
            self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            # The others, about constraints and wrong calls, are the program's own mistakes.
            if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
                raise
            raise _unwritable(self.path, str(error)) from error

    def _secure_later(self) -> None:
        # Writing to the log waits for the disk while it is being secured: an order just under way must not.
        self._closing.wait(_SOON_SECONDS)
        with self._lock:
            wanted, self._soon = self._soon, None
        try:
            if wanted is not None and self._secured < wanted:
                self.secure()
        except ForexEliteError as error:
            log.warning("%s", error.detail)

    def _carry_over(self) -> None:
        try:
            with closing(_connect(self.path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.DatabaseError as error:
            log.warning("The log of the local store could not be carried over: %s", error)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
    if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
        connection.close()
        raise sqlite3.OperationalError("its folder must be on a disk of this computer")
    connection.execute("PRAGMA synchronous=NORMAL")
    # A checkpoint waits for the disk, so a thread of its own makes it.
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def _secure_name(folder: Path) -> None:
    """A new file's contents are of no use after a power cut if its name is lost. Windows sees to that itself."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _unusable(path: Path, reason: str) -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.INTERNAL_ERROR,
        f"The local store {path} can't be used ({reason}). Move it away and start again; "
        "the cloud still holds what was uploaded.",
    )


def _unwritable(path: Path, reason: str) -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.INTERNAL_ERROR,
        f"The local store {path} can't be read or written ({reason}). "
        "Make room on the disk and see that the folder is writable, then try again.",
    )
