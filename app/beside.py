"""Modules imported while the window is painted and can be moved.

PySide6 looks its classes up without a lock when Qt asks what an object is. A class of Qt, or one derived from it, that
another thread makes at that moment takes the program down: such modules are imported in the window's own thread.
"""

import asyncio
import gc
from importlib import import_module


async def imported_beside(*names: str) -> None:
    """Imports modules without Qt, in a thread of their own; those that are there take no time."""
    for name in names:
        await asyncio.to_thread(import_module, name)
    gc.freeze()  # modules stay: no collection has to walk them


async def imported_in_turns(*names: str) -> None:
    """Imports modules with Qt, each in a turn of the event loop."""
    for name in names:
        import_module(name)
        await asyncio.sleep(0)
    gc.freeze()
