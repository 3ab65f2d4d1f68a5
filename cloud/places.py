"""Places of which only so many may be taken at once, on all workers together."""

from collections import defaultdict
from contextlib import suppress
from enum import Enum

import structlog
from redis.asyncio import Redis

from cloud.periodic import Periodic
from cloud.redis_errors import REDIS_GONE

_log = structlog.get_logger(__name__)

#: A worker that died takes its places with it; they are free again after this time.
PLACE_SECONDS = 60
RENEW_SECONDS = 20.0
_ANSWER_SECONDS = 2.0

# Places in a sorted set by the time they end, on Redis' own clock. ARGV: place, seconds, most.
_TAKE = """
local now = tonumber(redis.call('time')[1])
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
if redis.call('zscore', KEYS[1], ARGV[1]) then return 'twice' end
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[3]) then return 'none' end
redis.call('zadd', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('expire', KEYS[1], ARGV[2])
return 'taken'
"""
# ARGV: seconds, then the places that are still taken.
_RENEW = """
local now = tonumber(redis.call('time')[1])
for index = 2, #ARGV do redis.call('zadd', KEYS[1], now + ARGV[1], ARGV[index]) end
return redis.call('expire', KEYS[1], ARGV[1])
"""


class Taking(Enum):
    """How it went: a place was taken, none was left, or somebody has this very one."""

    TAKEN = "taken"
    NONE = "none"
    TWICE = "twice"


class SharedPlaces:
    """Counted in Redis where there is one, else, and while it is gone, in this process."""

    def __init__(self, redis_url: str = "") -> None:
        self._taken: defaultdict[str, set[str]] = defaultdict(set)
        self._redis: Redis | None = None
        if redis_url:
            self._redis = Redis.from_url(
                redis_url, max_connections=10, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
            )
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

    async def take(self, row: str, name: str, most: int) -> Taking:
        """Takes a place in a row, under a name that nobody else in the row may have."""
        here = self._taken[row]
        if name in here:
            return Taking.TWICE
        if len(here) >= most:
            return Taking.NONE
        # Before Redis is asked, so that two who ask at once can't both count as the last.
        here.add(name)
        taking = Taking.NONE
        try:
            taking = await self._take(row, name, most)
        finally:
            if taking is not Taking.TAKEN:
                self._forget(row, name)
        return taking

    async def free(self, row: str, name: str) -> None:
        """Gives a place back."""
        self._forget(row, name)
        if self._redis is not None:
            with suppress(*REDIS_GONE):
                await self._redis.zrem(row, name)

    def _forget(self, row: str, name: str) -> None:
        self._taken[row].discard(name)
        if not self._taken[row]:
            del self._taken[row]

    async def _take(self, row: str, name: str, most: int) -> Taking:
        if self._redis is None:
            return Taking.TAKEN
        try:
            return Taking((await self._redis.eval(_TAKE, 1, row, name, str(PLACE_SECONDS), str(most))).decode())
        except REDIS_GONE as error:
            _log.warning("places_without_redis", error=type(error).__name__)
            return Taking.TAKEN

    async def _renew(self) -> None:
        if self._redis is None or not self._taken:
            return
        with suppress(*REDIS_GONE):
            async with self._redis.pipeline(transaction=False) as pipe:
                for row, names in self._taken.items():
                    pipe.eval(_RENEW, 1, row, str(PLACE_SECONDS), *names)
                await pipe.execute()
