"""What each kind of uploaded event changes. Kinds without an entry are stored and change nothing."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid5

from agent_core.protocol.agents import AgentEvent
from agent_core.protocol.jobs import CompileOutcome
from agent_core.protocol.trading import AccountAnswer
from cloud.agents import event_repository, repository
from cloud.agents.event_data import (
    AlertRaised,
    DealDone,
    DeploymentReported,
    EaLog,
    JobReported,
    OrderSettled,
    PositionClosed,
    Positions,
    ProjectSaved,
    VersionSaved,
)
from cloud.agents.models import CurrentAgent
from cloud.db.pool import Connection
from cloud.ea.hooks import apply_compile_outcome
from cloud.trading import ledger
from cloud.trading import repository as trades
from cloud.trading.repository import TradeFact

Change = tuple[str, dict[str, Any]]
"""Kind and data of the update for the user's sockets."""
Applier = Callable[[Connection, CurrentAgent, AgentEvent], Awaitable[Change | None]]

_ORDER_EVENTS = {
    "filled": ledger.ORDER_PLACED,
    "partial": ledger.ORDER_PLACED,
    "placed": ledger.ORDER_PLACED,
    "done": ledger.ORDER_MODIFIED,
    "refused": ledger.ORDER_REJECTED,
    "unknown": ledger.ORDER_UNKNOWN,
}


async def _project_saved(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    data = ProjectSaved.model_validate(event.data)
    await event_repository.save_project(tx, agent.user_id, data.project_id, data.name)
    return "ea", {"project_id": data.project_id}


async def _version_saved(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    data = VersionSaved.model_validate(event.data)
    await event_repository.save_version(tx, agent.user_id, data)
    return "ea", {"version_id": data.version_id}


async def _compile_result(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    outcome = CompileOutcome.model_validate(event.data)
    if not await apply_compile_outcome(tx, agent.user_id, outcome):
        return None
    return "ea", {"version_id": outcome.version_id}


async def _deployment_status(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    data = DeploymentReported.model_validate(event.data)
    if not await event_repository.save_deployment(tx, agent, data):
        return None
    return "deployment", {"id": data.deployment_id, "status": data.status, "last_error": data.last_error}


async def _ea_log(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    data = EaLog.model_validate(event.data)
    await event_repository.add_log(tx, agent, data, event.seq, event.at)
    return "log", {"deployment_id": data.deployment_id}


async def _order_outcome(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    data = OrderSettled.model_validate(event.data)
    event_type = _ORDER_EVENTS.get(data.status.lower(), ledger.ORDER_UNKNOWN)
    await ledger.record(
        tx,
        TradeFact(
            id=ledger.order_fact_id(data.client_order_id, event_type), user_id=agent.user_id,
            broker_connection_id=await event_repository.connection_of(tx, agent), event_type=event_type,
            instrument=data.instrument, side=data.side, units=data.units, price=data.price,
            broker_order_id=data.order_id, broker_position_id=data.position_id, raw=event.data, created_at=event.at,
        ),
    )  # fmt: skip
    return None


async def _deal(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    """A fill. What an order here was filled at is told with it; those of pending orders and of others are not."""
    data = DealDone.model_validate(event.data)
    # Deals that end a position come as `position_closed` too.
    if data.entry == "in" and not await trades.fill_told(tx, agent.user_id, data.order_id, event.at):
        fact = TradeFact(
            id=uuid5(agent.agent_id, f"deal {data.deal_id}"), user_id=agent.user_id,
            broker_connection_id=await event_repository.connection_of(tx, agent), event_type=ledger.ORDER_FILLED,
            instrument=data.instrument, side=data.side, units=data.units, price=data.price,
            broker_order_id=data.order_id, broker_position_id=data.position_id, raw=event.data, created_at=event.at,
        )  # fmt: skip
        await ledger.record(tx, fact)
    return None


async def _position_closed(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    data = PositionClosed.model_validate(event.data)
    fact = TradeFact(
        user_id=agent.user_id, broker_connection_id=await event_repository.connection_of(tx, agent),
        event_type=ledger.POSITION_CLOSED, instrument=data.instrument, side=data.side, units=data.units,
        price=data.price, broker_position_id=data.position_id, raw={**event.data, "event_seq": event.seq},
        created_at=event.at,
    )  # fmt: skip
    await ledger.record_close(tx, fact, "event_seq")
    return None


async def _account(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    snapshot = AccountAnswer.model_validate(event.data).model_dump(mode="json")
    await repository.merge_metrics(tx, agent.agent_id, {"account": snapshot})
    return "account", {"agent_id": agent.agent_id}


async def _positions(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    snapshot = Positions.model_validate(event.data).model_dump(mode="json")
    snapshot["positions_as_of"] = event.at.isoformat()
    await repository.merge_metrics(tx, agent.agent_id, snapshot)
    return "positions", {"agent_id": agent.agent_id}


async def _job_result(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    data = JobReported.model_validate(event.data)
    await event_repository.add_job(tx, agent, data, event.at)
    return "job", {"id": data.job_id, "type": data.type, "status": data.status}


async def _alert(tx: Connection, agent: CurrentAgent, event: AgentEvent) -> Change | None:
    data = AlertRaised.model_validate(event.data)
    alert_id = await event_repository.add_alert(tx, agent.user_id, data.level, data.message, event.at)
    return "alert", {"id": alert_id, "level": data.level, "message": data.message[:500]}


APPLIERS: dict[str, Applier] = {
    "project_saved": _project_saved,
    "version_saved": _version_saved,
    "compile_result": _compile_result,
    "deployment_status": _deployment_status,
    "ea_log": _ea_log,
    "order_outcome": _order_outcome,
    "deal": _deal,
    "position_closed": _position_closed,
    "account": _account,
    "positions": _positions,
    "job_result": _job_result,
    "alert": _alert,
}
