"""The relay: one table of last prices, and conflated frames to everybody who watches.

Clients with the same subscription share their frames: they stand in cohorts, and a cohort's frame is encoded once and
written straight to each wire. A cohort gets its frame as soon as a price moved, but never more than ten in any second,
evenly spread. A frame that is due waits some milliseconds for the next price: in a steady feed frames then leave with a
price instead of just before one, which would have to wait for the whole of the next 100 ms. Cohorts stand in the order
of their last frame, so none starves, and one at a time is served, so that a thousand clients delay nothing else in the
process for longer than one cohort takes.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Protocol

from prometheus_client import Counter

from agent_core.protocol.market import PriceFrame
from cloud.market.wire import text_frame

FRAME_SECONDS = 0.1
FRAMES_A_SECOND = 10
#: A frame that is due waits so long for one more price.
PATIENCE_SECONDS = 0.005
#: And is due so much before the moment at which the next price of a steady feed is expected.
LEAD_SECONDS = 0.003
COHORT_CLIENTS = 100
#: A client that can't take a frame for this long is let go; nobody waits for it.
SLOW_SECONDS = 5.0

_FRAMES = Counter("forexelite_ws_price_frames_total", "Price frames sent to clients")
_PRICES = Counter("forexelite_ws_prices_total", "Prices in the frames sent to clients")
_DROPPED = Counter("forexelite_ws_slow_clients_total", "Clients let go because they took nothing any more")


class FrameWire(Protocol):
    """Where a client's frames go."""

    @property
    def full(self) -> bool:
        """Whether the client has not yet taken what was written."""

    def write(self, frame: bytes) -> None:
        """Sends a whole frame."""

    def cut(self) -> None:
        """Ends the connection."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a client wants: `batch` frames hold several prices, others one."""

    instruments: frozenset[str]
    batch: bool


class Subscriber:
    """One client."""

    __slots__ = ("cohort", "subscription", "wire")

    def __init__(self, subscription: Subscription, wire: FrameWire) -> None:
        self.subscription = subscription
        self.wire = wire
        self.cohort: _Cohort | None = None


@dataclass(slots=True, eq=False)
class _Cohort:
    """Up to a hundred clients that get the same frames.

    Attributes:
        seen: The hub's count of prices when it was last looked at for them.
        due: When they may get the next frame, on the loop's clock.
        sent: When they got their last frames.
    """

    subscription: Subscription
    seen: int
    members: set[Subscriber] = field(default_factory=set)
    due: float = 0.0
    sent: deque[float] = field(default_factory=lambda: deque(maxlen=FRAMES_A_SECOND))

    @property
    def full_until(self) -> float:
        """Until when one more frame would be too many within a second."""
        return self.sent[0] + 1.0 if len(self.sent) == FRAMES_A_SECOND else 0.0


