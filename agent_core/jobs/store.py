"""Jobs in the local store: what was asked, and the one outcome each has."""

import json
from datetime import UTC, datetime, timedelta
from sqlite3 import Row
from typing import Any
from uuid import UUID

from agent_core.jobs.models import JobOrigin, JobOutcome, JobRecord
from agent_core.protocol.errors import ErrorCode
from agent_core.protocol.jobs import JobStatus, JobType
from agent_core.store import Store

KEEP = timedelta(days=30)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    origin TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    status TEXT NOT NULL,
    payload TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT '{}',
    error_code TEXT,
    error_detail TEXT,
    not_after TEXT,
    reported INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_created ON jobs (created_at);
CREATE INDEX IF NOT EXISTS jobs_unreported ON jobs (updated_at) WHERE origin = 'cloud' AND reported = 0;
"""


class JobStore:
    """Keeps jobs for a month.

    Nobody waits for the disk here: an order's own mark secures its job. What a power cut takes of the rest is asked
    again, and the first answer counts at the cloud.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        store.apply_schema(_SCHEMA)
        store.execute("DELETE FROM jobs WHERE created_at < ?", ((datetime.now(UTC) - KEEP).isoformat(),))

    def begin(
        self,
        job_id: UUID,
        type: JobType,  # noqa: A002
        payload: dict[str, Any],
        *,
        origin: JobOrigin,
        attempt: int,
        not_after: datetime | None,
    ) -> None:
        """Writes a job down before it is run."""
        now = datetime.now(UTC).isoformat()
        self._store.execute(
            "INSERT INTO jobs (id, type, origin, attempt, status, payload, not_after, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET attempt = excluded.attempt, "
            "status = excluded.status, not_after = excluded.not_after, updated_at = excluded.updated_at",
            (
                str(job_id),
                type.value,
                origin,
                attempt,
                JobStatus.IN_PROGRESS.value,
                json.dumps(payload),
                not_after.astimezone(UTC).isoformat() if not_after else None,
                now,
                now,
            ),
            durable=False,
        )

    def finish(self, outcome: JobOutcome) -> None:
        """Writes an outcome down; it stays the job's only one."""
        self._store.execute(
            "UPDATE jobs SET status = ?, result = ?, error_code = ?, error_detail = ?, updated_at = ? WHERE id = ?",
            (
                outcome.status.value,
                json.dumps(outcome.result),
                outcome.error_code.value if outcome.error_code else None,
                outcome.error_detail,
                datetime.now(UTC).isoformat(),
                str(outcome.job_id),
            ),
            durable=False,
        )
        self._store.secure_soon()

    def forget(self, job_id: UUID) -> None:
        """Takes out a job that turned out not to be ours."""
        self._store.execute("DELETE FROM jobs WHERE id = ?", (str(job_id),), durable=False)

    def find(self, job_id: UUID) -> JobRecord | None:
        """Returns a job if it is known."""
        row = self._store.row("SELECT * FROM jobs WHERE id = ?", (str(job_id),))
        return _record(row) if row else None

    def unfinished(self) -> list[JobRecord]:
        """Returns the jobs that have no outcome, the oldest first."""
        rows = self._store.rows(
            "SELECT * FROM jobs WHERE status = ? ORDER BY created_at", (JobStatus.IN_PROGRESS.value,)
        )
        return [_record(row) for row in rows]

    def redelivered(self, job_id: UUID, attempt: int) -> None:
        """Notes that the cloud asks again, as another attempt; it wants the outcome again."""
        self._store.execute(
            "UPDATE jobs SET attempt = ?, reported = 0 WHERE id = ?", (attempt, str(job_id)), durable=False
        )
        self._store.secure_soon()

    def unreported(self) -> list[JobRecord]:
        """Returns the cloud's finished jobs whose outcome it has not acknowledged, the oldest first."""
        rows = self._store.rows(
            "SELECT * FROM jobs WHERE origin = 'cloud' AND reported = 0 AND status != ? ORDER BY updated_at",
            (JobStatus.IN_PROGRESS.value,),
        )
        return [_record(row) for row in rows]

    def mark_reported(self, job_id: UUID, attempt: int) -> None:
        """Notes that the cloud has an attempt's outcome. Readings, which are many, are then forgotten."""
        with self._store.transaction(durable=False) as connection:
            known = (str(job_id), attempt)
            connection.execute("UPDATE jobs SET reported = 1 WHERE id = ? AND attempt = ?", known)
            connection.execute("DELETE FROM jobs WHERE id = ? AND attempt = ? AND type = 'probe'", known)
        self._store.secure_soon()

    def recent(self, limit: int) -> list[JobRecord]:
        """Returns the newest jobs, the newest first."""
        return [
            _record(row) for row in self._store.rows("SELECT * FROM jobs ORDER BY created_at DESC LIMIT ?", (limit,))
        ]


def _record(row: Row) -> JobRecord:
    job_id, status = UUID(row["id"]), JobStatus(row["status"])
    outcome = None
    if status is not JobStatus.IN_PROGRESS:
        outcome = JobOutcome(
            job_id=job_id,
            status=status,
            result=json.loads(row["result"]),
            error_code=ErrorCode(row["error_code"]) if row["error_code"] else None,
            error_detail=row["error_detail"],
        )
    origin: JobOrigin = row["origin"]
    return JobRecord(
        id=job_id,
        type=JobType(row["type"]),
        origin=origin,
        attempt=row["attempt"],
        status=status,
        payload=json.loads(row["payload"]),
        outcome=outcome,
        not_after=datetime.fromisoformat(row["not_after"]) if row["not_after"] else None,
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
    )
