"""`/api/v1/agents`: pairing by the user; heartbeat, jobs, events and files by the agent."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from agent_core.protocol.agents import AgentInfo, EventBatch, EventsAnswer, HeartbeatRequest, PairAnswer, PairRequest
from agent_core.protocol.ea import ArtifactKind
from agent_core.protocol.jobs import Acknowledged, JobAck, JobEnvelope, JobResultRequest, NoJobs
from cloud.agents import service
from cloud.agents.auth import CurrentAgent
from cloud.deps import CurrentUser, ServicesDep
from cloud.jobs.delivery import Caller
from cloud.pages import Cursor, cursor_after, decode_cursor, name_next
from cloud.services import Services

router = APIRouter(prefix="/api/v1/agents", tags=["MT5 agent"])
_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": "MQ5..."}
        },
    }
}


@router.post("/pair", status_code=201)
async def pair(services: ServicesDep, user: CurrentUser, request: PairRequest) -> PairAnswer:
    """Adds an agent. The key in the answer is shown this once."""
    return await service.pair(services, user, request.agent_name)


@router.get("")
async def list_agents(
    services: ServicesDep, user: CurrentUser, response: Response, cursor: Cursor = None
) -> list[AgentInfo]:
    """The user's paired agents, newest first."""
    agents = await service.page(services, user, decode_cursor(cursor))
    name_next(response, cursor_after(agents))
    return agents


@router.delete("/{agent_id}", status_code=204)
async def unpair(agent_id: UUID, services: ServicesDep, user: CurrentUser) -> None:
    """Ends the pairing; the agent's key is refused from now on."""
    await service.unpair(services, user, agent_id)


@router.post("/{agent_id}/key", status_code=201)
async def rekey(agent_id: UUID, services: ServicesDep, user: CurrentUser) -> PairAnswer:
    """Gives the agent a new key; the old one is refused from now on."""
    return await service.rekey(services, user, agent_id)


@router.post("/{agent_id}/heartbeat")
async def heartbeat(services: ServicesDep, agent: CurrentAgent, request: HeartbeatRequest) -> Acknowledged:
    """Sign of life: state of the deployments, figures, leases of the jobs in hand."""
    async with services.db.as_service() as tx:
        await services.presence.beat(tx, agent, request)
        cancel = await services.delivery.renew(tx, agent.agent_id, request.held_jobs)
    return Acknowledged(cancel_job_ids=cancel)


@router.get("/{agent_id}/jobs/next")
async def next_job(
    http: Request,
    services: ServicesDep,
    agent: CurrentAgent,
    wait: Annotated[float, Query(ge=0, le=60, description="seconds to wait for work")] = 25,
) -> JobEnvelope | NoJobs:
    """Long poll for the next job. A newer poll of the same agent ends this one."""
    caller = Caller()
    watches = [asyncio.create_task(_watch(http, caller)), asyncio.create_task(_drain(services, caller))]
    try:
        return await services.delivery.next_job(
            agent.agent_id, wait, caller, lambda tx, token: services.presence.seen(tx, agent, token)
        )
    finally:
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)


async def _watch(http: Request, caller: Caller) -> None:
    """Notices that the agent hung up: a plain route's handler is not cancelled for that."""
    while (await http.receive())["type"] != "http.disconnect":
        pass
    caller.leave()


async def _drain(services: Services, caller: Caller) -> None:
    """Sends the agent to another worker when this one stops: it claims nothing here any more."""
    await services.draining.wait()
    caller.leave()


@router.post("/{agent_id}/jobs/{job_id}/ack")
async def acknowledge(services: ServicesDep, agent: CurrentAgent, job_id: UUID, request: JobAck) -> Acknowledged:
    """The agent has received the job."""
    return await services.delivery.acknowledge(agent.agent_id, job_id, request.attempt)


@router.post("/{agent_id}/jobs/{job_id}/result")
async def report(services: ServicesDep, agent: CurrentAgent, job_id: UUID, request: JobResultRequest) -> Acknowledged:
    """Progress or outcome of a job."""
    return await services.delivery.report(agent.agent_id, job_id, request)


@router.post("/{agent_id}/events")
async def upload_events(services: ServicesDep, agent: CurrentAgent, batch: EventBatch) -> EventsAnswer:
    """The next part of the agent's event log."""
    return await services.intake.store(agent, batch)


@router.put("/{agent_id}/versions/{version_id}/artifacts/{kind}", status_code=204, openapi_extra=_FILE)
async def upload_artifact(
    http: Request,
    services: ServicesDep,
    agent: CurrentAgent,
    version_id: UUID,
    kind: ArtifactKind,
    x_sha256: Annotated[str, Header(pattern="^[0-9a-fA-F]{64}$")],
) -> None:
    """A file the agent made of a version; the body is the file itself."""
    await service.store_artifact(services, agent, version_id, kind, await http.body(), x_sha256)
