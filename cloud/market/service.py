"""One upstream price stream for everybody, and candles."""

import asyncio
import time
from contextlib import aclosing
from datetime import UTC, datetime

import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import canonical_instrument
from agent_core.protocol.market import CandleAnswer, CandleTimeframe, PriceFrame
from cloud.brokers.base import BrokerAccount
from cloud.jobs.service import JobService
from cloud.market.bus import MemoryBus, PriceBus, RedisBus
from cloud.market.candles import CandleCache, terminal_bars
from cloud.market.freshness import Freshness, Pulse
from cloud.market.hub import PriceHub
from cloud.market.leader import Alone, Leadership, RedisLeadership
from cloud.periodic import Periodic
from cloud.providers.oanda.prices import OandaPrices, PriceAccount, Span, StreamSign
from cloud.providers.oanda.transport import OandaAccess, OandaTransport
from cloud.settings import CloudSettings
from cloud.tasks import end

_log = structlog.get_logger(__name__)

RETRY_SECONDS = 5.0
PULSE_SECONDS = 1.0
LOOK_SECONDS = 1.0


class MarketService:
    """Prices and candles. Without an OANDA account it says so instead of inventing any."""

    def __init__(self, transport: OandaTransport, settings: CloudSettings) -> None:
        account = _price_account(settings)
        self._client = OandaPrices(transport, account) if account is not None else None
        redis = settings.redis_url.get_secret_value()
        self._bus: PriceBus = RedisBus(redis) if redis else MemoryBus()
        self._leadership: Leadership = RedisLeadership(redis) if redis else Alone()
        self.hub = PriceHub()
        self.freshness = Freshness(self.hub.mark_stale, configured=account is not None)
        self.instruments: frozenset[str] = frozenset()
        self._candles = CandleCache()
        self._watch = Periodic(self._look, LOOK_SECONDS)
        self._relaying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts the relay."""
        await self._bus.start(self)
        self._watch.start()
        if self._client is not None:
            self._relaying = asyncio.create_task(self._relay(self._client))

    async def stop(self) -> None:
        """Stops the relay."""
        if self._relaying is not None:
            await end(self._relaying)
        await self._watch.stop()
        await self._leadership.close()
        await self._bus.close()
        await self._candles.close()

    def update(self, frame: PriceFrame) -> None:
        """Takes a price from the bus."""
        self.hub.update(frame)

    def hear(self, pulse: Pulse) -> None:
        """Takes a sign of life of the stream from the bus."""
        self.freshness.hear(pulse)

    def require(self, instrument: str) -> str:
        """Returns the canonical name of an instrument that is streamed.

        Raises:
            ForexEliteError: UNKNOWN_INSTRUMENT.
        """
        name = _canonical(instrument)
        if self.instruments and name not in self.instruments:
            raise ForexEliteError(
                ErrorCode.UNKNOWN_INSTRUMENT, f"{name} is not offered. Write it like EURUSD.", field="instrument"
            )
        return name

    async def candles(self, instrument: str, timeframe: CandleTimeframe, span: Span) -> list[CandleAnswer]:
        """Bars of the price account, oldest first; the same question within two seconds gets the same answer.

        Raises:
            ForexEliteError: UNKNOWN_INSTRUMENT, VALIDATION_ERROR or BROKER_UNAVAILABLE.
        """
        client = self._client
        if client is None:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "No OANDA account is set up for prices on this server.")
        name = self.require(instrument)
        return await self._candles.get((name, timeframe, span), span, lambda: client.candles(name, timeframe, span))

    async def terminal_candles(
        self, jobs: JobService, account: BrokerAccount, instrument: str, timeframe: CandleTimeframe, span: Span
    ) -> list[CandleAnswer]:
        """Bars of the terminal behind a user's connection, oldest first, kept like the others.

        Raises:
            ForexEliteError: as `terminal_bars`.
        """
        name = _canonical(instrument)
        return await self._candles.get(
            (account.id, name, timeframe, span), span, lambda: terminal_bars(jobs, account, name, timeframe, span)
        )

    async def _look(self) -> None:
        self.freshness.look()

    async def _relay(self, client: OandaPrices) -> None:
        while not self.instruments:
            try:
                self.instruments = frozenset(await client.instruments())
            except ForexEliteError as error:
                _log.warning("no_instruments_yet", detail=error.detail)
                await asyncio.sleep(RETRY_SECONDS)
        await self._leadership.run(lambda: self._stream(client))

    async def _stream(self, client: OandaPrices) -> None:
        heard_at, told = None, 0.0
        async with aclosing(client.prices(sorted(self.instruments))) as items:
            async for item in items:
                if isinstance(item, PriceFrame):
                    self._bus.publish(item)
                lost = item is StreamSign.LOST
                heard_at = heard_at if lost else datetime.now(UTC)
                if heard_at is not None and (lost or time.monotonic() - told >= PULSE_SECONDS):
                    # The first sign of life after a break is told at once.
                    told = 0.0 if lost else time.monotonic()
                    self._bus.pulse(Pulse(heard_at=heard_at, connected=not lost))


def _canonical(instrument: str) -> str:
    try:
        return canonical_instrument(instrument)
    except ValueError as error:
        raise ForexEliteError(ErrorCode.UNKNOWN_INSTRUMENT, str(error), field="instrument") from error


def _price_account(settings: CloudSettings) -> PriceAccount | None:
    key = settings.oanda_api_key.get_secret_value()
    if not key or not settings.oanda_account_id:
        return None
    rest, stream = (OandaAccess(url, key) for url in (settings.oanda_url, settings.oanda_stream_url))
    return PriceAccount(rest, stream, settings.oanda_account_id)
