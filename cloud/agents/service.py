"""Pairing of agents and files they upload."""

import hashlib
from uuid import UUID, uuid4

from agent_core.protocol.agents import AgentInfo, PairAnswer
from agent_core.protocol.ea import ArtifactKind
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.agents import repository
from cloud.agents.keys import fingerprint, make_key
from cloud.agents.models import CurrentAgent
from cloud.auth.claims import Claims
from cloud.ea import repository as ea
from cloud.jobs import repository as jobs
from cloud.pages import PAGE_SIZE, Place
from cloud.services import Services
from cloud.updates.notify import notify_user

_FILE_NAMES: dict[ArtifactKind, str] = {"MQ5": "source.mq5", "EX5": "expert.ex5", "SOURCE_ZIP": "source.zip"}


async def pair(services: Services, claims: Claims, name: str) -> PairAnswer:
    """Adds an agent. Its key is in the answer and nowhere else."""
    agent_id = uuid4()
    key = make_key(_secret(services), agent_id, 1)
    async with services.db.as_service() as tx:
        await repository.insert(
            tx, agent_id=agent_id, user_id=claims.user_id, name=name.strip(), fingerprint=fingerprint(key)
        )
        notify_user(tx, claims.user_id, "agent", {"id": agent_id, "status": "offline"})
    return PairAnswer(agent_id=agent_id, pairing_key=key)


async def rekey(services: Services, claims: Claims, agent_id: UUID) -> PairAnswer:
    """Gives an agent a new key; the old one dies at once.

    Raises:
        ForexEliteError: NOT_FOUND.
    """
    async with services.db.as_service() as tx:
        agent = await repository.lock(tx, claims.user_id, agent_id)
        if agent is None:
            raise _no_such_agent()
        key = make_key(_secret(services), agent_id, agent.key_generation + 1)
        await repository.set_key(tx, agent_id, generation=agent.key_generation + 1, fingerprint=fingerprint(key))
        jobs.wake_agent(tx, agent_id)
    services.agent_keys.forget(str(agent_id))
    return PairAnswer(agent_id=agent_id, pairing_key=key)


async def unpair(services: Services, claims: Claims, agent_id: UUID) -> None:
    """Ends the pairing: the key dies, waiting jobs are cancelled. What the agent reported stays.

    Raises:
        ForexEliteError: NOT_FOUND.
    """
    async with services.db.as_service() as tx:
        if await repository.lock(tx, claims.user_id, agent_id) is None:
            raise _no_such_agent()
        await repository.revoke(tx, agent_id)
        jobs.wake_agent(tx, agent_id)
        notify_user(tx, claims.user_id, "agent", {"id": agent_id, "status": "offline"})
    services.agent_keys.forget(str(agent_id))


async def page(services: Services, claims: Claims, before: Place | None) -> list[AgentInfo]:
    """The user's paired agents, newest first."""
    async with services.db.as_user(claims) as tx:
        return await repository.page(tx, claims.user_id, before=before, limit=PAGE_SIZE)


async def store_artifact(
    services: Services, agent: CurrentAgent, version_id: UUID, kind: ArtifactKind, data: bytes, sha256: str
) -> None:
    """Keeps a file that the agent made of a version. The same file again changes nothing.

    Raises:
        ForexEliteError: VALIDATION_ERROR, the content is not what its checksum says; NOT_FOUND, the user has no such
            version; SERVICE_UNAVAILABLE, Storage doesn't answer.
    """
    if hashlib.sha256(data).hexdigest() != sha256.lower():
        raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "The file arrived damaged; send it again.", field="X-Sha256")
    claims = Claims.of_user(agent.user_id)
    async with services.db.as_user(claims) as tx:
        if await ea.version(tx, version_id) is None:
            raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such version; upload its source first.")
    # The checksum in the name keeps what a link points at unchanged when a later compilation uploads again.
    path = f"{agent.user_id}/{version_id}/{sha256[:16].lower()}-{_FILE_NAMES[kind]}"
    await services.storage.put(path, data)
    async with services.db.as_service() as tx:
        await ea.insert_artifact(tx, agent.user_id, version_id, kind, path, sha256.lower(), len(data))
        notify_user(tx, agent.user_id, "ea", {"version_id": version_id})


def _secret(services: Services) -> bytes:
    return services.settings.agent_key_secret.get_secret_value().encode()


def _no_such_agent() -> ForexEliteError:
    return ForexEliteError(ErrorCode.NOT_FOUND, "There is no such agent.")
