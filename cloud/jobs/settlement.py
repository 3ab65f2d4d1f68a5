"""What happens when a job becomes final: domains take note, whoever waits is woken, open sockets are told."""

from agent_core.protocol.jobs import JobType
from cloud.db.pool import Connection
from cloud.jobs import repository
from cloud.jobs.models import JobRecord, ResultHook
from cloud.updates.notify import notify_user


class Settlement:
    """Announces changes of jobs, within the transaction that makes them.

    Attributes:
        on_result: What each domain does when a job of its type becomes final, in the same transaction.
    """

    def __init__(self) -> None:
        self.on_result: dict[JobType, ResultHook] = {}

    async def changed(self, tx: Connection, job: JobRecord) -> None:
        """Tells the user's sockets; for a final job also its domain and whoever waits for it."""
        if job.final:
            hook = self.on_result.get(job.type)
            if hook is not None:
                await hook(tx, job)
            repository.announce_done(tx, job.id)
        if job.type is JobType.PROBE:
            return  # a reading changes nothing, and whoever reads on each update would read for ever
        notify_user(
            tx,
            job.user_id,
            "job",
            {
                "id": job.id,
                "type": job.type,
                "status": job.status,
                "progress": job.progress,
                "error_detail": job.error_detail,
            },
        )
