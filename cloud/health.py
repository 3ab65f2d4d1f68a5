"""Health and metrics, outside the versioned API."""

import secrets
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Header
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.deps import ServicesDep

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(services: ServicesDep) -> Response:
    """The process can do its work: the database answers."""
    try:
        await services.db.ping()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return JSONResponse({"status": "unavailable", "database": type(error).__name__}, 503)
    return JSONResponse({"status": "ok", "database": services.db.usage()})


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
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
