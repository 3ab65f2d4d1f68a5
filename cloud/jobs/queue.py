"""Puts the two sides of the job queue together and keeps their wake-ups coming."""

from dataclasses import dataclass

from cloud.db.pool import Database
from cloud.jobs import repository
from cloud.jobs.delivery import JobDelivery
from cloud.jobs.models import JobTimes
from cloud.jobs.service import JobService
from cloud.jobs.settlement import Settlement
from cloud.jobs.wakeups import Wakeups


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue: the user's side, the agent's side, and what happens at a job's end."""

    jobs: JobService
    delivery: JobDelivery
    settlement: Settlement


async def open_queue(database: Database, times: JobTimes) -> Queue:
    """Builds the queue and listens for work and for finished jobs."""
    work, finished, settlement = Wakeups(), Wakeups(), Settlement()
    await database.listen(repository.WORK_CHANNEL, work.on_notification)
    await database.listen(repository.KEY_ENDED_CHANNEL, work.on_notification)
    await database.listen(repository.DONE_CHANNEL, finished.on_notification)
    return Queue(
        JobService(database, settlement, finished, times), JobDelivery(database, settlement, work, times), settlement
    )
