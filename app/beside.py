"""Modules imported in a thread of their own, while the window is painted and can be moved."""

import asyncio
import gc
from importlib import import_module


async def imported(*names: str) -> None:
    """Imports modules one after the other, in a thread of their own; those that are there take no time."""
    for name in names:
        await asyncio.to_thread(import_module, name)
    gc.freeze()  # modules stay: no collection has to walk them
