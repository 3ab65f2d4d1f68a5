"""Coroutines started from widgets: kept alive, and their failures shown."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from agent_core.protocol.errors import ForexEliteError

log = logging.getLogger(__name__)

_STOP_ATTEMPTS = 5
_STOP_SECONDS = 1.0

ErrorHandler = Callable[[Exception], None]


class ErrorSink(Protocol):
    """Where failures are shown."""

    def error(self, message: str) -> None:
        """Shows one sentence."""


class Tasks:
    """Starts coroutines from Qt slots.

    The event loop holds tasks weakly; this registry holds them until they end.
    """

    def __init__(self, sink: ErrorSink) -> None:
        self._sink = sink
        self._running: set[asyncio.Task[Any]] = set()

    def start(
        self, work: Coroutine[Any, Any, Any], *, on_error: ErrorHandler | None = None, name: str | None = None
    ) -> asyncio.Task[Any]:
        """Runs a coroutine in the background.

        Args:
            work: The coroutine.
            on_error: Gets the exception; when left out, a toast shows what a `ForexEliteError` says.
            name: Name of the task in logs.
        """
        task = asyncio.get_event_loop().create_task(self._guard(work, on_error), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        # Cancelled before its first step, the task never looked at `work`; an ended one does not mind.
        task.add_done_callback(lambda _task: work.close())
        return task

    async def stop(self) -> None:
        """Cancels what still runs and waits for it, but not for ever: the window must be able to close.

        A task can miss a cancellation that meets the result it waits for, so it is cancelled again.
        """
        mine = asyncio.current_task()
        for _ in range(_STOP_ATTEMPTS):
            pending = {task for task in self._running if task is not mine}
            if not pending:
                return
            for task in pending:
                task.cancel()
            await asyncio.wait(pending, timeout=_STOP_SECONDS)
        log.warning("Tasks that do not end: %s", sorted(task.get_name() for task in pending if not task.done()))

    async def _guard(self, work: Coroutine[Any, Any, Any], on_error: ErrorHandler | None) -> Any:
        try:
            return await work
        except Exception as error:
            if not isinstance(error, ForexEliteError):
                log.exception("A task of the window failed")
            (on_error or self.report)(error)
            return None

    def report(self, error: Exception) -> None:
        """Shows an error as a toast, in one sentence."""
        self._sink.error(describe(error))


def describe(error: Exception) -> str:
    """Returns the sentence that tells a user about an error."""
    if isinstance(error, ForexEliteError):
        return error.detail
    return f"Something went wrong ({type(error).__name__}). The log file in the data folder has the details."
