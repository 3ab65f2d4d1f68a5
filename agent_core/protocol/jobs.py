"""Jobs: what the cloud, or the window, asks the agent to do."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from agent_core.protocol.base import AnswerModel, WireModel
from agent_core.protocol.ea import BacktestTerms, DiagnosticModel
from agent_core.protocol.market import Timeframe
from agent_core.protocol.trading import MAX_DIGITS, LevelModeName, OrderTypeName, SideName


class JobType(StrEnum):
    """Types of job."""

    COMPILE = "compile"
    DEPLOY = "deploy"
    START = "start"
    STOP = "stop"
    TEST = "test"
    ORDER = "order"
    CLOSE = "close"
    MODIFY = "modify"
    CANCEL = "cancel"
    CLOSE_ALL = "close_all"
    PROBE = "probe"


class JobStatus(StrEnum):
    """Life of a job. `expired`, `cancelled` and `dead` are final like `completed` and `failed`."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DEAD = "dead"


class CompilePayload(WireModel):
    """Source to compile. The agent keeps it as this version, should it not know it yet."""

    version_id: UUID
    project_id: UUID
    project_name: str
    version_number: int
    source_code: str
    source_sha256: str


class CompileOutcome(AnswerModel):
    """Result of a compile job. `ex5_sha256` is null when it failed."""

    version_id: UUID
    success: bool
    errors: int
    warnings: int
    elapsed_ms: int | None
    diagnostics: list[DiagnosticModel]
    ex5_sha256: str | None
    log: str


class DeployPayload(WireModel):
    """Which version goes where. The agent compiles it first if it has no artifact of it."""

    deployment_id: UUID
    version_id: UUID
    symbol: str
    timeframe: Timeframe = "H1"
    inputs: dict[str, str] = Field(default_factory=dict)
    allow_trading: bool = False
    compile: CompilePayload | None = None


class BacktestPayload(BacktestTerms):
    """A strategy test of a version. The agent compiles it first if it has no artifact of it."""

    version_id: UUID
    compile: CompilePayload | None = None


class BalancePoint(AnswerModel):
    """Balance after a deal. `server_time` is the trade server's clock as the report writes it."""

    server_time: str
    balance: Decimal


class BacktestOutcome(AnswerModel):
    """What the strategy tester reported. Money is in `currency`.

    Attributes:
        profit_factor: Gross profit by gross loss; 0 where nothing was lost.
        drawdown: Largest fall of the equity from a peak, `drawdown_percent` its share of that peak.
        won: Trades that ended with a profit.
        curve: The deposit, then the balance after each deal; of many deals an even choice, with the last.
    """

    version_id: UUID
    symbol: str
    timeframe: Timeframe
    from_date: date
    to_date: date
    currency: str
    deposit: Decimal
    net_profit: Decimal
    gross_profit: Decimal
    gross_loss: Decimal
    profit_factor: Decimal
    expected_payoff: Decimal
    drawdown: Decimal
    drawdown_percent: Decimal
    trades: int
    won: int
    bars: int
    ticks: int
    curve: list[BalancePoint]


class TradePayload(WireModel):
    """What every job that trades may say.

    Attributes:
        account_number: The account it is meant for; an agent whose terminal is signed in to another one refuses.
            Null for what the window asks of its own terminal.
    """

    account_number: str | None = None


class DeploymentPayload(TradePayload):
    """Payload of start and stop."""

    deployment_id: UUID


class DeploymentOutcome(AnswerModel):
    """Result of deploy, start and stop."""

    deployment_id: UUID
    status: str
    detail: str | None = None


class OrderPayload(TradePayload):
    """Payload of an order job; `client_order_id` is the job's identity at the broker (never sent twice).

    Attributes:
        risk_money: Money at risk in the account's currency; like the other sizes, the only one given.
        sl_mode: Whether `sl` is a price, pips from the entry, or the money that is lost there; `tp_mode` likewise.
    """

    client_order_id: UUID
    instrument: str
    side: SideName
    type: OrderTypeName = "MARKET"
    units: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    lots: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    risk_percent: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    risk_money: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    price: Decimal | None = Field(default=None, max_digits=MAX_DIGITS)
    sl: Decimal | None = Field(default=None, max_digits=MAX_DIGITS)
    tp: Decimal | None = Field(default=None, max_digits=MAX_DIGITS)
    sl_mode: LevelModeName = "PRICE"
    tp_mode: LevelModeName = "PRICE"
    comment: str = Field(default="", max_length=30)


