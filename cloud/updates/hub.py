"""Fans the database's notifications out to the open sockets of the users they belong to."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from cloud.db.pool import Database
from cloud.updates.notify import CHANNEL

MAX_WAITING = 200
Update = dict[str, Any]
RESYNC: Update = {"kind": "resync", "data": {}}
"""Something may have been missed: read everything again."""


class UpdateHub:
    """Open sockets by user. A slow one never delays another: its backlog becomes one "resync"."""

    def __init__(self) -> None:
        self._queues: dict[UUID, set[asyncio.Queue[Update]]] = {}

    async def start(self, database: Database) -> None:
        """Begins to listen."""
        await database.listen(CHANNEL, self.on_notification)

    def sockets_of(self, user_id: UUID) -> int:
        """Number of open sockets of a user."""
        return len(self._queues.get(user_id, ()))

    @contextmanager
    def subscribe(self, user_id: UUID) -> Iterator[asyncio.Queue[Update]]:
        """Yields the queue of one socket."""
        queue: asyncio.Queue[Update] = asyncio.Queue(MAX_WAITING)
        self._queues.setdefault(user_id, set()).add(queue)
        try:
            yield queue
        finally:
            queues = self._queues[user_id]
            queues.discard(queue)
            if not queues:
                del self._queues[user_id]

    def on_notification(self, payload: str) -> None:
        """Takes a notification; an empty one means that some may be missing."""
        if not payload:
            for user_id in self._queues:
                self._put(user_id, RESYNC)
            return
        update = json.loads(payload)
        self._put(UUID(update["user_id"]), {"kind": update["kind"], "data": update["data"]})

    def _put(self, user_id: UUID, update: Update) -> None:
        for queue in self._queues.get(user_id, ()):
            overrun = queue.full()
            while overrun and not queue.empty():
                queue.get_nowait()
            queue.put_nowait(RESYNC if overrun else update)
