"""All SQL of incidents and of what is told about them and about users' alerts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from cloud.db.pool import Connection

# Nobody wants yesterday's alerts when the mail server is back.
_TOLD_WITHIN = timedelta(hours=6)
_WORKER_GONE = timedelta(seconds=90)
# Any constant does; it only has to be the same for all workers.
_LOCK = 0x466F7265_78416C72 % 2**62


@dataclass(frozen=True, slots=True)
class Telling:
    """Something to be told.

    Attributes:
        source: The table it comes from.
        over: It is the end that is told.
        email: Whom to; None is whoever runs the service.
    """

    source: Literal["incidents", "alerts"]
    id: UUID
    kind: str
    message: str
    since: datetime
    over: bool
    email: str | None = None


async def write_readings(tx: Connection, worker: UUID, readings: dict[str, float]) -> None:
    """Keeps a worker's counts of the last five minutes."""
    await tx.execute(
        """insert into private.worker_readings (worker, readings) values ($1, $2)
           on conflict (worker) do update set readings = excluded.readings, read_at = now()""",
        worker,
        readings,
    )


async def all_readings(tx: Connection) -> dict[str, float]:
    """Sums over all workers that live; `workers` is their number."""
    await tx.execute("delete from private.worker_readings where read_at < now() - $1::interval", _WORKER_GONE)
    rows = await tx.fetch("select readings from private.worker_readings")
    sums: dict[str, float] = {"workers": len(rows)}
    for row in rows:
        for name, value in row["readings"].items():
            sums[name] = sums.get(name, 0) + value
    return sums


async def only_here(tx: Connection) -> bool:
    """Whether this transaction is the only one that now looks after incidents."""
    return bool(await tx.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK))


async def settle(tx: Connection, rule: str, finding: str | None) -> bool:
    """Opens an incident, keeps it open, or closes it. Returns whether anything changed."""
    if finding is None:
        changed = await tx.fetchval(
            "update private.incidents set resolved_at = now() where rule = $1 and resolved_at is null returning true",
            rule,
        )
    else:
        changed = await tx.fetchval(
            """insert into private.incidents (rule, message) values ($1, $2)
               on conflict (rule) where resolved_at is null do nothing returning true""",
            rule,
            finding,
        )
    return bool(changed)


async def untold_incident(tx: Connection, besides: list[UUID]) -> Telling | None:
    """Beginning or end of an incident that nobody was told yet; nobody else gets it while this transaction lasts."""
    row = await tx.fetchrow(
        """select 'incidents' as source, id, rule as kind, message, opened_at as since, told_at is not null as over
           from private.incidents
           where id <> all($2)
             and (told_at is null and opened_at > now() - $1::interval
                  or told_at is not null and told_over_at is null and resolved_at > now() - $1::interval)
           order by opened_at limit 1 for update skip locked""",
        _TOLD_WITHIN,
        besides,
    )
    return Telling(**dict(row)) if row else None


async def untold_alert(tx: Connection, besides: list[UUID]) -> Telling | None:
    """Beginning of a user's alert, or the end of one that was told; nobody else gets it meanwhile."""
    row = await tx.fetchrow(
        """select 'alerts' as source, a.id, a.kind, a.message, a.created_at as since, a.told_at is not null as over,
               p.email
           from public.alerts a join public.profiles p on p.id = a.user_id
           where a.level <> 'info' and p.email <> '' and a.id <> all($2)
             and (a.told_at is null and a.resolved_at is null and a.created_at > now() - $1::interval
                  or a.told_at is not null and a.told_over_at is null and a.resolved_at > now() - $1::interval)
           order by a.created_at limit 1 for update of a skip locked""",
        _TOLD_WITHIN,
        besides,
    )
    return Telling(**dict(row)) if row else None


async def mark_told(tx: Connection, telling: Telling) -> None:
    """Notes that it was told."""
    table = "private.incidents" if telling.source == "incidents" else "public.alerts"
    column = "told_over_at" if telling.over else "told_at"
    await tx.execute(f"update {table} set {column} = now() where id = $1", telling.id)  # noqa: S608
