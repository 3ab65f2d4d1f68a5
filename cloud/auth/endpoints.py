"""`/api/v1/auth`: a thin door to Supabase Auth."""

from fastapi import APIRouter, status

from agent_core.protocol.auth import LoginRequest, RefreshRequest, SessionAnswer, SignupRequest, User
from cloud.deps import CurrentUser, RefreshLimit, ServicesDep, SignInLimit

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


@router.post("/signup", status_code=status.HTTP_201_CREATED, dependencies=[SignInLimit])
async def sign_up(services: ServicesDep, request: SignupRequest) -> SessionAnswer:
    """Makes an account and signs in."""
    return await services.auth.sign_up(request.email, request.password.get_secret_value(), request.name)


@router.post("/login", dependencies=[SignInLimit])
async def sign_in(services: ServicesDep, request: LoginRequest) -> SessionAnswer:
    """Signs in."""
    return await services.auth.sign_in(request.email, request.password.get_secret_value())


@router.post("/refresh", dependencies=[RefreshLimit])
async def refresh(services: ServicesDep, request: RefreshRequest) -> SessionAnswer:
    """Turns a refresh token into a new session; the old token works no more."""
    return await services.auth.refresh(request.refresh_token.get_secret_value())


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT, dependencies=[RefreshLimit])
async def sign_out(services: ServicesDep, request: RefreshRequest) -> None:
    """Ends the session of a refresh token."""
    await services.auth.sign_out(request.refresh_token.get_secret_value())


@router.get("/me")
async def me(user: CurrentUser) -> User:
    """The signed-in user."""
    metadata = user.raw.get("user_metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return User(id=user.user_id, email=user.email, name=name if isinstance(name, str) else None)
