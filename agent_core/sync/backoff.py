"""Waiting between attempts: longer each time, never at the same moment as everybody else."""

import random

FIRST_SECONDS = 0.5
MOST_SECONDS = 30.0


class Backoff:
    """Doubles from half a second to half a minute, with full jitter in the upper half.

    Args:
        first: Shortest wait in seconds.
        most: Longest wait in seconds.
    """

    def __init__(self, first: float = FIRST_SECONDS, most: float = MOST_SECONDS) -> None:
        self._first = first
        self._most = most
        self._failures = 0

    def success(self) -> None:
        """Begins anew."""
        self._failures = 0

    def next(self, asked: float | None = None) -> float:
        """Returns the seconds to wait after one more failure; at least what the other side asked for."""
        self._failures += 1
        longest = min(self._most, self._first * 2.0 ** min(self._failures - 1, 20))
        return max(random.uniform(longest / 2, longest), asked or 0.0)  # noqa: S311 - spreads load, hides nothing
