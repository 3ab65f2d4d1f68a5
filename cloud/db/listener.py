"""One connection that waits for NOTIFY and comes back by itself when it is lost."""

import asyncio
from collections import defaultdict
from collections.abc import Callable

import asyncpg
import structlog

_log = structlog.get_logger(__name__)
_FIRST_RETRY_SECONDS = 0.25
_LAST_RETRY_SECONDS = 10.0


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
        connection.add_termination_listener(lambda _: self._lost.set())
        for channel, callbacks in self._callbacks.items():
            if callbacks:
                await connection.add_listener(channel, self._dispatch)
        self._connection = connection

    async def _keep(self) -> None:
        while True:
            await self._lost.wait()
            self._lost.clear()
            delay = _FIRST_RETRY_SECONDS
            while not await self._reconnected():
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LAST_RETRY_SECONDS)
            for channel in list(self._callbacks):
                self._call(channel, "")

    async def _reconnected(self) -> bool:
        async with self._lock:
            try:
                await self._connect()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("listen_connection_lost", error=type(error).__name__)
                return False
            return True

    def _dispatch(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self._call(channel, str(payload))

    def _call(self, channel: str, payload: str) -> None:
        for callback in list(self._callbacks.get(channel, ())):
            callback(payload)
