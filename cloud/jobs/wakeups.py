"""In-process wake-ups by key. They are hints: whoever wakes looks at the database again."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID


class Wakeups:
    """Events keyed by id (an agent waiting for work, a request waiting for a job)."""

    def __init__(self) -> None:
        self._events: dict[UUID, dict[asyncio.Event, str]] = {}

    @property
    def keys(self) -> frozenset[UUID]:
        """What somebody waits for."""
        return frozenset(self._events)

    @contextmanager
    def subscribe(self, key: UUID, event: asyncio.Event | None = None, own: str = "") -> Iterator[asyncio.Event]:
        """Yields the event (a new one, if none is given) that a notification about the key sets.

        Args:
            key: What to wait for.
            event: The event to set.
            own: Mark of the subscriber's own notifications, which do not wake it.
        """
        event = event or asyncio.Event()
        self._events.setdefault(key, {})[event] = own
        try:
            yield event
        finally:
            waiting = self._events[key]
            waiting.pop(event, None)
            if not waiting:
                del self._events[key]

    def on_notification(self, payload: str) -> None:
        """Wakes the subscribers of the id that a database notification names; all of them when it names none.

        A notification may add the mark of whoever sent it.
        """
        name, _, sender = payload.partition(" ")
        for key in [UUID(name)] if name else list(self._events):
            for event, own in self._events.get(key, {}).items():
                if not sender or sender != own:
                    event.set()


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Waits for the event, at most so long, and clears it. Returns whether it came."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True
