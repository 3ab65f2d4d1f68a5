"""How many sockets a user has open, on all workers together."""

import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import structlog
from prometheus_client import Counter, Gauge
from redis.asyncio import Redis

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.metrics import RECENT
from cloud.periodic import Periodic
from cloud.redis_errors import REDIS_GONE

_log = structlog.get_logger(__name__)

SOCKETS_A_USER = 10
#: A worker that died takes its sockets with it; their places are free again after this time.
PLACE_SECONDS = 60
RENEW_SECONDS = 20.0
_ANSWER_SECONDS = 2.0

#: Who connects so soon after a socket of theirs has ended connects again.
AGAIN_SECONDS = 60.0

_OPEN = Gauge("forexelite_ws_connections", "Open sockets of signed-in users", multiprocess_mode="livesum")
_CONNECTS = Counter("forexelite_ws_connects_total", "Sockets opened, for the first time or again", ("kind",))

# Places in a sorted set by the time they end, on Redis' own clock. ARGV: place, seconds, most.
_TAKE = """
local now = tonumber(redis.call('time')[1])
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('zadd', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('expire', KEYS[1], ARGV[2])
return 1
"""
# ARGV: seconds, then the places that are still taken.
_RENEW = """
local now = tonumber(redis.call('time')[1])
for index = 2, #ARGV do redis.call('zadd', KEYS[1], now + ARGV[1], ARGV[index]) end
return redis.call('expire', KEYS[1], ARGV[1])
"""


class SocketPlaces:
    """Places for a user's sockets: counted in Redis where there is one, else, and while it is gone, in this process."""

    def __init__(self, redis_url: str = "") -> None:
        self._taken: defaultdict[UUID, set[str]] = defaultdict(set)
        self._redis: Redis | None = None
        if redis_url:
            self._redis = Redis.from_url(
                redis_url, max_connections=10, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
            )
        self._ended: dict[UUID, float] = {}
        self._renewal = Periodic(self._renew, RENEW_SECONDS)

    def start(self) -> None:
        """Begins to renew the places taken here."""
        if self._redis is not None:
            self._renewal.start()

    async def close(self) -> None:
        """Disconnects."""
        await self._renewal.stop()
        if self._redis is not None:
            await self._redis.aclose()

    @asynccontextmanager
    async def place(self, user_id: UUID) -> AsyncIterator[None]:
        """Takes a place as long as the block lasts.

        Raises:
            ForexEliteError: RATE_LIMITED, the user has no more.
        """
        name = uuid4().hex
        if len(self._taken.get(user_id, ())) >= SOCKETS_A_USER or not await self._take(user_id, name):
            raise ForexEliteError(
                ErrorCode.RATE_LIMITED, f"At most {SOCKETS_A_USER} sockets a user. Close one and try again."
            )
        self._taken[user_id].add(name)
        self._count(user_id)
        try:
            yield
        finally:
            _OPEN.dec()
            self._ended[user_id] = time.monotonic()
            RECENT.add("closings")
            self._taken[user_id].discard(name)
            if not self._taken[user_id]:
                del self._taken[user_id]
            await self._free(user_id, name)

    @property
    def open(self) -> int:
        """Sockets open in this process."""
        return sum(map(len, self._taken.values()))

    def _count(self, user_id: UUID) -> None:
        _OPEN.inc()
        since = time.monotonic() - AGAIN_SECONDS
        self._ended = {user: ended for user, ended in self._ended.items() if ended > since}
        again = self._ended.pop(user_id, None) is not None
        _CONNECTS.labels("again" if again else "first").inc()
        if again:
            RECENT.add("reconnections")

    async def _take(self, user_id: UUID, name: str) -> bool:
        if self._redis is None:
            return True
        try:
            return bool(await self._redis.eval(_TAKE, 1, _key(user_id), name, str(PLACE_SECONDS), str(SOCKETS_A_USER)))
        except REDIS_GONE as error:
            _log.warning("sockets_without_redis", error=type(error).__name__)
            return True

    async def _free(self, user_id: UUID, name: str) -> None:
        if self._redis is not None:
            with suppress(*REDIS_GONE):
                await self._redis.zrem(_key(user_id), name)

    async def _renew(self) -> None:
        if self._redis is None or not self._taken:
            return
        with suppress(*REDIS_GONE):
            async with self._redis.pipeline(transaction=False) as pipe:
                for user_id, names in self._taken.items():
                    pipe.eval(_RENEW, 1, _key(user_id), str(PLACE_SECONDS), *names)
                await pipe.execute()


def _key(user_id: UUID) -> str:
    return f"sockets:{user_id}"
