"""The FastAPI application."""

import importlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from cloud import health
from cloud.dashboard.endpoints import router as dashboard
from cloud.market.endpoints import sockets as prices
from cloud.middleware import BodyLimit, RequestContext
from cloud.problems import install_problem_handlers
from cloud.services import running_services
from cloud.settings import CloudSettings
from cloud.updates.endpoints import router as updates

#: Packages whose `endpoints.router` is served under /api/v1.
DOMAINS = (
    "auth", "onboarding", "agents", "jobs", "trading", "market", "ea", "deployments", "alerts",
)  # fmt: skip


def create_app(settings: CloudSettings) -> FastAPI:
    """Builds the application. Its services start and stop with its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running_services(settings) as services:
            app.state.services = services
            yield

    app = FastAPI(
        title="ForexElite Pro",
        version=version("forexelite-pro"),
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url="/api/docs" if settings.mode == "local" else None,
        redoc_url=None,
    )
    install_problem_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestContext)
    app.include_router(health.router)
    app.include_router(prices)
    app.include_router(updates)
    app.include_router(dashboard)
    for domain in DOMAINS:
        if importlib.util.find_spec(f"cloud.{domain}") and importlib.util.find_spec(f"cloud.{domain}.endpoints"):
            app.include_router(importlib.import_module(f"cloud.{domain}.endpoints").router, prefix="/api/v1")
    return app
