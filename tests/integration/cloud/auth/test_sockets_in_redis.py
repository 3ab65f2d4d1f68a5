"""Several workers share the count of a user's sockets."""

from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud import places as shared
from cloud.auth.socket_places import SOCKETS_A_USER, SocketPlaces
from cloud.places import SharedPlaces


async def refused(places: SocketPlaces, user: Any) -> bool:
    try:
        async with places.place(user):
            return False
    except ForexEliteError as error:
        return error.code is ErrorCode.RATE_LIMITED


async def test_two_workers_count_together_and_places_come_free(redis_server: Any) -> None:
    shares, user = [SharedPlaces(redis_server.url) for _ in range(2)], uuid4()
    workers = [SocketPlaces(share) for share in shares]
    async with AsyncExitStack() as stack:
        for turn in range(SOCKETS_A_USER):
            await stack.enter_async_context(workers[turn % 2].place(user))
        assert [await refused(worker, user) for worker in workers] == [True, True]
        assert not await refused(workers[0], uuid4())
    assert [await refused(worker, user) for worker in workers] == [False, False]
    for share in shares:
        await share.close()


async def test_a_dead_worker_frees_its_places_and_a_living_one_keeps_them(
    redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "PLACE_SECONDS", 1)
    monkeypatch.setattr(shared, "RENEW_SECONDS", 0.1)
    shares, user = [SharedPlaces(redis_server.url) for _ in range(2)], uuid4()
    dead, alive = (SocketPlaces(share) for share in shares)
    shares[1].start()
    redis = Redis.from_url(redis_server.url)
    async with AsyncExitStack() as stack:
        for turn in range(SOCKETS_A_USER):
            await stack.enter_async_context((dead, alive)[turn % 2].place(user))
        while await refused(alive, user):  # time has to pass on Redis' clock
            pass
        # Redis restarted and forgot: whoever lives tells it again.
        await redis.flushall()
        while await redis.zcard(f"sockets:{user}") < SOCKETS_A_USER // 2:
            pass
    await redis.aclose()
    for share in shares:
        await share.close()


async def test_without_redis_each_worker_counts_for_itself(redis_server: Any) -> None:
    redis_server.kill()
    share, user = SharedPlaces(redis_server.url), uuid4()
    places = SocketPlaces(share)
    async with AsyncExitStack() as stack:
        for _ in range(SOCKETS_A_USER):
            await stack.enter_async_context(places.place(user))
        assert await refused(places, user)
    await share.close()