class OrderOutcomeModel(AnswerModel):
    """Result of an order, close or modify job."""

    order_id: str
    position_id: str | None
    fill_price: Decimal | None
    lots: Decimal
    units: Decimal
    pnl: Decimal | None = None
    timestamp: datetime
    message: str


class ClosePayload(TradePayload):
    """Close a position, whole or in part.

    Attributes:
        client_order_id: Identity of this closing: asked again with it, the agent answers the first outcome.
        opposite_position_id: Closes it by this opposite position of the same symbol, which saves a spread.
        reverse: Opens one of the same size on the other side afterwards; the outcome is the opening's.
    """

    position_id: str
    client_order_id: UUID | None = None
    units: Decimal | None = Field(default=None, gt=0, max_digits=MAX_DIGITS)
    opposite_position_id: str | None = None
    reverse: bool = False


class ModifyPayload(TradePayload):
    """New levels of a position or a pending order. Null removes a level; name in `keep` keeps it."""

    position_id: str | None = None
    order_id: str | None = None
    sl: Decimal | None = Field(default=None, max_digits=MAX_DIGITS)
    tp: Decimal | None = Field(default=None, max_digits=MAX_DIGITS)
    price: Decimal | None = Field(default=None, max_digits=MAX_DIGITS)
    keep: list[Literal["sl", "tp", "price"]] = Field(default_factory=list)


class CancelPayload(TradePayload):
    """Cancel a pending order."""

    order_id: str


class CloseAllPayload(TradePayload):
    """The kill switch."""

    close_positions: bool = True
    cancel_orders: bool = True
    stop_eas: bool = True


class ProbePayload(WireModel):
    """Read something at once; `to` asks for the candles that began before it."""

    what: Literal["account", "positions", "orders", "candles", "permissions"]
    instrument: str | None = None
    timeframe: Timeframe | None = None
    count: int | None = Field(default=None, ge=1, le=5000)
    to: AwareDatetime | None = None


class JobEnvelope(AnswerModel):
    """A claimed job as `GET /agents/{id}/jobs/next` answers it.

    Attributes:
        attempt: Fencing token; every write-back carries it.
        lease_seconds: Time until the work lease must be renewed.
        not_after: A job that trades is never begun after this time.
    """

    job_id: UUID
    type: JobType
    payload: dict[str, Any]
    attempt: int
    lease_seconds: int
    not_after: datetime | None = None


class NoJobs(AnswerModel):
    """Nothing to do within the wait."""

    no_jobs: Literal[True] = True


class JobAck(WireModel):
    """`POST /agents/{id}/jobs/{job_id}/ack`: received; turns the delivery lease into a work lease."""

    attempt: int


class JobResultRequest(WireModel):
    """`POST /agents/{id}/jobs/{job_id}/result`; idempotent per (job, attempt).

    `status` in_progress renews the lease and reports progress (0 to 1, with a text).
    """

    status: Literal["in_progress", "completed", "failed", "expired", "cancelled"]
    result: dict[str, Any] = Field(default_factory=dict)
    logs: list[str] | None = None
    attempt: int
    error_code: str | None = None
    error_detail: str | None = None
    progress: float | None = Field(default=None, ge=0, le=1)


class Acknowledged(AnswerModel):
    """Answer to agents. `cancel_job_ids` are jobs the agent should give up."""

    acknowledged: Literal[True] = True
    cancel_job_ids: list[UUID] = Field(default_factory=list)


class Job(AnswerModel):
    """A row of `GET /jobs` and the answer of `GET /jobs/{id}`."""

    id: UUID
    type: JobType
    status: JobStatus
    payload: dict[str, Any]
    result: dict[str, Any] | None
    error_code: str | None = None
    error_detail: str | None = None
    progress: float | None = None
    created_at: datetime
    updated_at: datetime
