"""What happens when a job becomes final: its domain takes note.

Who waits for it and the user's sockets are told by the database (migration 0061), whoever makes the change.
"""

from agent_core.protocol.jobs import JobType
from cloud.db.pool import Connection
from cloud.jobs.models import JobRecord, ResultHook


class Settlement:
    """Has domains take note of jobs that ended, within the transaction that ends them.

    Attributes:
        on_result: What each domain does when a job of its type becomes final, in the same transaction.
    """

    def __init__(self) -> None:
        self.on_result: dict[JobType, ResultHook] = {}

    async def changed(self, tx: Connection, job: JobRecord) -> None:
        """Calls the domain of a final job."""
        hook = self.on_result.get(job.type) if job.final else None
        if hook is not None:
            await hook(tx, job)
