"""Bodies of `/api/v1/auth`."""

from uuid import UUID

from pydantic import EmailStr, Field, SecretStr

from agent_core.protocol.base import AnswerModel, Name, WireModel


class LoginRequest(WireModel):
    """`POST /auth/login`."""

    email: EmailStr
    password: SecretStr = Field(max_length=72)


class SignupRequest(WireModel):
    """`POST /auth/signup`."""

    email: EmailStr
    password: SecretStr = Field(min_length=8, max_length=72)
    name: Name


class RefreshRequest(WireModel):
    """`POST /auth/refresh` and `POST /auth/logout`."""

    refresh_token: SecretStr


class User(AnswerModel):
    """The signed-in user; `GET /auth/me` answers it."""

    id: UUID
    email: str
    name: str | None = None


class SessionAnswer(AnswerModel):
    """Answer of signup, login and refresh. `expires_in` is in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "bearer"  # noqa: S105
    user: User
