"""Keeps calls within a vendor's limits, in this process or together with all others that share a Redis."""

import asyncio
import time
from typing import Protocol

import structlog
from redis.asyncio import Redis

from cloud.redis_errors import REDIS_GONE

_log = structlog.get_logger(__name__)

_SHARED_ANSWER_SECONDS = 1.0
_ALONE_SECONDS = 5.0
# One Redis clock for everybody. The next free turn is kept; a place further away than asked for is not taken.
_TAKE = """
local time = redis.call('time')
local now = time[1] * 1000 + time[2] / 1000
local gap, slack, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local start = math.max(tonumber(redis.call('get', KEYS[1]) or '0'), now - slack)
if start - now > longest then return -1 end
redis.call('set', KEYS[1], string.format('%.3f', start + gap), 'px', 60000)
return math.max(0, math.ceil(start - now))
"""


class TooLongError(Exception):
    """The queue is longer than the caller would wait."""


class Turns(Protocol):
    """Gives turns."""

    async def turn(self, longest_seconds: float = float("inf")) -> None:
        """Returns when it is the caller's turn.

        Raises:
            TooLongError: it would not be within that time; no turn was taken.
        """


class Pace:
    """Gives turns: a few at once, then evenly so many a second, in the order they were asked for."""

    def __init__(self, per_second: float, *, burst: int = 1) -> None:
        self.gap = 1 / per_second
        self.slack = (burst - 1) * self.gap
        self._next = 0.0

    async def turn(self, longest_seconds: float = float("inf")) -> None:
        """Returns when it is the caller's turn."""
        now = time.monotonic()
        start = max(self._next, now - self.slack)
        if start - now > longest_seconds:
            raise TooLongError
        self._next = start + self.gap
        if start > now:
            await asyncio.sleep(start - now)


class SharedPace:
    """The same for all processes of a Redis, since the vendor counts by address.

    While Redis does not answer, each process keeps the pace for itself.
    """

    def __init__(self, redis: Redis, name: str, pace: Pace) -> None:
        self._redis = redis
        self._key = f"pace:{name}"
        self._own = pace
        self._alone_until = 0.0

    async def turn(self, longest_seconds: float = float("inf")) -> None:
        """Returns when it is the caller's turn."""
        if time.monotonic() < self._alone_until:
            await self._own.turn(longest_seconds)
            return
        longest = min(longest_seconds, 3600.0)
        arguments = (self._own.gap * 1000, self._own.slack * 1000, longest * 1000)
        try:
            async with asyncio.timeout(_SHARED_ANSWER_SECONDS):
                wait = int(await self._redis.eval(_TAKE, 1, self._key, *map(str, arguments)))
        except REDIS_GONE as error:
            # A Redis that hangs must not make every call wait for it.
            self._alone_until = time.monotonic() + _ALONE_SECONDS
            _log.warning("pace_without_redis", error=type(error).__name__)
            await self._own.turn(longest_seconds)
            return
        if wait < 0:
            raise TooLongError
        await asyncio.sleep(wait / 1000)
