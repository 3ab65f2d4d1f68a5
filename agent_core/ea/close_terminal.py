"""Asks a running terminal to close, as its trader would with the window's cross, and waits until it has."""

import asyncio
import os
import sys
import time
from pathlib import Path

import psutil

from agent_core.terminal.discovery import is_running, processes_of

CLOSE_SECONDS = 30.0
_STEP_SECONDS = 0.1

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _WM_CLOSE = 0x0010
    _OWNER = 4

    def _ask(pids: set[int]) -> None:
        """Sends WM_CLOSE to the main windows of processes: visible and owned by no other window."""
        user = ctypes.WinDLL("user32")
        user.GetWindow.restype = wintypes.HWND

        def each(window: int, _: int) -> bool:
            pid = wintypes.DWORD()
            user.GetWindowThreadProcessId(window, ctypes.byref(pid))
            if pid.value in pids and user.IsWindowVisible(window) and not user.GetWindow(window, _OWNER):
                user.PostMessageW(window, _WM_CLOSE, 0, 0)
            return True

        user.EnumWindows(ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)(each), 0)
else:
    import signal
    from contextlib import suppress

    def _ask(pids: set[int]) -> None:
        """Sends the request to end. A terminal under Wine has no such request and is left to its trader."""
        for pid in pids:
            with suppress(psutil.Error, ProcessLookupError, PermissionError):
                if "wine" not in psutil.Process(pid).exe().lower():
                    os.kill(pid, signal.SIGTERM)


async def close_terminal(executable: Path, seconds: float = CLOSE_SECONDS) -> bool:
    """Asks the terminal of an executable to close; never forces it.

    Returns:
        Whether it is closed. A dialog that is open inside it may keep it.
    """
    deadline = time.monotonic() + seconds
    await asyncio.to_thread(lambda: _ask(processes_of(executable)))
    while await asyncio.to_thread(is_running, executable):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_STEP_SECONDS)
    return True
