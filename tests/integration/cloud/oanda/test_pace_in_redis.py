"""Several workers keep OANDA's limits together."""

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest
from redis.asyncio import Redis

from cloud.providers.oanda.pace import Pace, SharedPace, TooLongError


async def test_two_workers_share_one_pace(redis_server: Any) -> None:
    redis = [Redis.from_url(redis_server.url) for _ in range(2)]
    paces = [SharedPace(each, "test", Pace(20, burst=3)) for each in redis]
    turns: list[float] = []

    async def take(pace: SharedPace) -> None:
        await pace.turn()
        turns.append(time.monotonic())

    begun = time.monotonic()
    await asyncio.gather(*(take(paces[number % 2]) for number in range(13)))
    assert turns[2] - begun < 0.3
    # Three at once, then one each 50 ms.
    assert turns[-1] - begun > 0.49
    assert sum(later - earlier > 0.02 for earlier, later in pairwise(turns)) >= 8
    for each in redis:
        await each.aclose()


async def test_nobody_queues_longer_than_wanted(redis_server: Any) -> None:
    redis = Redis.from_url(redis_server.url)
    pace = SharedPace(redis, "test", Pace(1))
    await pace.turn()
    for _ in range(3):
        with pytest.raises(TooLongError):
            await pace.turn(0.5)
    await pace.turn(1.0)
    await redis.aclose()


async def test_without_redis_a_worker_keeps_the_pace_for_itself(redis_server: Any) -> None:
    redis_server.kill()
    redis = Redis.from_url(redis_server.url)
    pace = SharedPace(redis, "test", Pace(20))
    begun = time.monotonic()
    for _ in range(4):
        await pace.turn()
    assert time.monotonic() - begun > 0.14
    with pytest.raises(TooLongError):
        await asyncio.gather(*(pace.turn(0.01) for _ in range(3)))
    await redis.aclose()
