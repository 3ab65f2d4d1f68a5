"""Errors as GoTrue answers them, in its current and its legacy form."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

_VERSION_HEADER = "x-supabase-api-version"
_CURRENT = "2024-01-01"


class AuthError(Exception):
    """An error with GoTrue's HTTP status, code and message."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra


class OAuthError(Exception):
    """GoTrue's OAuth-style error for a malformed refresh."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


async def answer_auth_error(request: Request, error: Exception) -> JSONResponse:
    """The answer in the form the client's API version asks for."""
    assert isinstance(error, AuthError)  # noqa: S101  (Starlette calls by type)
    headers = {"x-sb-error-code": error.code}
    if request.headers.get(_VERSION_HEADER, "") >= _CURRENT:
        body = {"code": error.code, "message": error.message, **error.extra}
        return JSONResponse(body, error.status, headers={**headers, _VERSION_HEADER: _CURRENT})
    legacy = {"code": error.status, "error_code": error.code, "msg": error.message, **error.extra}
    return JSONResponse(legacy, error.status, headers=headers)


async def answer_oauth_error(_request: Request, error: Exception) -> JSONResponse:
    """The OAuth-style answer."""
    assert isinstance(error, OAuthError)  # noqa: S101  (Starlette calls by type)
    return JSONResponse({"error": error.error, "error_description": error.description}, 400)
