"""The FastAPI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from cloud import health, problem_types
from cloud.agents import endpoints as agents
from cloud.alerts import endpoints as alerts
from cloud.auth import endpoints as auth
from cloud.dashboard import endpoints as dashboard
from cloud.deployments import endpoints as deployments
from cloud.ea import endpoints as ea
from cloud.jobs import endpoints as jobs
from cloud.market import endpoints as market
from cloud.middleware import BodyLimit, RequestContext
from cloud.onboarding import endpoints as onboarding
from cloud.openapi import describe
from cloud.openapi_examples import DESCRIPTION
from cloud.problems import install_problem_handlers
from cloud.services import running_services
from cloud.serving import ServerState
from cloud.settings import CloudSettings
from cloud.trading import endpoints as trading
from cloud.updates import endpoints as updates

#: The busiest first, for a request is compared with one route after another.
ROUTERS = (
    agents.router, trading.router, jobs.router, market.router, deployments.router, ea.router, alerts.router,
    onboarding.router, auth.router, market.sockets, updates.router, health.router,
    problem_types.router, dashboard.router,
)  # fmt: skip


def create_app(settings: CloudSettings) -> FastAPI:
    """Builds the application. Its services start and stop with its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[ServerState]:
        async with running_services(settings) as services:
            app.state.services = services
            yield ServerState(draining=services.draining)

    app = FastAPI(
        title="ForexElite Pro",
        version=version("forexelite-pro"),
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url="/api/docs" if settings.mode == "local" else None,
        redoc_url=None,
        # An address with one slash too many is a wrong address: clients do not repeat orders after a redirect.
        redirect_slashes=False,
    )
    install_problem_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestContext)
    for router in ROUTERS:
        # Not `include_router`: a request is looked for twice in a router within the router.
        app.router.routes.extend(router.routes)
    describe(app)
    return app
