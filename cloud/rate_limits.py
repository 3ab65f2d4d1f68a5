"""Rate limits: one user's requests, and sign-in attempts of one IP address."""

import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter

from cloud.problems import RateLimitedError
from cloud.settings import CloudSettings


class RateLimits:
    """Counts in Redis where there is one, else in this process."""

    def __init__(self, settings: CloudSettings) -> None:
        redis = settings.redis_url.get_secret_value()
        storage: Storage = RedisStorage(f"async+{redis}", implementation="redispy") if redis else MemoryStorage()
        self._limiter = MovingWindowRateLimiter(storage)
        self._user = RateLimitItemPerMinute(settings.user_requests_a_minute)
        self._sign_in = RateLimitItemPerMinute(settings.sign_ins_per_5_minutes, 5)
        self._refresh = RateLimitItemPerMinute(settings.refreshes_per_5_minutes, 5)

    async def user_request(self, user_id: object) -> None:
        """Counts a request of a user.

        Raises:
            RateLimitedError: it is one too many.
        """
        await self.count(self._user, "user", str(user_id))

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
        if await self._limiter.hit(limit, bucket, key):
            return
        window = await self._limiter.get_window_stats(limit, bucket, key)
        wait = max(1, round(window.reset_time - time.time() + 0.5))
        raise RateLimitedError(f"Too many requests. Try again in {wait} seconds.", retry_after=wait)
