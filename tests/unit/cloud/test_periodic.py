import asyncio

import pytest

from cloud.periodic import Periodic


@pytest.mark.parametrize("failure", [OSError("gone"), ValueError("a bad row")])
async def test_work_goes_on_after_any_failure_until_it_is_stopped(failure: Exception) -> None:
    done: list[int] = []
    enough = asyncio.Event()

    async def work() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise failure
        if len(done) == 3:
            enough.set()

    periodic = Periodic(work, 0.001)
    await periodic.stop()
    periodic.start()
    async with asyncio.timeout(5):
        await enough.wait()
    await periodic.stop()
    count = len(done)
    await asyncio.sleep(0.01)
    assert len(done) == count
