"""Which handler does which job; the same for the window and for the cloud."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from agent_core.ea.models import EaDeployment
from agent_core.ea.service import EaService
from agent_core.jobs.executor import JobExecutor
from agent_core.jobs.models import JobContext, JobHandler, JobKind, Lane
from agent_core.jobs.trading import TradingJobs
from agent_core.protocol.base import WireModel
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import (
    BacktestOutcome,
    BacktestPayload,
    CancelPayload,
    CloseAllPayload,
    ClosePayload,
    CompileOutcome,
    CompilePayload,
    DeploymentOutcome,
    DeploymentPayload,
    DeployPayload,
    JobType,
    ModifyPayload,
    OrderPayload,
    ProbePayload,
    TradePayload,
)
from agent_core.terminal.service import TerminalService
from agent_core.trading.desk import TradingDesk
from agent_core.trading.journal import OrderJournal

_TRADE_SECONDS = 60.0
_CLOSE_ALL_SECONDS = 180.0
_READ_SECONDS = 30.0
_BUILD_SECONDS = 400.0
_RUN_SECONDS = 90.0
_TEST_SECONDS = 1000.0


class EaJobs:
    """Compile, test, deploy, start and stop, as jobs."""

    def __init__(self, ea: EaService, desk: TradingDesk) -> None:
        self._ea = ea
        self._desk = desk

    async def compile(self, payload: CompilePayload, context: JobContext) -> CompileOutcome:
        """Compiles a version; one the library does not know is kept first."""
        version = self._ea.adopt(payload)
        return await self._ea.compile(version.id, context.progress)

    async def deploy(self, payload: DeployPayload, context: JobContext) -> DeploymentOutcome:
        """Copies a version's program into the terminal."""
        return _outcome(await self._ea.deploy(payload, context.progress))

    async def start(self, payload: DeploymentPayload, context: JobContext) -> DeploymentOutcome:
        """Runs a deployment. One that may trade needs an armed account that is not locked, like every order."""
        trades = any(found.id == payload.deployment_id and found.allow_trading for found in self._ea.deployments())
        if trades and not self._desk.armed:
            raise ForexEliteError(
                ErrorCode.NOT_ARMED,
                "This EA may trade, but trading on this account is not armed. Arm it in the top bar, then start again.",
            )
        if trades and self._desk.risk.locked:
            raise ForexEliteError(ErrorCode.RISK_LIMIT, f"This EA may trade, but: {self._desk.risk.message}")
        return _outcome(await self._ea.start(payload.deployment_id, context.progress))

    async def stop(self, payload: DeploymentPayload, context: JobContext) -> DeploymentOutcome:
        """Stops a deployment."""
        return _outcome(await self._ea.stop(payload.deployment_id, context.progress))

    async def test(self, payload: BacktestPayload, context: JobContext) -> BacktestOutcome:
        """Tests a version in the strategy tester; it can't trade there."""
        return await self._ea.test(payload, context.progress)


def register_handlers(
    executor: JobExecutor, terminal: TerminalService, desk: TradingDesk, ea: EaService, journal: OrderJournal
) -> None:
    """Tells the executor how each type of job is run."""
    trading, eas = TradingJobs(terminal, desk, ea, journal), EaJobs(ea, desk)
    meant = for_its_account(terminal)

    def trade(
        payload: type[WireModel], handler: JobHandler, recover: Callable[[Any, UUID], Awaitable[BaseModel | None]]
    ) -> JobKind:
        return JobKind(payload, handler, Lane.TRADING, _TRADE_SECONDS, check=meant, trades=True, recover=recover)

    kinds = {
        JobType.ORDER: trade(OrderPayload, trading.order, trading.recover_order),
        JobType.CLOSE: trade(ClosePayload, trading.close, trading.recover_close),
        JobType.MODIFY: trade(ModifyPayload, trading.modify, trading.recover_change),
        JobType.CANCEL: trade(CancelPayload, trading.cancel, trading.recover_change),
        JobType.CLOSE_ALL: JobKind(
            CloseAllPayload,
            trading.close_all,
            Lane.TRADING,
            _CLOSE_ALL_SECONDS,
            check=meant,
            trades=True,
            recover=trading.recover_close_all,
        ),
        JobType.PROBE: JobKind(ProbePayload, trading.probe, Lane.READ, _READ_SECONDS),
        JobType.COMPILE: JobKind(CompilePayload, eas.compile, Lane.BUILD, _BUILD_SECONDS),
        JobType.DEPLOY: JobKind(DeployPayload, eas.deploy, Lane.BUILD, _BUILD_SECONDS),
        JobType.START: JobKind(DeploymentPayload, eas.start, Lane.RUN, _RUN_SECONDS, check=meant),
        JobType.STOP: JobKind(DeploymentPayload, eas.stop, Lane.RUN, _RUN_SECONDS),
        JobType.TEST: JobKind(BacktestPayload, eas.test, Lane.TEST, _TEST_SECONDS),
    }
    for type_, kind in kinds.items():
        executor.register(type_, kind)


def for_its_account(terminal: TerminalService) -> Callable[[TradePayload], Awaitable[None]]:
    """Returns a check that refuses what is meant for another account than the terminal is signed in to."""

    async def check(payload: TradePayload) -> None:
        if payload.account_number is not None:
            account = await terminal.refresh_account()
            if str(account.login) != payload.account_number:
                raise ForexEliteError(
                    ErrorCode.BROKER_UNAVAILABLE,
                    f"This was meant for account {payload.account_number}, but MetaTrader is signed in to account "
                    f"{account.login}; nothing was done. Switch the account in MetaTrader and try again.",
                )

    return check


def _outcome(deployment: EaDeployment) -> DeploymentOutcome:
    return DeploymentOutcome(deployment_id=deployment.id, status=deployment.status, detail=deployment.last_error)
