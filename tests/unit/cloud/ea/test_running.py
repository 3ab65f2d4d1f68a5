"""A generation's task and who listens to it."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from cloud.ea.running import RunningGeneration, RunningGenerations


async def counting(end: int, settled: asyncio.Event) -> AsyncGenerator[int, None]:
    try:
        for number in range(end):
            yield number
            await asyncio.sleep(0)
        await asyncio.sleep(3600 if end > 5 else 0)
        raise ValueError("the end")
    finally:
        await asyncio.sleep(0.01)  # settling takes a moment, which a second cancellation must not cut short
        settled.set()


async def test_a_moment_s_items_come_together_and_the_failure_after_them() -> None:
    settled = asyncio.Event()
    running = RunningGeneration(counting(4, settled))
    batches = running.batches(10, 0.1)
    assert await anext(batches) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="the end"):
        await anext(batches)
    assert settled.is_set()


async def test_who_reads_nothing_holds_nothing_up() -> None:
    async def many() -> AsyncGenerator[int, None]:
        for number in range(10_000):
            yield number

    running = RunningGeneration(many())
    async with asyncio.timeout(5):
        await running.task
    assert [number async for number in running.items(10)] == list(range(10_000))


async def test_silence_is_told_and_stopping_twice_settles_once() -> None:
    settled = asyncio.Event()
    running = RunningGeneration(counting(6, settled))
    batches = running.batches(0.05, 0.0)
    seen = [await anext(batches) for _ in range(7)]
    assert seen == [[0], [1], [2], [3], [4], [5], []]
    running.stop()
    running.stop()
    await asyncio.gather(running.task, return_exceptions=True)
    assert settled.is_set()


async def test_closing_waits_until_all_have_settled() -> None:
    everything, settled = RunningGenerations(), asyncio.Event()
    running = everything.start(counting(6, settled))
    assert await anext(running.items(10)) == 0
    await everything.close()
    assert settled.is_set()
