"""What endpoints ask for: the services, the signed-in user, the onboarded user."""

from typing import Annotated, cast

import structlog
from fastapi import Depends, Header
from starlette.requests import HTTPConnection

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.auth.claims import Claims
from cloud.services import Services


def services_of(connection: HTTPConnection) -> Services:
    """The services that answer a request; for dependencies, each of which would otherwise ask FastAPI once more."""
    return cast("Services", connection.app.state.services)


async def _services(connection: HTTPConnection) -> Services:
    # Not a plain function: those are run in a thread.
    return services_of(connection)


ServicesDep = Annotated[Services, Depends(_services)]


def client_address(connection: HTTPConnection) -> str:
    """IP address of the caller, as uvicorn sees it behind the configured proxies."""
    return connection.client.host if connection.client else "unknown"


Authorization = Annotated[str | None, Header()]


async def _signed_in(connection: HTTPConnection, authorization: str | None) -> Claims:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ForexEliteError(ErrorCode.INVALID_JWT, "Sign in: this address needs an access token.")
    claims = await services_of(connection).tokens.verify(token.strip())
    structlog.contextvars.bind_contextvars(user_id=str(claims.user_id))
    return claims


async def _current_user(connection: HTTPConnection, authorization: Authorization = None) -> Claims:
    claims = await _signed_in(connection, authorization)
    await services_of(connection).limits.user_request(claims.user_id)
    return claims


CurrentUser = Annotated[Claims, Depends(_current_user)]


async def _pass_gate(connection: HTTPConnection, user: Claims) -> Claims:
    if not await services_of(connection).gate.open_for(user):
        raise ForexEliteError(ErrorCode.ONBOARDING_INCOMPLETE, "onboarding_required")
    return user


async def _onboarded_user(connection: HTTPConnection, authorization: Authorization = None) -> Claims:
    return await _pass_gate(connection, await _current_user(connection, authorization))


OnboardedUser = Annotated[Claims, Depends(_onboarded_user)]


async def _leaving_user(connection: HTTPConnection, authorization: Authorization = None) -> Claims:
    user = await _signed_in(connection, authorization)
    await services_of(connection).limits.way_out(user.user_id)
    return await _pass_gate(connection, user)


LeavingUser = Annotated[Claims, Depends(_leaving_user)]
"""An onboarded user who closes, cancels or stops: other requests, however many, don't use up the limit on these."""


async def _limit_sign_ins(connection: HTTPConnection) -> None:
    await services_of(connection).limits.sign_in(client_address(connection))


async def _limit_refreshes(connection: HTTPConnection) -> None:
    await services_of(connection).limits.refresh(client_address(connection))


SignInLimit = Depends(_limit_sign_ins)
RefreshLimit = Depends(_limit_refreshes)

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
