"""Keeps calls within a vendor's limits."""

import asyncio
import time


class Pace:
    """Gives turns: a few at once, then evenly so many a second, in the order they were asked for."""

    def __init__(self, per_second: float, *, burst: int = 1) -> None:
        self._gap = 1 / per_second
        self._slack = (burst - 1) * self._gap
        self._next = 0.0

    @property
    def waiting_seconds(self) -> float:
        """How long a turn asked for now would take to come."""
        return max(0.0, self._next - time.monotonic())

    async def turn(self) -> None:
        """Returns when it is the caller's turn."""
        now = time.monotonic()
        start = max(self._next, now - self._slack)
        self._next = start + self._gap
        if start > now:
            await asyncio.sleep(start - now)
