"""Where the latest prices live and spread: in this process, or in Redis for several workers."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from agent_core.protocol.market import PriceFrame

log = logging.getLogger(__name__)

CACHE_SECONDS = 5
CHANNEL = "prices"
RETRY_SECONDS = 1.0

Listener = Callable[[PriceFrame], None]


class PriceBus(Protocol):
    """Spreads prices to all workers."""

    async def start(self, listener: Listener) -> None:
        """Calls `listener` with every price from now on."""

    async def publish(self, frame: PriceFrame) -> None:
        """Keeps a price as the latest and tells every worker."""

    async def close(self) -> None:
        """Stops listening."""


class MemoryBus:
    """For a single worker: hands each price straight on."""

    def __init__(self) -> None:
        self._listener: Listener | None = None

    async def start(self, listener: Listener) -> None:
        """Calls `listener` with every price from now on."""
        self._listener = listener

    async def publish(self, frame: PriceFrame) -> None:
        """Hands a price on."""
        if self._listener is not None:
            self._listener(frame)

    async def close(self) -> None:
        """Stops listening."""
        self._listener = None


class RedisBus:
    """For several workers: `price:EURUSD` lives 5 s, pub/sub carries each price to everybody."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, max_connections=10)
        self._reading: asyncio.Task[None] | None = None

    async def start(self, listener: Listener) -> None:
        """Calls `listener` with the cached prices, then with every price from now on."""
        self._reading = asyncio.create_task(self._read(listener))

    async def publish(self, frame: PriceFrame) -> None:
        """Keeps a price as the latest and tells every worker. Without Redis the price is lost, the next one isn't."""
        data = frame.model_dump_json()
        with suppress(RedisError, OSError):
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(f"price:{frame.instrument}", data, ex=CACHE_SECONDS)
                pipe.publish(CHANNEL, data)
                await pipe.execute()

    async def close(self) -> None:
        """Stops listening and disconnects."""
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        await self._redis.aclose()

    async def _read(self, listener: Listener) -> None:
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    async for key in self._redis.scan_iter("price:*"):
                        if cached := await self._redis.get(key):
                            listener(PriceFrame.model_validate_json(cached))
                    async for message in channel.listen():
                        if message["type"] == "message":
                            listener(PriceFrame.model_validate_json(message["data"]))
            except (RedisError, OSError) as error:
                log.warning("Redis is gone (%s); prices wait for it", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
