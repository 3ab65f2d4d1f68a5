"""How a database that is not there, or takes nothing, shows itself."""

import asyncpg

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
