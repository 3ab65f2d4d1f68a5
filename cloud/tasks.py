"""Ending tasks for certain."""

import asyncio
from typing import Any

AGAIN_SECONDS = 0.5


async def end(task: "asyncio.Task[Any]") -> None:
    """Cancels a task and returns when it has ended; what it raised is its own affair.

    A library can lose a cancellation that comes just when one of its own connections is made, so it is repeated.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=AGAIN_SECONDS)
