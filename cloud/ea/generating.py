"""Generation and repair of versions: what is asked, what is kept, what it costs."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from agent_core.protocol.ea import (
    Clarification,
    DiagnosticModel,
    GenerateAnswer,
    GenerateRequest,
    RepairRequest,
)
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.auth.claims import Claims
from cloud.ea import prompt, repository, versions
from cloud.ea.generation import GeneratedCode, Spending, Step
from cloud.ea.metering import metered
from cloud.providers.glm import Message
from cloud.services import Services

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """The generation was let in; from here on it costs something."""

    generation_id: UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """The generator can't go on without answers."""

    generation_id: UUID
    questions: tuple[str, ...]


Event = Begun | Step | Asked | GenerateAnswer


@dataclass(frozen=True, slots=True)
class _Order:
    """What a generation is to do, and what is kept of that with the version."""

    generation_id: UUID
    project_id: UUID
    conversation: list[Message]
    described: str
    clarifications: tuple[Clarification, ...] = ()


async def generate(
    services: Services, claims: Claims, request: GenerateRequest, *, may_ask: bool
) -> AsyncGenerator[Event, None]:
    """Yields the steps of writing an EA, at the end the stored version or the questions.

    Raises:
        ForexEliteError: unknown project or version, no budget, or what the generator says.
    """
    known = await _answered_before(services, claims, request.generation_id)
    if known is not None:
        yield known
        return
    await versions.require_project(services, claims, request.project_id)
    base_source: str | None = None
    if request.base_version_id is not None:
        base = await versions.stored_version(services, claims, request.base_version_id)
        base_source = str(base["source_code"]["code"])
    conversation = prompt.writing(
        request.strategy_description, base_source, request.clarifications,
        may_ask=may_ask and not request.clarifications,
    )  # fmt: skip
    order = _Order(
        request.generation_id or uuid4(), request.project_id, conversation, request.strategy_description,
        tuple(request.clarifications),
    )  # fmt: skip
    async with aclosing(_carry_out(services, claims, order)) as events:
        async for event in events:
            yield event


async def repair(
    services: Services, claims: Claims, version_id: UUID, request: RepairRequest
) -> AsyncGenerator[Event, None]:
    """Yields the steps of repairing a version that MetaEditor did not compile, at the end the next version.

    Raises:
        ForexEliteError: unknown version, nothing to repair, no budget, or what the generator says.
    """
    known = await _answered_before(services, claims, request.generation_id)
    if known is not None:
        yield known
        return
    row = await versions.stored_version(services, claims, version_id)
    found = request.diagnostics or [DiagnosticModel.model_validate(item) for item in row["diagnostics"]]
    wanting = [item for item in found if item.severity == "error" or item.origin == "rules"]
    if not wanting:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, "This version has no errors that are known here. Compile it first."
        )
    source = str(row["source_code"]["code"])
    order = _Order(
        request.generation_id or uuid4(), row["ea_project_id"], prompt.mending(source, wanting),
        f"Repair of version {row['version_number']}: {wanting[0].message}",
    )  # fmt: skip
    async with aclosing(_carry_out(services, claims, order)) as events:
        async for event in events:
            yield event


async def _carry_out(services: Services, claims: Claims, order: _Order) -> AsyncGenerator[Event, None]:
    budget = services.generation_budget
    async with budget.generation(claims, order.generation_id) as account:
        spending = account.spending
        yield Begun(order.generation_id)
        steps = services.generator.write(order.conversation, spending, lambda: budget.may_go_on(account))
        with metered(spending) as outcome:
            async with aclosing(steps):
                async for step in steps:
                    if step.result is not None:
                        answer = await _keep(services, claims, order, step.result, spending)
                        outcome.result, outcome.rounds = "version", step.result.repairs + 1
                    elif step.kind == "questions":
                        outcome.result = "questions"
                        yield Asked(order.generation_id, step.questions)
                        return
                    else:
                        yield step
    yield answer


async def _keep(
    services: Services, claims: Claims, order: _Order, code: GeneratedCode, spending: Spending
) -> GenerateAnswer:
    version_id = uuid4()
    source = versions.source_record(
        code.source, origin="generated", prompt=order.described, answer=code.answer,
        brief=code.brief.model_dump() if code.brief else None,
        clarifications=[item.model_dump() for item in order.clarifications],
    )  # fmt: skip
    async with services.db.as_user(claims) as db:
        row = await repository.insert_version(
            db, claims.user_id, order.project_id, version_id, source, {}, versions.dumped(code.diagnostics)
        )
    async with services.db.as_service() as db:
        await repository.set_generated_version(db, claims.user_id, order.generation_id, version_id)
    try:
        await versions.store_source(services, claims, version_id, code.source)
    except ForexEliteError as error:  # the version is in the database; its copy as a file is not worth losing it
        _log.warning("source_not_stored", version_id=str(version_id), error=error.detail)
    return GenerateAnswer(
        version_id=version_id, version_number=row["version_number"], source_code=code.source,
        diagnostics=list(code.diagnostics), brief=code.brief, repairs=code.repairs, notice=code.notice,
        prompt_tokens=spending.prompt_tokens, completion_tokens=spending.completion_tokens,
        cost_usd=services.glm.cost_usd(spending.prompt_tokens, spending.completion_tokens),
    )  # fmt: skip


async def _answered_before(services: Services, claims: Claims, generation_id: UUID | None) -> GenerateAnswer | None:
    """The answer of a generation that led to a version already; the caller did not hear it the first time."""
    if generation_id is None:
        return None
    async with services.db.as_user(claims) as db:
        ledger = await repository.generation(db, generation_id)
        if ledger is None or ledger["ea_version_id"] is None:
            return None
        row = await repository.version(db, ledger["ea_version_id"])
    if row is None:
        return None
    version = versions.version_model(dict(row), with_source=True)
    return GenerateAnswer(
        version_id=version.id, version_number=version.version_number, source_code=version.source_code or "",
        diagnostics=version.diagnostics, brief=version.brief, prompt_tokens=ledger["prompt_tokens"],
        completion_tokens=ledger["completion_tokens"], cost_usd=float(ledger["cost_usd"]),
    )  # fmt: skip
