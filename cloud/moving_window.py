"""Counts events in this process: so many within any stretch of time, for each key."""

import time
from collections import deque
from collections.abc import Callable

_SWEEP_SECONDS = 60.0


class MovingWindow:
    """When the last events of each key were."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # By window, then by key.
        self._moments: dict[float, dict[str, deque[float]]] = {}
        self._sweep_at = 0.0

    def hit(self, key: str, amount: int, seconds: float) -> float:
        """Counts an event, unless there were `amount` of this key within the last `seconds`.

        Returns:
            Seconds until the next one is taken; 0 if this one was.
        """
        now = self._clock()
        if now >= self._sweep_at:
            self._sweep(now)
        moments = self._moments.setdefault(seconds, {}).setdefault(key, deque())
        while moments and moments[0] <= now - seconds:
            moments.popleft()
        if len(moments) >= amount:
            return moments[0] + seconds - now
        moments.append(now)
        return 0.0

    def _sweep(self, now: float) -> None:
        """Forgets who has long done nothing."""
        self._sweep_at = now + _SWEEP_SECONDS
        for seconds, of_key in self._moments.items():
            for key in [key for key, moments in of_key.items() if moments[-1] <= now - seconds]:
                del of_key[key]