class PriceHub:
    """Last price of each instrument and everybody who watches it."""

    def __init__(self) -> None:
        self.last: dict[str, PriceFrame] = {}
        self._texts: dict[str, str] = {}
        # Instrument → number of its last change, latest change last.
        self._changes: dict[str, int] = {}
        self._count = 0
        self._moved_at = 0.0
        # In the order of their last frames; the second finds the cohorts of a subscription.
        self._cohorts: dict[_Cohort, None] = {}
        self._by_subscription: dict[Subscription, list[_Cohort]] = {}
        # Clients that have not taken their last frame, and until when they may.
        self._slow: dict[Subscriber, float] = {}
        self._timer: asyncio.Handle | None = None
        self._turns_at = 0.0
        self._slow_timer: asyncio.TimerHandle | None = None

    def update(self, frame: PriceFrame) -> None:
        """Takes a new price."""
        name = frame.instrument
        known = self.last.get(name)
        if known is not None and frame.timestamp < known.timestamp:
            return
        self.last[name] = frame
        self._texts.pop(name, None)
        self._count += 1
        self._changes.pop(name, None)
        self._changes[name] = self._count
        if self._cohorts:
            self._moved_at = self._now()
            self._wake(0.0)

    def mark_stale(self) -> None:
        """Tells everybody that the prices they have are not the market's any more."""
        for frame in list(self.last.values()):
            self.update(frame.model_copy(update={"stale": True}))

    def add(self, subscriber: Subscriber) -> None:
        """Sends a client the last prices at once and what moves from now on."""
        if subscriber.subscription.instruments & self.last.keys():
            subscriber.wire.write(self._frame(subscriber.subscription, subscriber.subscription.instruments))
        self._join(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Ends `add`."""
        self._slow.pop(subscriber, None)
        self._leave(subscriber)

    @property
    def clients(self) -> int:
        """How many watch."""
        return sum(len(cohort.members) for cohort in self._cohorts) + len(self._slow)

    def _join(self, subscriber: Subscriber) -> None:
        cohorts = self._by_subscription.setdefault(subscriber.subscription, [])
        cohort = next((one for one in cohorts if len(one.members) < COHORT_CLIENTS), None)
        if cohort is None:
            cohort = _Cohort(subscriber.subscription, self._count, due=self._now() + FRAME_SECONDS)
            cohorts.append(cohort)
            self._cohorts[cohort] = None
        cohort.members.add(subscriber)
        subscriber.cohort = cohort

    def _leave(self, subscriber: Subscriber) -> None:
        cohort = subscriber.cohort
        if cohort is None:
            return
        subscriber.cohort = None
        cohort.members.discard(subscriber)
        if not cohort.members:
            del self._cohorts[cohort]
            cohorts = self._by_subscription[cohort.subscription]
            cohorts.remove(cohort)
            if not cohorts:
                del self._by_subscription[cohort.subscription]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _wake(self, moment: float) -> None:
        if self._timer is not None:
            if self._turns_at <= moment:
                return
            self._timer.cancel()
        # Kept here, for a handle of uvloop does not know its moment once that has come.
        self._turns_at = moment
        self._timer = asyncio.get_running_loop().call_at(moment, self._turn)

    def _turn(self) -> None:
        """Serves the one cohort that has waited longest, and comes back for the next."""
        self._timer = None
        now = self._now()
        for cohort in self._cohorts:
            if cohort.seen == self._count:
                continue
            met = self._moved_at >= cohort.due
            moment = max(cohort.due if met else cohort.due + PATIENCE_SECONDS, cohort.full_until)
            if moment > now:
                self._wake(moment)
                return
            moved = cohort.subscription.instruments.intersection(self._changed_since(cohort.seen))
            cohort.seen = self._count
            if moved:
                begun = self._moved_at if met else now
                cohort.due = max(cohort.due, begun - LEAD_SECONDS) + FRAME_SECONDS
                cohort.sent.append(now)
                del self._cohorts[cohort]
                self._cohorts[cohort] = None
                self._send(cohort, moved, now)
                self._wake(0.0)
                return

    def _changed_since(self, count: int) -> Iterator[str]:
        return takewhile(lambda name: self._changes[name] > count, reversed(self._changes))

    def _send(self, cohort: _Cohort, moved: frozenset[str], now: float) -> None:
        frame = self._frame(cohort.subscription, moved)
        late = []
        for subscriber in cohort.members:
            if subscriber.wire.full:
                late.append(subscriber)
            else:
                subscriber.wire.write(frame)
        sent = len(cohort.members) - len(late)
        _FRAMES.inc(sent)
        _PRICES.inc(sent * len(moved))
        for subscriber in late:
            self._leave(subscriber)
            self._slow[subscriber] = now + SLOW_SECONDS
        if late and self._slow_timer is None:
            self._slow_timer = asyncio.get_running_loop().call_later(FRAME_SECONDS, self._look_after_slow)

    def _look_after_slow(self) -> None:
        """Who has caught up gets the last prices and joins the others again; who has not in time is let go."""
        self._slow_timer = None
        now = self._now()
        for subscriber, until in list(self._slow.items()):
            if not subscriber.wire.full:
                del self._slow[subscriber]
                self.add(subscriber)
            elif now > until:
                del self._slow[subscriber]
                _DROPPED.inc()
                subscriber.wire.cut()
        if self._slow:
            self._slow_timer = asyncio.get_running_loop().call_later(FRAME_SECONDS, self._look_after_slow)

    def _frame(self, subscription: Subscription, names: frozenset[str]) -> bytes:
        texts = [self._text(name) for name in sorted(names & self.last.keys())]
        return text_frame(f'{{"prices":[{",".join(texts)}]}}' if subscription.batch else texts[-1])

    def _text(self, name: str) -> str:
        """A price as JSON; it is encoded once, however many watch it."""
        text = self._texts.get(name)
        if text is None:
            text = self._texts[name] = self.last[name].model_dump_json(exclude_defaults=True)
        return text
