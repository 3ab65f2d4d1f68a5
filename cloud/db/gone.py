"""How a database that is not there, or takes nothing, shows itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import structlog

from agent_core.protocol.errors import ErrorCode, ForexEliteError

_log = structlog.get_logger(__name__)

DATABASE_GONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # No connections, memory or disk left; restarting, or a query that was ended.
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    # Hosted databases refuse writes when their disk is nearly full.
    asyncpg.ReadOnlySQLTransactionError,
)


def is_gone(error: Exception) -> bool:
    """Whether an error of `DATABASE_GONE` is about the database; the driver's complaint about a value is none."""
    return isinstance(error, DATABASE_GONE) and not isinstance(error, ValueError)


@contextmanager
def outcome_unknown_without_database(look_at: str) -> Iterator[None]:
    """From here on the work may be done: that the database went away meanwhile is no reason to do it again.

    Args:
        look_at: Where to see whether it was done.

    Raises:
        ForexEliteError: OUTCOME_UNKNOWN, the database went away.
    """
    try:
        yield
    except DATABASE_GONE as error:
        if not is_gone(error):
            raise
        _log.error("work_without_database", error=type(error).__name__)
        raise ForexEliteError(
            ErrorCode.OUTCOME_UNKNOWN,
            f"The service lost its database while this was under way. Look at {look_at} before trying again.",
        ) from error
