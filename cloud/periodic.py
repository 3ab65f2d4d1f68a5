"""Work that is done again and again as long as the process lives."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

_log = structlog.get_logger(__name__)


class Periodic:
    """Repeats work after each pause, whatever happened to it before.

    Args:
        work: What to do.
        seconds: Pause between two times.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins, at once."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._work()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("periodic_work_failed", work=self._work.__qualname__, error=type(error).__name__)
            except Exception as error:  # noqa: BLE001
                # One bad row must not end the watch over all others.
                _log.error("periodic_work_failed", work=self._work.__qualname__, exc_info=error)
            await asyncio.sleep(self._seconds)
