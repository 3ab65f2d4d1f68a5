"""Proves that a request comes from the agent in its address, by the header X-Agent-Key."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import Depends, Header
from limits import RateLimitItemPerMinute
from starlette.requests import HTTPConnection

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.agents import models
from cloud.deps import services_of

_REQUESTS = RateLimitItemPerMinute(2400)
"""A busy agent polls again after each job; this only stops a runaway one."""


async def _current_agent(
    connection: HTTPConnection, agent_id: UUID, x_agent_key: Annotated[str | None, Header()] = None
) -> models.CurrentAgent:
    services = services_of(connection)
    agent = await services.agent_keys.owner(x_agent_key or "")
    if agent is None:
        raise ForexEliteError(
            ErrorCode.INVALID_AGENT_KEY, "The agent's key is not valid any more. Pair this computer again in Settings."
        )
    if agent.agent_id != agent_id:
        raise ForexEliteError(ErrorCode.FORBIDDEN, "This key belongs to another agent.")
    structlog.contextvars.bind_contextvars(agent_id=str(agent_id))
    await services.limits.count(_REQUESTS, "agent", str(agent_id))
    return agent


CurrentAgent = Annotated[models.CurrentAgent, Depends(_current_agent)]
