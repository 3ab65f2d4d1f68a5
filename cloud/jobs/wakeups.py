"""In-process wake-ups by key. They are hints: whoever wakes looks at the database again."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID


class Wakeups:
    """Events keyed by id (an agent waiting for work, a request waiting for a job)."""

    def __init__(self) -> None:
        self._events: dict[UUID, set[asyncio.Event]] = {}

    @property
    def keys(self) -> frozenset[UUID]:
        """What somebody waits for."""
        return frozenset(self._events)

    @contextmanager
    def subscribe(self, key: UUID, event: asyncio.Event | None = None) -> Iterator[asyncio.Event]:
        """Yields the event (a new one, if none is given) that a notification about the key sets."""
        event = event or asyncio.Event()
        self._events.setdefault(key, set()).add(event)
        try:
            yield event
        finally:
            waiting = self._events[key]
            waiting.discard(event)
            if not waiting:
                del self._events[key]

    def on_notification(self, payload: str) -> None:
        """Wakes the subscribers of the id that a database notification names; all of them when it names none."""
        for key in [UUID(payload)] if payload else list(self._events):
            for event in self._events.get(key, ()):
                event.set()


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Waits for the event, at most so long, and clears it."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    except TimeoutError:
        return
    event.clear()
