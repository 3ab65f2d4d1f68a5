"""Events of jobs."""

from dataclasses import dataclass
from uuid import UUID

from agent_core.events import Event
from agent_core.protocol.jobs import JobStatus, JobType


@dataclass(frozen=True, slots=True)
class JobProgressed(Event):
    """A job began, moved on or ended. `progress` is 0 to 1 where it is known; `text` says what happens."""

    job_id: UUID
    type: JobType
    status: JobStatus
    progress: float | None
    text: str
