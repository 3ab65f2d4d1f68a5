"""MT5 accounts of any broker, reached through the user's agent: everything is a job that is answered at once."""

from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import (
    CancelPayload,
    CloseAllPayload,
    ClosePayload,
    JobType,
    ModifyPayload,
    OrderOutcomeModel,
    OrderPayload,
    ProbePayload,
)
from agent_core.protocol.trading import (
    AccountAnswer,
    OrderRequest,
    PendingOrderAnswer,
    PositionAnswer,
    StopAllAnswer,
    StopAllRequest,
)
from cloud.brokers.base import BrokerAccount, Closing, ClosingTold, LevelChange, PlacedOrder
from cloud.jobs.service import JobService

_T = TypeVar("_T")
_Outcome = TypeVar("_Outcome", bound=BaseModel)
_ACCOUNT = TypeAdapter(AccountAnswer)
_POSITIONS = TypeAdapter(list[PositionAnswer])
_ORDERS = TypeAdapter(list[PendingOrderAnswer])
STOP_ALL_SECONDS = 45.0
"""Closing many positions takes one broker round trip each."""


class Mt5AgentAdapter:
    """Implements `BrokerAdapter` by jobs for the agent."""

    def __init__(self, account: BrokerAccount, jobs: JobService) -> None:
        if account.agent_id is None:
            raise ForexEliteError(
                ErrorCode.AGENT_OFFLINE,
                f"No agent is paired for '{account.label}'. Pair the computer with MetaTrader in Settings.",
            )
        # Orders must never reach an account that the user did not mean.
        if account.terminal_account not in (None, account.account_number):
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE,
                f"The terminal is signed in to account {account.terminal_account}, not to {account.account_number}. "
                "Switch the account in MetaTrader and try again.",
            )
        self._account = account
        self._agent_id: UUID = account.agent_id
        self._jobs = jobs

    async def account(self) -> AccountAnswer:
        """Balance, equity and margin now."""
        return _read(_ACCOUNT, await self._probe("account"))

    async def positions(self) -> list[PositionAnswer]:
        """Open positions."""
        return _read(_POSITIONS, (await self._probe("positions")).get("positions"))

    async def orders(self) -> list[PendingOrderAnswer]:
        """Pending orders."""
        return _read(_ORDERS, (await self._probe("orders")).get("orders"))

    async def place_order(self, order: OrderRequest, client_order_id: UUID) -> PlacedOrder:
        """Sends an order. The agent's journal knows `client_order_id`: asked again, it answers the first outcome."""
        payload = OrderPayload(
            account_number=self._account.account_number, client_order_id=client_order_id, instrument=order.instrument,
            side=order.side, type=order.type, units=order.units, price=order.price, sl=order.sl, tp=order.tp,
            sl_mode=order.sl_mode, tp_mode=order.tp_mode,
        )  # fmt: skip
        return _placed(await self._trade(JobType.ORDER, payload))

    async def modify_position(self, position_id: str, change: LevelChange) -> None:
        """Moves stop loss and take profit."""
        await self._modify(change, position_id=position_id)

    async def modify_order(self, order_id: str, change: LevelChange) -> None:
        """Moves a pending order's price and levels."""
        await self._modify(change, order_id=order_id)

    async def cancel_order(self, order_id: str) -> None:
        """Cancels a pending order."""
        payload = CancelPayload(account_number=self._account.account_number, order_id=order_id)
        await self._run(JobType.CANCEL, payload)

    async def close_position(self, position_id: str, units: Decimal | None, client_order_id: UUID) -> Closing:
        """Closes a position, or so many units of it. The agent's journal knows `client_order_id`, as for orders."""
        return _closing(await self._close(position_id, client_order_id, units=units))

    async def close_by(self, position_id: str, opposite_position_id: str, client_order_id: UUID) -> Closing:
        """Closes a position by an opposite one; the agent's journal knows `client_order_id`."""
        return _closing(await self._close(position_id, client_order_id, opposite_position_id=opposite_position_id))

    async def reverse(self, position_id: str, client_order_id: UUID, closed: ClosingTold) -> PlacedOrder:
        """Turns a position over in one job; the agent's event log tells of the closing."""
        return _placed(await self._close(position_id, client_order_id, reverse=True))

    async def stop_all(self, request: StopAllRequest, closed: ClosingTold) -> StopAllAnswer:
        """The kill switch in one job; the agent's event log tells of the closings."""
        payload = CloseAllPayload(
            account_number=self._account.account_number, close_positions=request.close_positions,
            cancel_orders=request.cancel_orders, stop_eas=request.stop_eas,
        )  # fmt: skip
        return _outcome(StopAllAnswer, await self._run(JobType.CLOSE_ALL, payload, grace=STOP_ALL_SECONDS))

    async def _modify(
        self, change: LevelChange, *, position_id: str | None = None, order_id: str | None = None
    ) -> None:
        payload = ModifyPayload(
            account_number=self._account.account_number, position_id=position_id, order_id=order_id,
            price=change.price, sl=change.sl, tp=change.tp, keep=sorted(change.keep),
        )  # fmt: skip
        await self._run(JobType.MODIFY, payload)

    async def _probe(self, what: str) -> dict[str, object]:
        return await self._run(JobType.PROBE, ProbePayload.model_validate({"what": what}))

    async def _close(
        self,
        position_id: str,
        client_order_id: UUID,
        *,
        units: Decimal | None = None,
        opposite_position_id: str | None = None,
        reverse: bool = False,
    ) -> OrderOutcomeModel:
        payload = ClosePayload(
            account_number=self._account.account_number, client_order_id=client_order_id, position_id=position_id,
            units=units, opposite_position_id=opposite_position_id, reverse=reverse,
        )  # fmt: skip
        return await self._trade(JobType.CLOSE, payload)

    async def _trade(self, job_type: JobType, payload: BaseModel) -> OrderOutcomeModel:
        return _outcome(OrderOutcomeModel, await self._run(job_type, payload))

    async def _run(self, job_type: JobType, payload: BaseModel, *, grace: float | None = None) -> dict[str, object]:
        job = await self._jobs.run_and_wait(
            self._account.user_id, self._agent_id, job_type, payload, grace_seconds=grace
        )
        return job.result or {}


def _read(adapter: TypeAdapter[_T], value: object) -> _T:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise ForexEliteError(
            ErrorCode.BROKER_UNAVAILABLE, "The agent's answer can't be read. Update ForexElite Pro on its computer."
        ) from error


def _outcome(model: type[_Outcome], result: dict[str, object]) -> _Outcome:
    try:
        return model.model_validate(result)
    except ValidationError as error:
        raise _garbled() from error


def _placed(outcome: OrderOutcomeModel) -> PlacedOrder:
    return PlacedOrder(outcome.order_id, outcome.position_id, outcome.fill_price, outcome.units, outcome.timestamp)


def _closing(outcome: OrderOutcomeModel) -> Closing:
    if outcome.fill_price is None:
        raise _garbled()
    return Closing(outcome.fill_price, outcome.pnl or Decimal(0), outcome.units, outcome.order_id)


def _garbled() -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.OUTCOME_UNKNOWN,
        "The agent did this but its answer can't be read; look at positions before trying again.",
    )
