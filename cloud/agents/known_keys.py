"""Whose key a request carries. A key found good is taken as good for some seconds, unless the database says otherwise.

An agent sends several requests for each job, and each would cost a transaction of its own.
"""

import hmac
import time
from uuid import UUID

from cloud.agents import repository
from cloud.agents.keys import fingerprint, read_key
from cloud.agents.models import CurrentAgent
from cloud.db.pool import Database
from cloud.jobs.repository import KEY_ENDED_CHANNEL

_REMEMBERED_SECONDS = 10.0
_MOST_REMEMBERED = 10_000


class KnownKeys:
    """Keys of paired agents."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret
        # Agent → fingerprint of its key, whose it is, until when that is taken as true.
        self._known: dict[UUID, tuple[str, CurrentAgent, float]] = {}
        self._endings = 0

    async def start(self) -> None:
        """Begins to listen for keys that end."""
        await self._database.listen(KEY_ENDED_CHANNEL, self.forget)

    def forget(self, agent_id: str = "") -> None:
        """Looks the agent's key up again from now on; without an id, all keys."""
        self._endings += 1
        if agent_id:
            self._known.pop(UUID(agent_id), None)
        else:
            self._known.clear()

    async def owner(self, key: str) -> CurrentAgent | None:
        """The paired agent that has this key; null when the key is not, or no longer, valid."""
        claim = read_key(self._secret, key)
        if claim is None:
            return None
        mark = fingerprint(key)
        known = self._known.get(claim.agent_id)
        if (
            known is not None
            and hmac.compare_digest(known[0], mark)
            and time.monotonic() < known[2]
            and self._database.listening
        ):
            return known[1]
        endings = self._endings
        async with self._database.as_service_once() as tx:
            row = await repository.find(tx, claim.agent_id)
        if (
            row is None
            or row.revoked_at is not None
            or row.key_generation != claim.generation
            or not hmac.compare_digest(row.agent_key_fingerprint, mark)
        ):
            return None
        agent = CurrentAgent(agent_id=claim.agent_id, user_id=row.user_id)
        if endings == self._endings:  # else this may be the very key that ended meanwhile
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[agent.agent_id] = mark, agent, time.monotonic() + _REMEMBERED_SECONDS
        return agent
