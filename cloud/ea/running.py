"""Generations at work: each in a task of its own, which ends when nobody listens any more."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class RunningGeneration(Generic[_Item]):
    """One generation. Its task, not the request's, does the work: it can be cancelled and still settle its account."""

    def __init__(self, work: AsyncGenerator[_Item, None]) -> None:
        # Without a limit: a reader who takes nothing would else hold the work's place at the model.
        self._items: asyncio.Queue[tuple[_Item] | BaseException | None] = asyncio.Queue()
        self.task = asyncio.create_task(self._run(work))

    async def items(self, idle_seconds: float) -> AsyncIterator[_Item | None]:
        """Yields what the work yields, and None whenever it was silent for so long; raises what it raised."""
        async for batch in self.batches(idle_seconds, 0.0):
            if not batch:
                yield None
            for item in batch:
                yield item

    async def batches(self, idle_seconds: float, gather_seconds: float) -> AsyncIterator[list[_Item]]:
        """Yields what the work yields, together with what follows within a moment; an empty list when it was silent.

        Raises what the work raised. Sending is what costs: a moment's words go out in one piece.
        """
        while True:
            try:
                async with asyncio.timeout(idle_seconds):
                    found = await self._items.get()
            except TimeoutError:
                yield []
                continue
            if gather_seconds:
                await asyncio.sleep(gather_seconds)
            batch: list[_Item] = []
            while isinstance(found, tuple):
                batch.append(found[0])
                if self._items.empty() or not gather_seconds:
                    break
                found = self._items.get_nowait()
            if batch:
                yield batch
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found

    def stop(self) -> None:
        """Cancels the work, unless it has ended; a second time would cut off the settling of its account."""
        if not self.task.cancelling():
            self.task.cancel()

    async def _run(self, work: AsyncGenerator[_Item, None]) -> None:
        end: BaseException | None = None
        try:
            async for item in work:
                self._items.put_nowait((item,))
        except Exception as error:  # noqa: BLE001  # it is raised again where the items are read
            end = error
        finally:
            await work.aclose()
        self._items.put_nowait(end)


class RunningGenerations:
    """All of this process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: AsyncGenerator[_Item, None]) -> RunningGeneration[_Item]:
        """Sets a generation to work."""
        generation = RunningGeneration(work)
        self._tasks.add(generation.task)
        generation.task.add_done_callback(self._tasks.discard)
        return generation

    async def close(self) -> None:
        """Cancels what is still at work and waits until it has settled its account."""
        tasks = list(self._tasks)
        for task in tasks:
            if not task.cancelling():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
