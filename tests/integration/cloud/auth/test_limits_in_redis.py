"""Several workers share their counts in Redis."""

from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from cloud.embedded.ports import free_port
from cloud.problems import RateLimitedError
from cloud.rate_limits import RateLimits
from cloud.settings import CloudSettings


async def test_two_workers_count_together(redis_server: Any) -> None:
    settings = CloudSettings(mode="local", redis_url=SecretStr(redis_server.url), user_requests_a_minute=4)
    workers, user = [RateLimits(settings), RateLimits(settings)], uuid4()
    for turn in range(4):
        await workers[turn % 2].user_request(user)
    for worker in workers:
        with pytest.raises(RateLimitedError) as refused:
            await worker.user_request(user)
        assert 1 <= refused.value.retry_after <= 61
        await worker.close()


async def test_without_redis_each_worker_counts_for_itself() -> None:
    dead = SecretStr(f"redis://127.0.0.1:{free_port()}")
    limits = RateLimits(CloudSettings(mode="local", redis_url=dead, user_requests_a_minute=2))
    user = uuid4()
    await limits.user_request(user)
    await limits.user_request(user)
    with pytest.raises(RateLimitedError):
        await limits.user_request(user)
    await limits.close()
