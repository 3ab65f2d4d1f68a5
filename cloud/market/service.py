"""One upstream price stream for everybody, and candles from the same account."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime
from uuid import UUID

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import canonical_instrument
from agent_core.protocol.market import CandleAnswer
from cloud.market.bus import MemoryBus, PriceBus, RedisBus
from cloud.market.hub import PriceHub, Subscriber
from cloud.market.leader import Alone, Leadership, RedisLeadership
from cloud.providers.oanda.prices import OandaPrices, PriceAccount
from cloud.providers.oanda.transport import OandaAccess, OandaTransport
from cloud.settings import CloudSettings
from cloud.tasks import end

log = logging.getLogger(__name__)

CANDLES_FRESH_SECONDS = 2.0
RETRY_SECONDS = 5.0
CandleKey = tuple[str, str, int, datetime | None]


class MarketService:
    """Prices and candles. Without an OANDA account it says so instead of inventing any."""

    def __init__(self, transport: OandaTransport, settings: CloudSettings) -> None:
        account = _price_account(settings)
        self._client = OandaPrices(transport, account) if account is not None else None
        redis = settings.redis_url.get_secret_value()
        self._bus: PriceBus = RedisBus(redis) if redis else MemoryBus()
        self._leadership: Leadership = RedisLeadership(redis) if redis else Alone()
        self.hub = PriceHub()
        self.instruments: frozenset[str] = frozenset()
        self.sockets: Counter[UUID] = Counter()
        self._candles: dict[CandleKey, tuple[float, list[CandleAnswer]]] = {}
        self._relaying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts the relay."""
        await self._bus.start(self.hub.update)
        if self._client is not None:
            self._relaying = asyncio.create_task(self._relay(self._client))

    async def stop(self) -> None:
        """Stops the relay."""
        if self._relaying is not None:
            await end(self._relaying)
        await self._leadership.close()
        await self._bus.close()

    @contextmanager
    def watched_by(self, user_id: UUID, subscriber: Subscriber) -> Iterator[None]:
        """Wakes a user's socket with each price as long as the block lasts."""
        self.sockets[user_id] += 1
        self.hub.add(subscriber)
        try:
            yield
        finally:
            self.hub.remove(subscriber)
            self.sockets[user_id] -= 1
            if not self.sockets[user_id]:
                del self.sockets[user_id]

    def require(self, instrument: str) -> str:
        """Returns the canonical name of an instrument that is streamed.

        Raises:
            ForexEliteError: UNKNOWN_INSTRUMENT.
        """
        try:
            name = canonical_instrument(instrument)
        except ValueError as error:
            raise ForexEliteError(ErrorCode.UNKNOWN_INSTRUMENT, str(error), field="instrument") from error
        if self.instruments and name not in self.instruments:
            raise ForexEliteError(
                ErrorCode.UNKNOWN_INSTRUMENT, f"{name} is not offered. Write it like EURUSD.", field="instrument"
            )
        return name

    async def candles(
        self, instrument: str, timeframe: str, count: int, before: datetime | None = None
    ) -> list[CandleAnswer]:
        """Bars, oldest first; the same question within two seconds gets the same answer.

        Raises:
            ForexEliteError: UNKNOWN_INSTRUMENT or BROKER_UNAVAILABLE.
        """
        if self._client is None:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "No OANDA account is set up for prices on this server.")
        key = (self.require(instrument), timeframe, count, before)
        fresh_since = time.monotonic() - CANDLES_FRESH_SECONDS
        if key in self._candles and self._candles[key][0] >= fresh_since:
            return self._candles[key][1]
        self._candles = {known: kept for known, kept in self._candles.items() if kept[0] >= fresh_since}
        bars = await self._client.candles(key[0], timeframe, count, before=before)
        self._candles[key] = (time.monotonic(), bars)
        return bars

    async def _relay(self, client: OandaPrices) -> None:
        while not self.instruments:
            try:
                self.instruments = frozenset(await client.instruments())
            except ForexEliteError as error:
                log.warning("No instruments yet: %s", error.detail)
                await asyncio.sleep(RETRY_SECONDS)
        await self._leadership.run(lambda: self._stream(client))

    async def _stream(self, client: OandaPrices) -> None:
        async with aclosing(client.prices(sorted(self.instruments))) as frames:
            async for frame in frames:
                await self._bus.publish(frame)


def _price_account(settings: CloudSettings) -> PriceAccount | None:
    key = settings.oanda_api_key.get_secret_value()
    if not key or not settings.oanda_account_id:
        return None
    rest, stream = (OandaAccess(url, key) for url in (settings.oanda_url, settings.oanda_stream_url))
    return PriceAccount(rest, stream, settings.oanda_account_id)
