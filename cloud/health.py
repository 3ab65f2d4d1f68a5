"""Health and metrics, outside the versioned API."""

import secrets
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Header
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.agents.repository import fleet
from cloud.deps import ServicesDep
from cloud.metrics import exposition
from cloud.services import Services

router = APIRouter(include_in_schema=False)

# Some watchers ask for the head alone.
_LOOKS = ["GET", "HEAD"]
# Once shown, a status that nothing has any more is shown as 0.
_statuses: set[tuple[str, str]] = set()
_NO_DATABASE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_POOL = Gauge("forexelite_db_pool_connections", "Connections of the pool", ("state",), multiprocess_mode="livesum")
_FLEET = Gauge(
    "forexelite_fleet", "Agents and deployments by status", ("kind", "status"), multiprocess_mode="mostrecent"
)


@router.api_route("/healthz", methods=_LOOKS)
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@router.api_route("/readyz", methods=_LOOKS)
async def readyz(services: ServicesDep) -> Response:
    """The process can do its work: the database answers. Stale prices and a missing Redis are told, no more."""
    told = {"prices": services.market.freshness.status().status, "redis": await services.limits.redis_status()}
    try:
        await services.db.ping()
    except _NO_DATABASE as error:
        return JSONResponse({"status": "unavailable", "database": type(error).__name__, **told}, 503)
    return JSONResponse({"status": "ok", "database": services.db.usage(), **told})


@router.get("/metrics")
async def metrics(services: ServicesDep, authorization: Annotated[str, Header()] = "") -> Response:
    """Prometheus metrics; outside local mode for the holder of METRICS_TOKEN alone."""
    expected = services.settings.metrics_token.get_secret_value()
    allowed = (
        services.settings.mode == "local"
        if not expected
        else secrets.compare_digest(authorization.encode(), f"Bearer {expected}".encode())
    )
    if not allowed:
        raise ForexEliteError(ErrorCode.NOT_FOUND, "There is nothing at this address.")
    await _read_gauges(services)
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)


async def _read_gauges(services: Services) -> None:
    for state, number in services.db.usage().items():
        _POOL.labels(state).set(number)
    try:
        async with services.db.as_service() as tx:
            rows = await fleet(tx)
    except _NO_DATABASE:
        return  # the pool's figures say it
    numbers = {(kind, status): number for kind, status, number in rows}
    _statuses.update(numbers)
    for labels in _statuses:
        _FLEET.labels(*labels).set(numbers.get(labels, 0))
