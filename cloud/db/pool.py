"""The pools of database connections and their doors: `as_user`, `as_service` and `as_service_once`."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self, TypeAlias

import asyncpg
from prometheus_client import Histogram
from pydantic_core import to_json

from cloud.auth.claims import Claims
from cloud.db.listener import Listener
from cloud.metrics import RECENT

_Pooled: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

_COMMAND_SECONDS = 30
#: A request that gets no connection in this time is answered with 503.
_QUEUE_SECONDS = 10
#: A database that says nothing for so long is told as one that is not there.
_PING_SECONDS = 5.0
_LONG_WAIT_SECONDS = 1.0
#: Part of a statement of `as_service_once`: this one waits for the disk after all, as the server is set up to.
WAITS_FOR_DISK = "set_config('synchronous_commit', null, true)"
# Connections are not replaced after so many queries: whoever comes then would wait for the new one.
_ALL_QUERIES = sys.maxsize

_QUERIES = Histogram("forexelite_db_query_seconds", "Time until the database answered a query")
_WAITS = Histogram("forexelite_db_pool_wait_seconds", "Time until a connection was free")


def _observe(query: "asyncpg.connection.LoggedQuery") -> None:
    _QUERIES.observe(query.elapsed)


async def prepare_connection(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Makes json and jsonb columns Python objects, in and out, and measures queries."""
    connection.add_query_logger(_observe)
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=lambda value: to_json(value).decode(), decoder=json.loads
        )


async def _keep_as_it_is(_connection: object) -> None:
    """Nothing to reset: what a transaction sets ends with it, and nothing here locks or listens beyond one."""


def _text(value: str) -> str:
    """A text as SQL; as hexadecimal digits, nothing in it can be taken for SQL."""
    return f"convert_from(decode('{value.encode().hex()}', 'hex'), 'utf8')"


def _take_role(role: str, claims: str, *, for_good: bool) -> str:
    """Makes a connection speak for a caller, for good or until the end of the transaction."""
    local = "false" if for_good else "true"
    return f"select set_config('role', '{role}', {local}), set_config('request.jwt.claims', {_text(claims)}, {local})"


