"""Inside view of jobs, and the time limits of their life."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from agent_core.protocol.jobs import Job, JobStatus
from cloud.db.pool import Connection

FINAL_STATUSES = frozenset(
    {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.EXPIRED, JobStatus.CANCELLED, JobStatus.DEAD}
)


class JobRecord(Job):
    """A job with its owner and its delivery.

    Attributes:
        attempt: How many times it was handed to the agent; the fencing token.
        acknowledged: The agent has confirmed that it received this attempt.
    """

    user_id: UUID
    agent_id: UUID | None
    attempt: int
    acknowledged: bool
    cancel_requested: bool

    @property
    def final(self) -> bool:
        """No further change is expected."""
        return self.status in FINAL_STATUSES


@dataclass(frozen=True, slots=True)
class AgentContact:
    """When the agent that a job is for was last heard of."""

    online: bool
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobTimes:
    """Time limits, in seconds.

    Attributes:
        poll: Longest wait of a long poll; below the idle limit of common proxies.
        requery: Wake-ups are hints; a waiting poll looks again after this time anyway, and after `unheard` while none
            arrive, which is well within the deadline.
        delivery_lease: Time for the agent to confirm receipt before a job is handed out again.
        work_lease: Time after which an agent that reported nothing is taken to have lost the job.
        deadline: A job that is answered synchronously is not begun later than this.
        grace: Time beyond the deadline for a job that was begun to report.
        backoff: First pause before a lost job is handed out again; doubles with each attempt.
    """

    poll: float = 25
    requery: float = 15
    unheard: float = 2
    delivery_lease: float = 15
    work_lease: float = 120
    deadline: float = 10
    grace: float = 5
    backoff: float = 5


ResultHook = Callable[[Connection, JobRecord], Awaitable[None]]
"""Called in the transaction that makes a job final."""
