"""One connection that waits for NOTIFY and comes back by itself when it is lost."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

import asyncpg
import structlog

_log = structlog.get_logger(__name__)
# The last is how the driver stumbles over a connection that dies between two of its steps.
_CONNECTION_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_FIRST_RETRY_SECONDS = 0.25
_LAST_RETRY_SECONDS = 10.0
#: A connection that was cut without a word says nothing of it: it is asked so often, and has so long to answer. Both
#: together are less than a job has that somebody waits for.
ASK_SECONDS = 3.0
ANSWER_SECONDS = 2.0


class Listener:
    """Dispatches notifications to callbacks. Connects at the first `add`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._callbacks: defaultdict[str, list[Callable[[str], None]]] = defaultdict(list)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._lock = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    async def add(self, channel: str, callback: Callable[[str], None]) -> None:
        """Starts to call back for a channel.

        Raises:
            OSError: the first connection failed.
        """
        async with self._lock:
            self._callbacks[channel].append(callback)
            if self._connection is None:
                await self._connect()
            elif len(self._callbacks[channel]) == 1:
                await self._connection.add_listener(channel, self._dispatch)
            if self._keeper is None:
                self._keeper = asyncio.create_task(self._keep())

    @property
    def connected(self) -> bool:
        """Whether the connection is there, as far as anybody knows."""
        return self._connection is not None and not self._connection.is_closed()

    async def close(self) -> None:
        """Ends the connection and all callbacks."""
        self._callbacks.clear()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close(timeout=5)

    async def _connect(self) -> None:
        connection = await asyncpg.connect(self._dsn)
        for channel, callbacks in self._callbacks.items():
            if callbacks:
                await connection.add_listener(channel, self._dispatch)
        self._connection = connection
        connection.add_termination_listener(lambda _: self._lost.set())

    async def _keep(self) -> None:
        while True:
            while await self._lives():
                with suppress(TimeoutError):
                    async with asyncio.timeout(ASK_SECONDS):
                        await self._lost.wait()
            delay = _FIRST_RETRY_SECONDS
            while not await self._reconnected():
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LAST_RETRY_SECONDS)
            for channel in list(self._callbacks):
                self._call(channel, "")

    async def _lives(self) -> bool:
        """Whether the connection answers; one that does not is given up."""
        async with self._lock:
            connection = self._connection
            if connection is None or connection.is_closed():
                return False
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await connection.fetchval("select 1")
            except _CONNECTION_ERRORS as error:
                _log.warning("listen_connection_silent", error=type(error).__name__)
                connection.terminate()
                return False
            return True

    async def _reconnected(self) -> bool:
        async with self._lock:
            self._lost.clear()
            try:
                await self._connect()
            except _CONNECTION_ERRORS as error:
                _log.warning("listen_connection_lost", error=type(error).__name__)
                return False
            return True

    def _dispatch(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self._call(channel, str(payload))

    def _call(self, channel: str, payload: str) -> None:
        for callback in list(self._callbacks.get(channel, ())):
            callback(payload)
