"""Whether a user may trade yet, asked before every request that trades."""

import time
from uuid import UUID

from cloud.auth.claims import Claims
from cloud.db.pool import Database
from cloud.onboarding.repository import onboarding_facts

_REMEMBERED_SECONDS = 10.0
_MOST = 10_000


class OnboardingGate:
    """Remembers for some seconds who has onboarded; who has not is looked up each time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passed: dict[UUID, float] = {}

    async def open_for(self, user: Claims) -> bool:
        """Whether the user has connected a broker and accepted the disclaimer."""
        now = time.monotonic()
        if self._passed.get(user.user_id, 0.0) > now:
            return True
        async with self._database.as_service_once() as tx:
            onboarded = all(await onboarding_facts(tx, user.user_id))
        if onboarded:
            if len(self._passed) >= _MOST:
                self._passed.clear()
            self._passed[user.user_id] = now + _REMEMBERED_SECONDS
        return onboarded
