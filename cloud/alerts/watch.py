"""Looks after the rules: evaluates them, opens and closes incidents, and has people told, each once."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import structlog

from cloud.alerts import incidents
from cloud.alerts.courier import Courier, UndeliveredError
from cloud.alerts.incidents import Telling
from cloud.alerts.rules import RULES
from cloud.db.pool import Connection, Database
from cloud.metrics import RECENT

_log = structlog.get_logger(__name__)

WATCH_SECONDS = 15.0


class OperationWatch:
    """One for each worker; together they do everything once.

    Args:
        present: What this worker counts that is no event: open sockets, stale prices.
    """

    def __init__(self, database: Database, courier: Courier, present: Callable[[], dict[str, float]]) -> None:
        self._database = database
        self._courier = courier
        self._present = present
        self._worker = uuid4()

    async def look(self) -> None:
        """Does everything that is due."""
        async with self._database.as_service() as tx:
            await incidents.write_readings(tx, self._worker, {**RECENT.totals(), **self._present()})
        async with self._database.as_service() as tx:
            if await incidents.only_here(tx):
                readings = await incidents.all_readings(tx)
                for rule in RULES:
                    finding = rule.finding(readings)
                    if await incidents.settle(tx, rule.name, finding):
                        _log.warning("incident", rule=rule.name, finding=finding or "over")
        if self._courier.serves_operators:
            await self._deliver(incidents.untold_incident)
        if self._courier.serves_users:
            await self._deliver(incidents.untold_alert)

    async def _deliver(self, untold: Callable[[Connection, list[UUID]], Awaitable[Telling | None]]) -> None:
        undelivered: list[UUID] = []
        while True:
            async with self._database.as_service() as tx:
                telling = await untold(tx, undelivered)
                if telling is None:
                    return
                try:
                    await self._courier.tell(telling)
                except UndeliveredError as error:
                    _log.warning("alert_undelivered", kind=telling.kind, error=str(error))
                    if error.for_all:
                        return
                    undelivered.append(telling.id)
                    continue
                await incidents.mark_told(tx, telling)
