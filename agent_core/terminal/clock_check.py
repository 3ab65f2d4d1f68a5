"""Notices a wrong date of this computer: what the broker did could then not be asked for by its time."""

import time
from collections.abc import Callable

#: The broker's clock, of whatever zone, is not further from UTC.
_AHEAD, _BEHIND = 14 * 3600, -12 * 3600
#: Quotes that come in from the past for so long, and run as fast as time does, are no old ones.
_PROOF_SECONDS = 60.0


class ClockCheck:
    """Compares this computer's clock with quotes as they arrive.

    Attributes:
        astray: By how many seconds the computer's clock is too far ahead of the broker's (behind: negative) to be
            right in any time zone; 0 while it may be right.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.astray = 0.0
        self._now = now
        self._first: tuple[float, float] | None = None

    def see(self, server_msc: int) -> None:
        """Takes note of a quote, in the server's time, that has just arrived.

        A quote from the future proves a wrong date at once. One from the past may be old itself: only a stream of
        them proves it.
        """
        server, now = server_msc / 1000, self._now()
        difference = server - now
        if _BEHIND <= difference <= _AHEAD:
            self.astray, self._first = 0.0, None
        elif difference > 0:
            self.astray = -difference
        elif self._first is None:
            self._first = (server, now)
        else:
            passed, told = now - self._first[1], server - self._first[0]
            if passed < 0 or told > 2 * passed + 1:
                self._first = (server, now)
            elif min(passed, told) >= _PROOF_SECONDS:
                self.astray = -difference

    @property
    def problem(self) -> str:
        """One sentence for the user while the clock is wrong, else empty."""
        if not self.astray:
            return ""
        hours = abs(self.astray) / 3600
        far = f"{hours / 24:.0f} days" if hours > 48 else f"{hours:.0f} hours"
        way = "ahead of" if self.astray > 0 else "behind"
        return (
            f"This computer's clock is about {far} {way} the broker's. Set its date and time right; until then nothing "
            "new is opened, because what became of an order could not be found out."
        )
