"""Broker time: MetaTrader encodes the server's wall clock as if it were UTC. Here it becomes UTC."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from datetime import time as time_of_day

_QUARTER = 900
#: Offsets of real time zones; anything else comes from an old quote or a wrong clock.
_MIN_OFFSET, _MAX_OFFSET = -12 * 3600, 14 * 3600


class ServerClock:
    """Converts between server time and UTC by the measured offset (seconds, a multiple of 15 minutes).

    Attributes:
        offset: Server time minus UTC, in seconds.
        measured: Whether the offset comes from a live tick of this connection.
    """

    def __init__(self, offset: int = 0, *, now: Callable[[], float] = time.time) -> None:
        self.offset = offset
        self.measured = False
        self._now = now

    def observe(self, server_msc: int) -> bool:
        """Measures the offset by a quote that has just arrived. Returns whether the offset changed."""
        difference = server_msc / 1000 - self._now()
        offset = round(difference / _QUARTER) * _QUARTER
        if not _MIN_OFFSET <= offset <= _MAX_OFFSET:
            return False
        self.measured = True
        changed, self.offset = offset != self.offset, offset
        return changed

    def utc(self, server_seconds: float) -> datetime:
        """Returns the UTC time of a server time in epoch seconds."""
        return datetime.fromtimestamp(server_seconds - self.offset, UTC)

    def utc_msc(self, server_msc: int) -> int:
        """Returns epoch milliseconds UTC of a server time in epoch milliseconds."""
        return server_msc - self.offset * 1000

    def server_msc(self, utc_msc: int) -> int:
        """Returns the server time of epoch milliseconds UTC."""
        return utc_msc + self.offset * 1000

    def server(self, moment: datetime) -> int:
        """Returns the server time, in epoch seconds, of an aware datetime."""
        return int(moment.timestamp()) + self.offset

    def time_of_day(self) -> time_of_day:
        """Returns the broker's present time of day."""
        return datetime.fromtimestamp(self._now() + self.offset, UTC).time()

    def day_start(self) -> datetime:
        """Returns when the broker's present day began, in UTC."""
        server_now = int(self._now()) + self.offset
        return self.utc(server_now - server_now % 86400)
