"""What a compilation's outcome does to its version, whether a job's answer or the event log tells of it."""

from uuid import UUID

from prometheus_client import Counter
from pydantic import ValidationError

from agent_core.protocol.jobs import CompileOutcome, JobType
from cloud.db.pool import Connection
from cloud.ea import repository
from cloud.jobs.models import JobRecord
from cloud.jobs.settlement import Settlement
from cloud.updates.notify import notify_user

_COMPILATIONS = Counter("forexelite_compilations_total", "Outcomes of compilations", ("outcome",))


async def apply_compile_outcome(tx: Connection, user_id: UUID, outcome: CompileOutcome) -> bool:
    """Sets a version's status and diagnostics. False: the user has no such version."""
    _COMPILATIONS.labels("success" if outcome.success else "errors").inc()
    diagnostics = [finding.model_dump(mode="json") for finding in outcome.diagnostics]
    status = "compiled" if outcome.success else "error"
    return await repository.set_compiled(tx, user_id, outcome.version_id, status, diagnostics)


def register_hooks(settlement: Settlement) -> None:
    """Lets the outcome of compile jobs reach their version."""
    settlement.on_result[JobType.COMPILE] = _note_outcome


async def _note_outcome(tx: Connection, job: JobRecord) -> None:
    try:
        outcome = CompileOutcome.model_validate(job.result)
    except ValidationError:
        return  # it did not get so far; the job itself says why
    if await apply_compile_outcome(tx, job.user_id, outcome):
        notify_user(tx, job.user_id, "ea", {"version_id": outcome.version_id})
