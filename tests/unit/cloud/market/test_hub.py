"""Who gets which frame of the relay, and when."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from websockets.frames import Frame
from websockets.streams import StreamReader

from agent_core.protocol.market import PriceFrame
from cloud.market import hub as hub_module
from cloud.market.hub import COHORT_CLIENTS, FRAME_SECONDS, FRAMES_A_SECOND, PriceHub, Subscriber, Subscription

START = datetime(2026, 1, 5, tzinfo=UTC)


class Tape:
    """A client's end: keeps what it was sent, takes nothing while `full`."""

    def __init__(self) -> None:
        self.frames: list[tuple[float, list[dict[str, Any]]]] = []
        self.full, self.ended = False, False

    def write(self, frame: bytes) -> None:
        reader = StreamReader()
        reader.feed_data(frame)
        with pytest.raises(StopIteration) as parsed:
            next(Frame.parse(reader.read_exact, mask=False))
        assert not reader.buffer
        self.frames.append((asyncio.get_running_loop().time(), json.loads(parsed.value.value.data)["prices"]))

    def cut(self) -> None:
        self.ended = True

    def bids(self, instrument: str) -> list[float]:
        return [price["bid"] for _, prices in self.frames for price in prices if price["instrument"] == instrument]


def price(instrument: str, bid: float) -> PriceFrame:
    return PriceFrame(instrument=instrument, bid=bid, ask=bid + 1, timestamp=START + timedelta(seconds=bid))


def watch(hub: PriceHub, *instruments: str) -> Tape:
    tape = Tape()
    hub.add(Subscriber(Subscription(frozenset(instruments), batch=True), tape))
    return tape


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)


async def test_the_last_prices_come_at_once_and_then_what_moved() -> None:
    hub = PriceHub()
    hub.update(price("EURUSD", 1))
    hub.update(price("USDJPY", 1))
    tape = watch(hub, "EURUSD", "USDJPY")
    assert len(tape.frames) == 1
    assert len(tape.frames[0][1]) == 2
    hub.update(price("USDJPY", 2))
    await until(lambda: len(tape.frames) == 2)
    assert [item["instrument"] for item in tape.frames[1][1]] == ["USDJPY"]


async def test_frames_are_conflated_and_a_price_in_a_quiet_market_waits_for_nothing() -> None:
    hub = PriceHub()
    tape = watch(hub, "EURUSD")
    await asyncio.sleep(FRAME_SECONDS)
    moment = asyncio.get_running_loop().time()
    for bid in range(1, 130):
        hub.update(price("EURUSD", bid))
        await asyncio.sleep(0.01)
    await until(lambda: tape.bids("EURUSD")[-1] == 129)
    assert tape.frames[0][0] - moment < FRAME_SECONDS / 2
    moments = [at for at, _ in tape.frames]
    assert all(later - earlier >= 0.99 for earlier, later in zip(moments, moments[FRAMES_A_SECOND:], strict=False))
    assert all(later - earlier >= FRAME_SECONDS * 0.7 for earlier, later in pairwise(moments))
    assert tape.bids("EURUSD") == sorted(tape.bids("EURUSD"))


async def test_an_older_price_changes_nothing() -> None:
    hub = PriceHub()
    hub.update(price("EURUSD", 2))
    hub.update(price("EURUSD", 1))
    assert hub.last["EURUSD"].bid == 2


async def test_everybody_of_a_crowd_gets_each_frame_whatever_else_is_watched() -> None:
    hub = PriceHub()
    crowd = [watch(hub, "EURUSD") for _ in range(2 * COHORT_CLIENTS + 5)]
    others = watch(hub, "USDJPY")
    for bid in (1, 2, 3):
        hub.update(price("EURUSD", bid))
        await until(lambda bid=bid: all(bid in tape.bids("EURUSD") for tape in crowd))  # type: ignore[misc]
    assert others.frames == []
    hub.update(price("USDJPY", 1))
    await until(lambda: len(others.frames) == 1)


async def test_a_client_that_catches_up_gets_the_last_price_and_delays_nobody() -> None:
    hub = PriceHub()
    slow, quick = watch(hub, "EURUSD"), watch(hub, "EURUSD")
    slow.full = True
    for bid in (1, 2, 3):
        hub.update(price("EURUSD", bid))
        await until(lambda bid=bid: bid in quick.bids("EURUSD"))  # type: ignore[misc]
    assert slow.frames == []
    slow.full = False
    await until(lambda: slow.bids("EURUSD") == [3])
    hub.update(price("EURUSD", 4))
    await until(lambda: slow.bids("EURUSD") == [3, 4])


async def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SLOW_SECONDS", 0.15)
    hub = PriceHub()
    tape = Tape()
    subscriber = Subscriber(Subscription(frozenset({"EURUSD"}), batch=True), tape)
    hub.add(subscriber)
    tape.full = True
    hub.update(price("EURUSD", 1))
    await until(lambda: tape.ended)
    hub.remove(subscriber)
    assert hub.clients == 0
    hub.update(price("EURUSD", 2))
    await asyncio.sleep(0)
    assert tape.frames == []
