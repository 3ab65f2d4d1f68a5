"""ASGI middleware: request ids with one log line each, and the limit on request bodies."""

import re
import time
from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.metrics import observe_request
from cloud.problems import problem_response

_log = structlog.get_logger("cloud.requests")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_ARTIFACT_PATH = re.compile(r"/api/v1/agents/[^/]+/versions/[^/]+/artifacts/[^/]+")
MAX_BODY_BYTES = 1_000_000
MAX_ARTIFACT_BYTES = 20_000_000


class RequestContext:
    """Gives every request an id, which the answer, every log line and the problem document carry."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            route = _template(scope)
            elsewhere = scope["state"].get("elsewhere", False)
            observe_request(scope["method"], route, status, seconds, elsewhere=elsewhere)
            ids = {name: value for name, value in scope.get("path_params", {}).items() if name.endswith("_id")}
            _log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1), **ids)


def _template(scope: Scope) -> str:
    """The path with names in place of ids, so that logs and metrics have one entry a route."""
    if scope.get("route") is None:
        return "unknown"
    parts = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    return "/".join(parts.get(part, part) for part in scope["path"].split("/"))


class BodyLimit:
    """Refuses bodies above 1 MB, above 20 MB where an agent uploads an artifact."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = MAX_ARTIFACT_BYTES if _ARTIFACT_PATH.fullmatch(scope["path"]) else MAX_BODY_BYTES
        detail = f"The body is larger than {limit // 1_000_000} MB."
        length = dict(scope["headers"]).get(b"content-length", b"")
        if length.isdigit() and int(length) > limit:
            request_id = scope.get("state", {}).get("request_id")
            await problem_response(ForexEliteError(ErrorCode.PAYLOAD_TOO_LARGE, detail), request_id)(
                scope, receive, send
            )
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                # Only this exception passes through FastAPI's body parsing unchanged.
                raise HTTPException(413, detail)
            return message

        await self._app(scope, counted, send)
