"""Every error leaves the cloud as one problem document (RFC 9457) with a code of the shared table."""

import asyncpg
import httpx
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import Counter
from pydantic_core import PydanticSerializationError
from starlette.exceptions import HTTPException

from agent_core.protocol.errors import HTTP_STATUS, ErrorCode, ForexEliteError
from agent_core.protocol.problem import Problem
from cloud.db.gone import DATABASE_GONE, is_gone

_log = structlog.get_logger(__name__)
_VIOLATIONS = Counter("forexelite_db_rls_violations_total", "Writes that row-level security refused")
_CODE_OF_STATUS = {
    401: ErrorCode.INVALID_JWT,
    403: ErrorCode.FORBIDDEN,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.PAYLOAD_TOO_LARGE,
    429: ErrorCode.RATE_LIMITED,
}
_UNSTORABLE = "The request holds a character or a number that can't be stored, like NUL. Take it out and try again."
#: 503s that say something of a user's own computer or broker and nothing of this service.
_ELSEWHERE = frozenset({ErrorCode.AGENT_OFFLINE, ErrorCode.JOB_EXPIRED, ErrorCode.BROKER_UNAVAILABLE})
#: What the whole body is called when it was sent as something else, as curl does by itself.
_NOT_JSON = frozenset({"model_attributes_type", "dict_type", "model_type"})
_PLAIN_DETAIL = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    400: "The body is not valid JSON.",
}


class RateLimitedError(ForexEliteError):
    """Too many requests.

    Attributes:
        retry_after: Seconds until the next request is accepted.
    """

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(ErrorCode.RATE_LIMITED, detail)
        self.retry_after = retry_after


def type_of(code: ErrorCode) -> str:
    """Where a kind of problem is explained."""
    return f"/problems/{code.lower()}"


def title_of(code: ErrorCode) -> str:
    """Short human name of a kind of problem."""
    return code.replace("_", " ").capitalize().replace("jwt", "JWT")


def problem_document(error: ForexEliteError, request_id: str | None = None) -> Problem:
    """The document that tells of an error."""
    return Problem(
        type=type_of(error.code),
        title=title_of(error.code),
        status=HTTP_STATUS[error.code],
        detail=error.detail,
        code=error.code,
        field=error.field,
        instance=request_id,
    )


def problem_response(error: ForexEliteError, request_id: str | None = None) -> JSONResponse:
    """The answer for an error."""
    problem = problem_document(error, request_id)
    headers = {}
    if isinstance(error, RateLimitedError):
        headers["Retry-After"] = str(error.retry_after)
    if error.code is ErrorCode.INVALID_JWT:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        problem.model_dump(exclude_none=True), problem.status, headers=headers, media_type="application/problem+json"
    )


def validation_error(error: RequestValidationError) -> ForexEliteError:
    """The first finding of a refused request as one sentence with its field."""
    finding = error.errors()[0]
    # The first part says where (body, query, path, header); what follows is the field's own path.
    path = ".".join(str(part) for part in finding["loc"][1:])
    if finding["type"] == "json_invalid":
        return ForexEliteError(ErrorCode.VALIDATION_ERROR, "The body is not valid JSON.")
    if finding["type"] in _NOT_JSON and not path:
        return ForexEliteError(ErrorCode.VALIDATION_ERROR, "Send the body as JSON, with Content-Type application/json.")
    if finding["type"] == "extra_forbidden":
        detail = f"{_field_name(path)} is not a field of this request. Leave it out."
    elif finding["type"] == "missing":
        detail = f"{_field_name(path)} is missing. Add it and send again."
    else:
        reason = str(finding["msg"]).split(": ")[-1].rstrip(".")
        detail = f"{_field_name(path)} can't be taken: {reason[:1].lower()}{reason[1:]}. Correct it and send again."
    return ForexEliteError(ErrorCode.VALIDATION_ERROR, detail, field=path or None)


def _field_name(path: str) -> str:
    return {"": "The body", "email": "The e-mail address"}.get(path, f"Field {path}")


def install_problem_handlers(app: FastAPI) -> None:
    """Makes every kind of error a problem document."""

    @app.exception_handler(ForexEliteError)
    async def known(request: Request, error: ForexEliteError) -> JSONResponse:
        request.state.elsewhere = error.code in _ELSEWHERE
        return problem_response(error, _request_id(request))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem_response(validation_error(error), _request_id(request))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        code = _CODE_OF_STATUS.get(
            error.status_code, ErrorCode.VALIDATION_ERROR if error.status_code < 500 else ErrorCode.INTERNAL_ERROR
        )
        detail = _PLAIN_DETAIL.get(error.status_code, str(error.detail))
        response = problem_response(ForexEliteError(code, detail), _request_id(request))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(asyncpg.InsufficientPrivilegeError)
    async def foreign_row(request: Request, error: asyncpg.InsufficientPrivilegeError) -> JSONResponse:
        _VIOLATIONS.inc()
        _log.warning("row_level_security_refused", error=str(error))
        return problem_response(
            ForexEliteError(ErrorCode.FORBIDDEN, "This belongs to someone else."), _request_id(request)
        )

    for complaint in (asyncpg.DataError, UnicodeEncodeError, PydanticSerializationError):
        app.add_exception_handler(complaint, _unstorable)
    app.add_exception_handler(asyncpg.UniqueViolationError, _taken)
    app.add_exception_handler(asyncpg.ForeignKeyViolationError, _gone)
    for kind in (*DATABASE_GONE, httpx.TransportError):
        app.add_exception_handler(kind, _unavailable)

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        _log.error("unhandled_error", exc_info=error)
        response = problem_response(
            ForexEliteError(
                ErrorCode.INTERNAL_ERROR,
                "Something went wrong on our side. Try again; if it stays, tell support the request id.",
            ),
            _request_id(request),
        )
        # This one handler runs outside all middleware, which would add the id.
        response.headers["x-request-id"] = _request_id(request) or ""
        return response


async def _unstorable(request: Request, error: Exception) -> JSONResponse:
    _log.warning("unstorable_value", error=type(error).__name__)
    return problem_response(ForexEliteError(ErrorCode.VALIDATION_ERROR, _UNSTORABLE), _request_id(request))


async def _taken(request: Request, error: Exception) -> JSONResponse:
    _log.warning("id_taken", constraint=getattr(error, "constraint_name", None))
    refusal = ForexEliteError(ErrorCode.CONFLICT, "This id is taken. Leave it out to get a new one.")
    return problem_response(refusal, _request_id(request))


async def _gone(request: Request, error: Exception) -> JSONResponse:
    constraint = str(getattr(error, "constraint_name", None))
    _log.warning("row_gone", constraint=constraint)
    if constraint.endswith("user_id_fkey"):
        refusal = ForexEliteError(ErrorCode.INVALID_JWT, "This account was deleted. Sign up again.")
    else:
        refusal = ForexEliteError(ErrorCode.NOT_FOUND, "What this belongs to was deleted meanwhile. Load it again.")
    return problem_response(refusal, _request_id(request))


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, asyncpg.InterfaceError) and not is_gone(error):
        return await _unstorable(request, error)
    _log.error("dependency_unavailable", error=f"{type(error).__name__}: {error}")
    busy = ForexEliteError(ErrorCode.SERVICE_UNAVAILABLE, "The service is busy or restarting. Try again shortly.")
    return problem_response(busy, _request_id(request))


def _request_id(request: Request) -> str | None:
    return getattr(request.state, "request_id", None)
