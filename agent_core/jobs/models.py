"""Jobs as the executor knows them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel

from agent_core.protocol.base import WireModel
from agent_core.protocol.errors import ErrorCode
from agent_core.protocol.jobs import JobStatus, JobType

JobOrigin = Literal["local", "cloud"]


class Lane(StrEnum):
    """Jobs of one lane run one after another; a compile never holds up an order or a stop."""

    TRADING = "trading"
    BUILD = "build"
    RUN = "run"
    READ = "read"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended. `result` is empty unless it completed; `error_detail` is one sentence for the user."""

    job_id: UUID
    status: JobStatus
    result: dict[str, Any]
    error_code: ErrorCode | None = None
    error_detail: str | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job in the store."""

    id: UUID
    type: JobType
    origin: JobOrigin
    attempt: int
    status: JobStatus
    payload: dict[str, Any]
    outcome: JobOutcome | None
    not_after: datetime | None
    created_at: datetime
    updated_at: datetime


class JobContext(Protocol):
    """What a handler gets besides its payload."""

    job_id: UUID
    not_after: datetime | None

    def progress(self, fraction: float | None, text: str) -> None:
        """Tells where the work is."""


JobHandler = Callable[[Any, JobContext], Awaitable[BaseModel | None]]


@dataclass(frozen=True, slots=True)
class JobKind:
    """How one type of job is run.

    Attributes:
        payload: Model of its payload.
        handler: Does the work; the model it returns becomes the result.
        lane: What it waits for.
        seconds: Time limit.
        check: Looks, and only looks, whether the job may be begun now; raises why not. It may look while whoever gave
            the job has not yet confirmed that it is ours.
        trades: Whether it may have reached the broker when it was cut off.
        recover: Finds out, with a connected terminal, how a job ended that a crash cut off; None when that can't be
            known. It raises when nothing was done.
    """

    payload: type[WireModel]
    handler: JobHandler
    lane: Lane
    seconds: float
    check: Callable[[Any], Awaitable[None]] | None = None
    trades: bool = False
    recover: Callable[[Any, UUID], Awaitable[BaseModel | None]] | None = None
