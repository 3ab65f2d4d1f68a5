"""The relay: one table of last prices, conflated frames to every subscriber."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from agent_core.protocol.market import PriceFrame

FRAME_SECONDS = 0.1
#: A client that can't take a frame for this long is let go; nobody waits for it.
SLOW_SECONDS = 5.0

Send = Callable[[str], Awaitable[None]]


class Subscriber:
    """One socket. It keeps the set of instruments that moved since its last frame, never a queue."""

    def __init__(self, instruments: Iterable[str], send: Send, *, batch: bool) -> None:
        self.instruments = frozenset(instruments)
        self.dirty: set[str] = set(self.instruments)
        self.batch = batch
        self.woken = asyncio.Event()
        self._send = send

    async def run(self, hub: "PriceHub") -> None:
        """Sends the cached prices at once, then what changed, at most ten frames a second.

        Raises:
            TimeoutError: the client takes nothing any more.
        """
        while True:
            changed = [frame for name in self.instruments & self.dirty if (frame := hub.last.get(name))]
            self.dirty.clear()
            self.woken.clear()
            if changed:
                async with asyncio.timeout(SLOW_SECONDS):
                    await self._send(hub.encoded(changed, batch=self.batch))
                await asyncio.sleep(FRAME_SECONDS)
            if not self.dirty:
                await self.woken.wait()


class PriceHub:
    """Last price of each instrument and everybody who watches it."""

    def __init__(self) -> None:
        self.last: dict[str, PriceFrame] = {}
        self.updated_at: float | None = None
        self._watchers: dict[str, set[Subscriber]] = {}
        self._encoded: dict[str, tuple[PriceFrame, str]] = {}

    def update(self, frame: PriceFrame) -> None:
        """Takes a new price."""
        known = self.last.get(frame.instrument)
        if known is not None and frame.timestamp < known.timestamp:
            return
        self.last[frame.instrument] = frame
        self.updated_at = time.time()
        for subscriber in self._watchers.get(frame.instrument, ()):
            subscriber.dirty.add(frame.instrument)
            subscriber.woken.set()

    def add(self, subscriber: Subscriber) -> None:
        """Starts to wake a subscriber."""
        for name in subscriber.instruments:
            self._watchers.setdefault(name, set()).add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Ends `add`."""
        for name in subscriber.instruments:
            self._watchers[name].discard(subscriber)
            if not self._watchers[name]:
                del self._watchers[name]

    def encoded(self, frames: list[PriceFrame], *, batch: bool) -> str:
        """The text of a frame; each price is encoded once, however many watch it."""
        texts = [self._text(frame) for frame in frames]
        return f'{{"prices":[{",".join(texts)}]}}' if batch else texts[-1]

    def _text(self, frame: PriceFrame) -> str:
        known = self._encoded.get(frame.instrument)
        if known is None or known[0] is not frame:
            known = (frame, frame.model_dump_json())
            self._encoded[frame.instrument] = known
        return known[1]
