"""Bodies of EA projects, versions, generation, compilation and artifacts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from agent_core.protocol.base import AnswerModel, Name, WireModel
from agent_core.protocol.market import Timeframe

VersionStatus = Literal["draft", "compiled", "error"]
ArtifactKind = Literal["SOURCE_ZIP", "MQ5", "EX5"]
DiagnosticOrigin = Literal["check", "rules", "metaeditor"]
MAX_SOURCE_CHARS = 400_000
MAX_QUESTIONS = 3
MAX_DIAGNOSTICS = 100


class DiagnosticModel(AnswerModel):
    """One finding of the checker, of the house's rules, or of MetaEditor. Lines and columns start at 1."""

    line: int
    column: int
    severity: Literal["error", "warning", "info"]
    code: int | None
    message: str
    origin: DiagnosticOrigin = "check"
    file: str | None = None


class Brief(AnswerModel):
    """What a strategy does, in the generator's words; kept with the version it led to."""

    entry: str
    exit: str
    risk: str
    inputs: str = ""
    guards: str = ""
    assumed: str = ""


class ProjectRequest(WireModel):
    """`POST /ea/projects`. `id` may be made by the client, so that offline work keeps its identity."""

    name: Name
    strategy_id: UUID | None = None
    id: UUID | None = None


class ProjectCreated(AnswerModel):
    """Answer of `POST /ea/projects` (201)."""

    project_id: UUID


class Project(AnswerModel):
    """A row of `GET /ea/projects`."""

    id: UUID
    name: str
    strategy_id: UUID | None
    created_at: datetime


class VersionRequest(WireModel):
    """`POST /ea/projects/{project_id}/versions`: a manual save."""

    source_code: str = Field(min_length=1, max_length=MAX_SOURCE_CHARS)
    config: dict[str, Any] = Field(default_factory=dict)
    id: UUID | None = None


class Version(AnswerModel):
    """`GET /ea/versions/{id}`; in lists `source_code` is null."""

    id: UUID
    project_id: UUID
    version_number: int
    status: VersionStatus
    source_code: str | None
    config: dict[str, Any]
    diagnostics: list[DiagnosticModel]
    brief: Brief | None = None
    created_at: datetime


class Clarification(WireModel):
    """A question of the generator with the trader's answer."""

    question: str = Field(min_length=1, max_length=400)
    answer: str = Field(min_length=1, max_length=1000)


class GenerateRequest(WireModel):
    """`POST /ea/generate`. `base_version_id` asks for a change to an existing version.

    With `Accept: text/event-stream` the answer streams as server-sent events:
    `event: thinking|code|repair|notice` with `data: {"text": ...}`, `event: brief` with a `Brief`,
    `event: check` with `data: {"diagnostics": [...]}`; at the end comes one of `event: version` with a
    `GenerateAnswer`, `event: questions` with a `GenerationQuestions`, `event: problem` with a `Problem`.
    Questions come in a stream alone; a caller who wants one answer gets a version that says what was assumed.

    Attributes:
        generation_id: Identity of this generation, made by the caller or taken from its questions. Once it led to a
            version, the same id answers that version and asks no model again.
        clarifications: The trader's answers to the questions of this generation.
    """

    project_id: UUID
    strategy_description: str = Field(min_length=10, max_length=8000)
    base_version_id: UUID | None = None
    generation_id: UUID | None = None
    clarifications: list[Clarification] = Field(default_factory=list, max_length=MAX_QUESTIONS)


class RepairRequest(WireModel):
    """`POST /ea/versions/{id}/repair`, body optional; answers and streams like `POST /ea/generate`.

    Attributes:
        diagnostics: What MetaEditor said of the version; empty takes what the cloud knows of it.
    """

    diagnostics: list[DiagnosticModel] = Field(default_factory=list, max_length=MAX_DIAGNOSTICS)
    generation_id: UUID | None = None


class GenerationQuestions(AnswerModel):
    """The end of a stream whose description lacks something essential: ask again with the answers."""

    generation_id: UUID
    questions: list[str]


class GenerationUsage(AnswerModel):
    """`GET /ea/usage`: what the caller's generations have used since 00:00 UTC, and what a day allows."""

    model: str
    generations: int
    generations_a_day: int
    tokens: int
    tokens_a_day: int
    cost_usd: float


class GenerateAnswer(AnswerModel):
    """Answer of `POST /ea/generate` (201). Token counts are the model's own; `cost_usd` by its price list.

    `notice` says why the generator stopped before the code was in order, where it did.
    """

    version_id: UUID
    version_number: int
    source_code: str
    diagnostics: list[DiagnosticModel]
    brief: Brief | None = None
    repairs: int = 0
    notice: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0


class CompileRequest(WireModel):
    """`POST /ea/versions/{id}/compile`, body optional: which agent compiles (default: the last one seen)."""

    agent_id: UUID | None = None


class BacktestTerms(WireModel):
    """What a strategy test tries.

    Attributes:
        to_date: The first day that is no longer tested.
        model: How the tester makes prices: every tick, the four prices of each minute, or opening prices alone.
    """

    symbol: str = Field(min_length=1, max_length=32)
    timeframe: Timeframe = "H1"
    from_date: date
    to_date: date
    deposit: Decimal = Field(default=Decimal(10_000), gt=0, le=1_000_000_000)
    model: Literal["every_tick", "m1_ohlc", "open_prices"] = "m1_ohlc"
    inputs: dict[str, str] = Field(default_factory=dict)


class BacktestRequest(BacktestTerms):
    """`POST /ea/versions/{id}/test`: which agent tests (default: the last one seen), and what.

    The job's result is a `BacktestOutcome`.
    """

    agent_id: UUID | None = None


class JobCreated(AnswerModel):
    """Answer of what creates a job (201)."""

    job_id: UUID


class Artifact(AnswerModel):
    """A row of `GET /ea/versions/{id}/artifacts`; `download_url` is signed and short-lived."""

    artifact_id: UUID
    kind: ArtifactKind
    sha256: str
    size_bytes: int
    download_url: str