async def _prepare_service_connection(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """`prepare_connection` for one that speaks for the service alone, and waits for the disk only where it must."""
    await prepare_connection(connection)
    become_service = _take_role("service_role", '{"role": "service_role"}', for_good=True)
    await connection.execute(f"{become_service}; set synchronous_commit = off")


class Connection:
    """A transaction under way. What it announces goes out in one message with its commit."""

    __slots__ = ("_announced", "_pooled")

    def __init__(self, pooled: _Pooled) -> None:
        self._pooled = pooled
        self._announced: list[tuple[str, str]] = []

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        """All rows of a query."""
        return await self._pooled.fetch(query, *values)

    async def fetchrow(self, query: str, *values: object) -> asyncpg.Record | None:
        """The first row of a query; null when it has none."""
        return await self._pooled.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: object) -> Any:
        """The first value of the first row; null when there is none."""
        return await self._pooled.fetchval(query, *values)

    async def execute(self, query: str, *values: object) -> str:
        """Runs a statement; returns its tag, such as `UPDATE 1`."""
        return await self._pooled.execute(query, *values)

    async def executemany(self, query: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs a statement once for each row of values."""
        await self._pooled.executemany(query, rows)

    def notify(self, channel: str, payload: str) -> None:
        """Tells all who listen on a channel, once the transaction is committed."""
        self._announced.append((channel, payload))

    def must_be_silent(self) -> None:
        """Raises a RuntimeError if something waits to be announced."""
        if self._announced:
            raise RuntimeError("Only a transaction announces: take `as_service`.")

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that may fail and be undone alone."""
        announced = len(self._announced)
        await self.execute("savepoint part")
        try:
            yield
        except BaseException:
            del self._announced[announced:]
            await self.execute("rollback to savepoint part")
            raise
        await self.execute("release savepoint part")

    async def commit(self) -> None:
        """Ends the transaction."""
        notes = ", ".join(f"pg_notify('{channel}', {_text(payload)})" for channel, payload in self._announced)
        await self.execute(f"select {notes}; commit" if notes else "commit")

    async def roll_back(self) -> None:
        """Undoes the transaction."""
        try:
            await self.execute("rollback")
        except BaseException:
            # Cancelled once more, or broken: the server rolls back what has lost its connection.
            self._pooled.terminate()
            raise


class Database:
    """Two pools: one whose connections can do nothing until a transaction has said which user asks, one of the service.

    The login role inherits no rights. Each unit of work of a user is one transaction that takes their role and claims,
    and loses both at its end, so row-level security always sees the right user. No user's work ever gets a connection
    of the service, which has its role for good and is spared taking it each time.
    """

    def __init__(
        self, users: "asyncpg.Pool[asyncpg.Record]", service: "asyncpg.Pool[asyncpg.Record]", listener: Listener
    ) -> None:
        self._users, self._service = users, service
        self._listener = listener

    @classmethod
    async def connect(cls, dsn: str, *, min_size: int = 3, max_size: int = 10) -> Self:
        """Opens the pools, each of which has between `min_size` and `max_size` connections.

        Raises:
            OSError: the server can't be reached.
            asyncpg.PostgresError: it refused the login.
        """
        users, service = [
            await asyncpg.create_pool(
                dsn, min_size=min_size, max_size=max_size, init=prepare, reset=_keep_as_it_is,
                command_timeout=_COMMAND_SECONDS, timeout=_QUEUE_SECONDS, max_queries=_ALL_QUERIES,
            )
            for prepare in (prepare_connection, _prepare_service_connection)
        ]  # fmt: skip
        return cls(users, service, Listener(dsn))

    def as_user(self, claims: Claims) -> AbstractAsyncContextManager[Connection]:
        """One transaction as a signed-in user: row-level security shows and accepts only their rows."""
        take_role = _take_role("authenticated", claims.text, for_good=False)
        return self._transaction(self._users, f"begin; {take_role}")

    def as_service(self, *, durable: bool = True) -> AbstractAsyncContextManager[Connection]:
        """One transaction as the service itself, beyond row-level security. Filter by user in the query.

        Args:
            durable: False does not wait for the disk: what the last moments before a crash wrote may be lost.
        """
        begin = "begin; set local synchronous_commit to default" if durable else "begin"
        return self._transaction(self._service, begin)

    @asynccontextmanager
    async def as_service_once(self) -> AsyncIterator[Connection]:
        """One statement, a transaction by itself, as the service; it announces nothing.

        It does not wait for the disk unless it holds `WAITS_FOR_DISK`, and takes one round trip where a transaction
        takes three.

        Raises:
            RuntimeError: something was to be announced, which takes `as_service`.
        """
        async with self._connection(self._service) as pooled:
            connection = Connection(pooled)
            yield connection
            connection.must_be_silent()

    @asynccontextmanager
    async def _transaction(self, pool: "asyncpg.Pool[asyncpg.Record]", begin: str) -> AsyncIterator[Connection]:
        async with self._connection(pool) as pooled:
            connection = Connection(pooled)
            try:
                await connection.execute(begin)
                yield connection
                await connection.commit()
            except BaseException:
                await connection.roll_back()
                raise

    @asynccontextmanager
    async def _connection(self, pool: "asyncpg.Pool[asyncpg.Record]") -> AsyncIterator[_Pooled]:
        try:
            pooled = await self._acquire(pool)
            try:
                yield pooled
            finally:
                await pool.release(pooled)
        except asyncpg.InternalClientError as error:
            # The driver stumbles over a connection that dies between two of its steps.
            raise ConnectionResetError("The database closed the connection.") from error

    async def _acquire(self, pool: "asyncpg.Pool[asyncpg.Record]") -> _Pooled:
        asked = time.perf_counter()
        if pool.get_idle_size() > 0:
            _WAITS.observe(0.0)
            return await pool.acquire()
        full = pool.get_size() == pool.get_max_size()
        try:
            return await pool.acquire(timeout=_QUEUE_SECONDS)
        finally:
            waited = time.perf_counter() - asked
            _WAITS.observe(waited)
            if full and waited > _LONG_WAIT_SECONDS:
                RECENT.add("exhaustions")

    async def listen(self, channel: str, callback: Callable[[str], None]) -> None:
        """Calls back with the payload of each NOTIFY on a channel, on one connection of its own.

        Notifications are hints: after a lost connection some may be missing, so each callback is then called with an
        empty payload, which means "look again".
        """
        await self._listener.add(channel, callback)

    @property
    def listening(self) -> bool:
        """Whether notifications arrive."""
        return self._listener.connected

    async def ping(self) -> None:
        """Asks the server for a sign of life.

        Raises:
            OSError: it can't be reached.
            TimeoutError: it says nothing.
            asyncpg.PostgresError: it doesn't answer queries.
        """
        connection = await self._users.acquire(timeout=_PING_SECONDS)
        try:
            await connection.fetchval("select 1", timeout=_PING_SECONDS)
        except TimeoutError:
            connection.terminate()  # a silent server would keep its return to the pool waiting for half a minute
            raise
        finally:
            await self._users.release(connection)

    def usage(self) -> dict[str, int]:
        """Connections of both pools: open and idle ones."""
        pools = (self._users, self._service)
        return {
            "open": sum(pool.get_size() for pool in pools), "idle": sum(pool.get_idle_size() for pool in pools)
        }  # fmt: skip

    async def close(self) -> None:
        """Closes all connections; work under way is given 10 seconds."""
        await self._listener.close()
        try:
            async with asyncio.timeout(10):
                await asyncio.gather(self._users.close(), self._service.close())
        except TimeoutError:
            self._users.terminate()
            self._service.terminate()
