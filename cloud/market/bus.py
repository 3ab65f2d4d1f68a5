"""Where the latest prices live and spread: in this process, or in Redis for several workers."""

import asyncio
from contextlib import aclosing, suppress
from typing import Protocol

import structlog
from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from agent_core.protocol.market import PriceFrame
from cloud.market.freshness import Pulse
from cloud.redis_errors import REDIS_GONE, Outage
from cloud.tasks import end

_log = structlog.get_logger(__name__)

CACHE_SECONDS = 5
STATUS_SECONDS = 60
STATUS_KEY = "prices:status"
PRICES, PULSES = "prices", "prices:pulses"
RETRY_SECONDS = 1.0
ANSWER_SECONDS = 2.0
#: Whoever streams tells of it every few seconds; after so long without a word the connection is made anew.
QUIET_SECONDS = 15.0
_FRAMES = TypeAdapter(list[PriceFrame])


class Listener(Protocol):
    """Who hears the prices of all workers."""

    def update(self, frame: PriceFrame) -> None:
        """Takes a price."""

    def hear(self, pulse: Pulse) -> None:
        """Takes a sign of life of the stream."""


class PriceBus(Protocol):
    """Spreads prices and signs of life to all workers."""

    async def start(self, listener: Listener) -> None:
        """Tells `listener` everything from now on."""

    def publish(self, frame: PriceFrame) -> None:
        """Keeps a price as the latest and tells every worker."""

    def pulse(self, pulse: Pulse) -> None:
        """Tells every worker that the stream lives, or not."""

    async def close(self) -> None:
        """Stops listening."""


class MemoryBus:
    """For a single worker: hands everything straight on."""

    def __init__(self) -> None:
        self._listener: Listener | None = None

    async def start(self, listener: Listener) -> None:
        """Tells `listener` everything from now on."""
        self._listener = listener

    def publish(self, frame: PriceFrame) -> None:
        """Hands a price on."""
        if self._listener is not None:
            self._listener.update(frame)

    def pulse(self, pulse: Pulse) -> None:
        """Hands a sign of life on."""
        if self._listener is not None:
            self._listener.hear(pulse)

    async def close(self) -> None:
        """Stops listening."""
        self._listener = None


class RedisBus:
    """For several workers: `price:EURUSD` lives 5 s, pub/sub carries prices and signs of life to everybody.

    What is published while Redis is busy goes out together afterwards, of each instrument the last price; what is
    published while Redis is gone is lost, the next price isn't.
    """

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url, max_connections=10, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        )
        self._prices: dict[str, PriceFrame] = {}
        self._pulse: Pulse | None = None
        self._news = asyncio.Event()
        self._outage = Outage("prices_without_redis")
        self._work: list[asyncio.Task[None]] = []

    async def start(self, listener: Listener) -> None:
        """Tells `listener` the cached prices, then everything from now on."""
        self._work = [asyncio.create_task(self._read(listener)), asyncio.create_task(self._write())]

    def publish(self, frame: PriceFrame) -> None:
        """Keeps a price as the latest and tells every worker."""
        self._prices[frame.instrument] = frame
        self._news.set()

    def pulse(self, pulse: Pulse) -> None:
        """Tells every worker that the stream lives, or not."""
        self._pulse = pulse
        self._news.set()

    async def close(self) -> None:
        """Stops listening and disconnects."""
        for task in self._work:
            await end(task)
        await self._redis.aclose()

    async def _write(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            (prices, self._prices), (pulse, self._pulse) = (self._prices, {}), (self._pulse, None)
            with suppress(*REDIS_GONE):
                async with self._redis.pipeline(transaction=False) as pipe:
                    for frame in prices.values():
                        pipe.set(f"price:{frame.instrument}", frame.model_dump_json(), ex=CACHE_SECONDS)
                    if prices:
                        pipe.publish(PRICES, _FRAMES.dump_json(list(prices.values())))
                    if pulse is not None:
                        pipe.set(STATUS_KEY, pulse.model_dump_json(), ex=STATUS_SECONDS)
                        pipe.publish(PULSES, pulse.model_dump_json())
                    await pipe.execute()

    async def _read(self, listener: Listener) -> None:
        while True:
            try:
                await self._listen(listener)
            except REDIS_GONE as error:
                self._outage.begin(error)
            except ValidationError:
                _log.error("price_in_redis_unreadable")
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, listener: Listener) -> None:
        async with aclosing(self._redis.pubsub()) as channel:
            await channel.subscribe(PRICES, PULSES)
            self._outage.end()
            if status := await self._redis.get(STATUS_KEY):
                listener.hear(Pulse.model_validate_json(status))
            async for key in self._redis.scan_iter("price:*"):
                if cached := await self._redis.get(key):
                    listener.update(PriceFrame.model_validate_json(cached))
            while True:
                async with asyncio.timeout(QUIET_SECONDS):
                    message = await channel.get_message(ignore_subscribe_messages=True, timeout=None)
                if message is None:
                    continue
                if message["channel"] == PULSES.encode():
                    listener.hear(Pulse.model_validate_json(message["data"]))
                else:
                    for frame in _FRAMES.validate_json(message["data"]):
                        listener.update(frame)
