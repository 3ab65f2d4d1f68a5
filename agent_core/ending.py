"""How an agent without a window is told to end: Ctrl+C, its console's cross, the system, or the verb `stop`."""

import asyncio
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from agent_core.exclusive import try_lock
from agent_core.protocol.errors import ErrorCode, ForexEliteError

#: In the data folder while somebody wishes the agent to end; the agent takes it away as soon as it has seen it.
_WISH_FILE = "agent.stop"
_LOOK_SECONDS = 0.5
#: An agent without a window sees the wish in this time.
_SEEN_SECONDS = 5.0
_STOP_SECONDS = 60.0
_STEP_SECONDS = 0.1

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    #: The console is closed, the user signs out, the computer is shut down.
    _LAST_EVENTS = frozenset({2, 5, 6})

    class ConsoleWatch:
        """Holds Windows up while the agent ends in order: the program is gone as soon as the handler returns."""

        def __init__(self, ending: "Ending") -> None:
            self._ending = ending
            self._over = threading.Event()
            self._handler = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(self.on_event)
            ctypes.WinDLL("kernel32").SetConsoleCtrlHandler(self._handler, True)

        def on_event(self, event: int) -> bool:
            """Called by Windows in a thread of its own, which it grants some seconds."""
            if event not in _LAST_EVENTS:
                return False
            self._ending.wish()
            self._over.wait(_STOP_SECONDS)
            return True

        def close(self) -> None:
            """The agent has ended."""
            self._over.set()
            ctypes.WinDLL("kernel32").SetConsoleCtrlHandler(self._handler, False)

    _SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
else:

    class ConsoleWatch:
        """Elsewhere signals say it."""

        def __init__(self, ending: "Ending") -> None:
            del ending

        def close(self) -> None:
            """Nothing to do."""

    # Where the last is ignored, the agent was started to outlive its console.
    _ASKED_TO_OUTLIVE = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    _SIGNALS = (signal.SIGINT, signal.SIGTERM, *(() if _ASKED_TO_OUTLIVE else (signal.SIGHUP,)))


class Ending:
    """Waits for the wish to end; made in the running event loop by the agent that holds the data folder.

    Args:
        folder: The data folder.
    """

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._wished = asyncio.Event()
        self._file = folder / _WISH_FILE
        self._file.unlink(missing_ok=True)  # meant for an agent that is gone
        for number in _SIGNALS:
            if sys.platform == "win32":
                signal.signal(number, lambda *_: self.wish())
            else:
                self._loop.add_signal_handler(number, self._wished.set)
        self._console = ConsoleWatch(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._console.close()

    def wish(self) -> None:
        """Wishes it, from any thread."""
        self._loop.call_soon_threadsafe(self._wished.set)

    async def wait(self) -> None:
        """Returns when the agent shall end."""
        while not self._wished.is_set() and not self._file.exists():
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._wished.wait()
        self._file.unlink(missing_ok=True)


def end_agent(folder: Path, lock: Path) -> bool:
    """Has the agent of a data folder end, and waits for it; False when none runs.

    Raises:
        ForexEliteError: it is the window that runs, or it does not end.
    """
    if _is_free(lock):
        return False
    wish = folder / _WISH_FILE
    wish.touch()
    started = time.monotonic()
    while not _is_free(lock):
        waited = time.monotonic() - started
        if waited > _SEEN_SECONDS and wish.exists():
            wish.unlink(missing_ok=True)
            raise ForexEliteError(ErrorCode.CONFLICT, "ForexElite Pro runs with its window. Close it there.")
        if waited > _STOP_SECONDS:
            raise ForexEliteError(
                ErrorCode.CONFLICT, f"The agent did not end within {_STOP_SECONDS:.0f} seconds. See its log."
            )
        time.sleep(_STEP_SECONDS)
    return True


def _is_free(lock: Path) -> bool:
    if not lock.exists():
        return True
    held = try_lock(lock)
    if held is None:
        return False
    held.close()
    return True
