"""How a Redis that is not there shows itself; everything that shares one goes on without it, each in its own way."""

import structlog
from redis.exceptions import RedisError

REDIS_GONE = (RedisError, OSError, TimeoutError)

_log = structlog.get_logger(__name__)
_REASON_CHARACTERS = 200


class Outage:
    """Tells the log that something does without Redis: once, in Redis's own words, and once more when that is over."""

    def __init__(self, event: str) -> None:
        self._event = event
        self._on = False

    def begin(self, error: Exception) -> None:
        """Redis failed."""
        if not self._on:
            self._on = True
            _log.warning(self._event, error=type(error).__name__, reason=str(error)[:_REASON_CHARACTERS])

    def end(self) -> None:
        """Redis answered."""
        if self._on:
            self._on = False
            _log.info(f"{self._event}_over")
