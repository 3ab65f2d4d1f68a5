"""Rate limits: one user's requests, and sign-in attempts of one IP address."""

import time
from typing import Any

import redis.asyncio
import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter

from cloud.moving_window import MovingWindow
from cloud.problems import RateLimitedError
from cloud.redis_errors import REDIS_GONE
from cloud.settings import CloudSettings

_log = structlog.get_logger(__name__)
_REDIS_CONNECTIONS = 10
# Ten at a time, each opened again a few times when the connection is bad.
_SOCKETS = RateLimitItemPerMinute(60)
_ANSWER_SECONDS = 1.0
_REDIS_PAUSE_SECONDS = 5.0


class RateLimits:
    """Counts in Redis where there is one, else, and while Redis does not answer, in this process."""

    def __init__(self, settings: CloudSettings) -> None:
        url = settings.redis_url.get_secret_value()
        self._pool = (
            redis.asyncio.BlockingConnectionPool.from_url(
                url, max_connections=_REDIS_CONNECTIONS, timeout=_ANSWER_SECONDS, socket_timeout=_ANSWER_SECONDS,
                socket_connect_timeout=_ANSWER_SECONDS,
            ) if url else None
        )  # fmt: skip
        self._without_redis_until = 0.0
        self._own = MovingWindow()
        options: dict[str, Any] = {"connection_pool": self._pool, "implementation": "redispy"}
        self._shared = MovingWindowRateLimiter(RedisStorage(f"async+{url}", **options)) if self._pool else None
        self._user = RateLimitItemPerMinute(settings.user_requests_a_minute)
        self._sign_in = RateLimitItemPerMinute(settings.sign_ins_per_5_minutes, 5)
        self._refresh = RateLimitItemPerMinute(settings.refreshes_per_5_minutes, 5)

    async def user_request(self, user_id: object) -> None:
        """Counts a request of a user.

        Raises:
            RateLimitedError: it is one too many.
        """
        await self.count(self._user, "user", str(user_id))

    async def way_out(self, user_id: object) -> None:
        """Counts a closing, cancelling or stopping of a user, apart from their other requests.

        Raises:
            RateLimitedError: it is one too many.
        """
        await self.count(self._user, "way-out", str(user_id))

    async def socket(self, user_id: object) -> None:
        """Counts a socket that a user opens.

        Raises:
            RateLimitedError: it is one too many.
        """
        await self.count(_SOCKETS, "socket", str(user_id))

    async def sign_in(self, address: str) -> None:
        """Counts a sign-in or sign-up of an IP address.

        Raises:
            RateLimitedError: it is one too many.
        """
        await self.count(self._sign_in, "sign-in", address)

    async def refresh(self, address: str) -> None:
        """Counts a refresh or sign-out of an IP address.

        Raises:
            RateLimitedError: it is one too many.
        """
        await self.count(self._refresh, "refresh", address)

    async def count(self, limit: RateLimitItem, bucket: str, key: str) -> None:
        """Counts one event of a bucket against any limit.

        Raises:
            RateLimitedError: it is one too many.
        """
        if self._shared is not None and time.monotonic() >= self._without_redis_until:
            try:
                await _count_shared(self._shared, limit, bucket, key)
            except REDIS_GONE as error:
                # A Redis that hangs must not make every request wait for it.
                self._without_redis_until = time.monotonic() + _REDIS_PAUSE_SECONDS
                _log.warning("rate_limits_without_redis", error=type(error).__name__)
            else:
                return
        wait = self._own.hit(limit.key_for(bucket, key), limit.amount, limit.get_expiry())
        if wait > 0:
            raise _refusal(wait)

    async def redis_status(self) -> str:
        """Whether Redis answers: "ok", "unavailable", or "off" where there is none."""
        if self._pool is None:
            return "off"
        try:
            await redis.asyncio.Redis(connection_pool=self._pool).ping()
        except REDIS_GONE:
            return "unavailable"
        return "ok"

    async def close(self) -> None:
        """Closes the connections to Redis."""
        if self._pool is not None:
            await self._pool.aclose()


async def _count_shared(limiter: MovingWindowRateLimiter, limit: RateLimitItem, bucket: str, key: str) -> None:
    if not await limiter.hit(limit, bucket, key):
        window = await limiter.get_window_stats(limit, bucket, key)
        raise _refusal(window.reset_time - time.time())


def _refusal(seconds: float) -> RateLimitedError:
    wait = max(1, round(seconds + 0.5))
    return RateLimitedError(f"Too many requests. Try again in {wait} seconds.", retry_after=wait)
