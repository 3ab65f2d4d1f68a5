"""Proves that a request comes from the agent in its address, by the header X-Agent-Key."""

import hmac
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import Depends, Header
from limits import RateLimitItemPerMinute
from starlette.requests import HTTPConnection

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.agents import models, repository
from cloud.agents.keys import fingerprint, read_key
from cloud.deps import services_of

_REQUESTS = RateLimitItemPerMinute(1200)
"""A busy agent polls again after each job; this only stops a runaway one."""


async def _current_agent(
    connection: HTTPConnection, agent_id: UUID, x_agent_key: Annotated[str | None, Header()] = None
) -> models.CurrentAgent:
    services = services_of(connection)
    claim = read_key(services.settings.agent_key_secret.get_secret_value().encode(), x_agent_key or "")
    if claim is None:
        raise _invalid()
    async with services.db.as_service() as tx:
        agent = await repository.find(tx, claim.agent_id)
    if (
        agent is None
        or agent.revoked_at is not None
        or agent.key_generation != claim.generation
        or not hmac.compare_digest(agent.agent_key_fingerprint, fingerprint(x_agent_key or ""))
    ):
        raise _invalid()
    if claim.agent_id != agent_id:
        raise ForexEliteError(ErrorCode.FORBIDDEN, "This key belongs to another agent.")
    structlog.contextvars.bind_contextvars(agent_id=str(agent_id))
    await services.limits.count(_REQUESTS, "agent", str(agent_id))
    return models.CurrentAgent(agent_id=agent_id, user_id=agent.user_id)


CurrentAgent = Annotated[models.CurrentAgent, Depends(_current_agent)]


def _invalid() -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.INVALID_AGENT_KEY, "The agent's key is not valid any more. Pair this computer again in Settings."
    )
