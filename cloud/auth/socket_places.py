"""How many sockets a user has open, on all workers together."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from prometheus_client import Counter, Gauge

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.metrics import RECENT
from cloud.places import SharedPlaces, Taking

SOCKETS_A_USER = 10

#: Who connects so soon after a socket of theirs has ended connects again.
AGAIN_SECONDS = 60.0

_OPEN = Gauge("forexelite_ws_connections", "Open sockets of signed-in users", multiprocess_mode="livesum")
_CONNECTS = Counter("forexelite_ws_connects_total", "Sockets opened, for the first time or again", ("kind",))


class SocketPlaces:
    """Places for users' sockets."""

    def __init__(self, places: SharedPlaces | None = None) -> None:
        self._places = places or SharedPlaces()
        self._ended: dict[UUID, float] = {}
        self.open = 0
        """Sockets open in this process."""

    @asynccontextmanager
    async def place(self, user_id: UUID) -> AsyncIterator[None]:
        """Takes a place as long as the block lasts.

        Raises:
            ForexEliteError: RATE_LIMITED, the user has no more.
        """
        row, name = f"sockets:{user_id}", uuid4().hex
        if await self._places.take(row, name, SOCKETS_A_USER) is not Taking.TAKEN:
            raise ForexEliteError(
                ErrorCode.RATE_LIMITED, f"At most {SOCKETS_A_USER} sockets a user. Close one and try again."
            )
        self._count(user_id)
        try:
            yield
        finally:
            self.open -= 1
            _OPEN.dec()
            self._ended[user_id] = time.monotonic()
            RECENT.add("closings")
            await self._places.free(row, name)

    def _count(self, user_id: UUID) -> None:
        self.open += 1
        _OPEN.inc()
        since = time.monotonic() - AGAIN_SECONDS
        self._ended = {user: ended for user, ended in self._ended.items() if ended > since}
        again = self._ended.pop(user_id, None) is not None
        _CONNECTS.labels("again" if again else "first").inc()
        if again:
            RECENT.add("reconnections")
