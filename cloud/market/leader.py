"""Which of several workers keeps the one price stream."""

import asyncio
import os
import platform
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol
from uuid import uuid4

import structlog
from redis.asyncio import Redis

from cloud.redis_errors import REDIS_GONE, Outage
from cloud.tasks import end

_log = structlog.get_logger(__name__)

LOCK = "prices:leader"
LEASE_SECONDS = 3.0
RENEW_SECONDS = 0.7
ASK_SECONDS = 0.5
# A leader that can't renew ends its work so long before another one can begin.
MARGIN_SECONDS = 0.7
_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

Work = Callable[[], Coroutine[Any, Any, None]]


class Leadership(Protocol):
    """Decides who works."""

    async def run(self, work: Work) -> None:
        """Does the work whenever and as long as this worker leads; never returns by itself."""

    async def close(self) -> None:
        """Lets another worker lead at once."""


class Alone:
    """For a single worker."""

    async def run(self, work: Work) -> None:
        """Does the work."""
        await work()

    async def close(self) -> None:
        """Nobody waits."""


class RedisLeadership:
    """A lock in Redis that its holder renews. A dead holder is followed in less than four seconds."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, max_connections=2, socket_timeout=1.0, socket_connect_timeout=1.0)
        self._token = f"{platform.node()}:{os.getpid()}:{uuid4().hex}"
        self._until = 0.0
        self._outage = Outage("leadership_without_redis")

    async def run(self, work: Work) -> None:
        """Does the work whenever and as long as this worker holds the lock."""
        while True:
            try:
                leads = await self._take()
                self._outage.end()
                if leads:
                    await self._lead(work)
            except REDIS_GONE as error:
                self._outage.begin(error)
            await asyncio.sleep(ASK_SECONDS)

    async def close(self) -> None:
        """Gives the lock back and disconnects."""
        await self._release()
        await self._redis.aclose()

    async def _take(self) -> bool:
        asked = time.monotonic()
        if not await self._redis.set(LOCK, self._token, nx=True, px=_milliseconds(LEASE_SECONDS)):
            return False
        self._until = asked + LEASE_SECONDS
        # A server that has just started has forgotten who led: that worker may still be at work.
        server: dict[str, Any] = await self._redis.info("server")
        if int(server.get("uptime_in_seconds", LEASE_SECONDS + 1)) <= LEASE_SECONDS:
            await asyncio.sleep(LEASE_SECONDS - MARGIN_SECONDS - RENEW_SECONDS)
            return await self._renewed()
        return True

    async def _lead(self, work: Work) -> None:
        _log.info("price_leadership_begins", worker=self._token)
        working = asyncio.create_task(work())
        try:
            while not working.done():
                await asyncio.wait({working}, timeout=RENEW_SECONDS)
                if not await self._renewed():
                    break
        finally:
            await end(working)
            if not working.cancelled() and (failure := working.exception()) is not None:
                _log.error("price_work_failed", exc_info=failure)
            _log.info("price_leadership_ends", worker=self._token)
            await self._release()

    async def _renewed(self) -> bool:
        """Renews the lock; tries until the time is up at which the work has to have ended."""
        while (left := self._until - MARGIN_SECONDS - time.monotonic()) > 0:
            asked = time.monotonic()
            try:
                async with asyncio.timeout(left):
                    kept = await self._script(_RENEW, _milliseconds(LEASE_SECONDS))
            except REDIS_GONE:
                await asyncio.sleep(min(0.1, left))
                continue
            if kept:
                self._until = asked + LEASE_SECONDS
            return bool(kept)
        return False

    async def _release(self) -> None:
        try:
            await self._script(_RELEASE)
        except REDIS_GONE as error:
            _log.warning("lock_not_released", error=type(error).__name__)

    async def _script(self, script: str, *arguments: int) -> int:
        return int(await self._redis.eval(script, 1, LOCK, self._token, *map(str, arguments)))


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
