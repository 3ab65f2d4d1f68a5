"""What the cloud forgets, and when. Trades, the ledger of generations and alerts are kept."""

from dataclasses import dataclass
from datetime import timedelta

from cloud.db.pool import Database

SWEEP_SECONDS = 3600.0
_BATCH = 5000
_READINGS, _REQUESTS = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Periods:
    """How long rows are kept.

    Attributes:
        jobs: Jobs that have ended.
        events: Uploaded events; what they changed stays.
        logs: Log lines of deployments.
    """

    jobs: timedelta
    events: timedelta
    logs: timedelta


class Retention:
    """Deletes what is past its period. Safe to run in several processes."""

    def __init__(self, database: Database, periods: Periods) -> None:
        self._database = database
        self._rules: tuple[tuple[str, str, timedelta], ...] = (
            ("deployment_logs", "logged_at < now() - $1::interval", periods.logs),
            ("agent_events", "stored_at < now() - $1::interval", periods.events),
            ("jobs", "status not in ('pending', 'in_progress') and updated_at < now() - $1::interval", periods.jobs),
            # Readings ("probe" jobs) and answers to repeated requests: nobody asks for them again.
            ("jobs", "type = 'probe' and updated_at < now() - $1::interval", _READINGS),
            ("idempotency_keys", "created_at < now() - $1::interval", _REQUESTS),
            # A repeated request finds its order here, so it is kept as long as the job would be.
            ("broker_orders", "state <> 'sending' and updated_at < now() - $1::interval", max(periods.jobs, _REQUESTS)),
        )

    async def sweep(self) -> None:
        """Deletes everything that is due, a batch a transaction, so that nobody has to wait for it."""
        for table, due, period in self._rules:
            while await self._delete_batch(table, due, period) == _BATCH:
                continue

    async def _delete_batch(self, table: str, due: str, period: timedelta) -> int:
        async with self._database.as_service() as tx:
            status = await tx.execute(
                f"""delete from public.{table} where ctid = any(array(
                        select ctid from public.{table} where {due} limit {_BATCH} for update skip locked))""",  # noqa: S608
                period,
            )
        return int(status.rpartition(" ")[2])
