"""Requests to the cloud: its problem documents and its silence become one kind of error.

httpx is imported with the first client: a window is there before it talks to the cloud.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.problem import Problem

if TYPE_CHECKING:
    import ssl

    import httpx

API = "/api/v1"
#: An idle connection is kept for so long: the outcome of an order should not have to wait for a new one.
_KEPT_SECONDS = 60.0
_THIS_COMPUTER = frozenset({"127.0.0.1", "::1", "localhost"})

#: Seconds to connect, between two pieces of an answer, to send, and to wait for a free connection.
Seconds = tuple[float, float, float, float]


def patience(answer: float) -> Seconds:
    """Returns the time limits of a request whose answer may take so many seconds."""
    return (10.0, answer, answer, answer)


SHORT = patience(15.0)

_Model = TypeVar("_Model", bound=BaseModel)


class CloudError(ForexEliteError):
    """The cloud refused, or could not be reached.

    Attributes:
        status: HTTP status; 0 when no answer came.
        retry_after: Seconds the cloud asks to wait.
    """

    def __init__(
        self,
        code: ErrorCode,
        detail: str,
        *,
        field: str | None = None,
        status: int = 0,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, detail, field=field)
        self.status = status
        self.retry_after = retry_after

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (0, 408, 425, 429) or self.status >= 500


def refuse_unprotected(url: httpx.URL) -> None:
    """Refuses an address where passwords and keys would travel readable by others; this computer's own is fine.

    Raises:
        CloudError: it is plain http to another computer.
    """
    if url.scheme != "http" or url.host in _THIS_COMPUTER:
        return
    raise CloudError(
        ErrorCode.VALIDATION_ERROR,
        f"The cloud's address must begin with https://, but it is {url}: others could read your password on its way. "
        "Start again with the right address.",
    )


def unreachable(error: Exception) -> CloudError:
    """Returns the error for a cloud that gives no answer."""
    import httpx  # noqa: PLC0415  # see the module's head

    reason = "it took too long to answer" if isinstance(error, httpx.TimeoutException) else "no connection"
    return CloudError(
        ErrorCode.SERVICE_UNAVAILABLE,
        f"The cloud can't be reached ({reason}). Check the internet connection; it is tried again.",
    )


def refusal(status: int, body: bytes, headers: Mapping[str, str]) -> CloudError:
    """Returns the error that an answer of 400 or above stands for."""
    retry_after = headers.get("retry-after", "")
    wait = float(retry_after) if retry_after.replace(".", "", 1).isdigit() else None
    try:
        problem = Problem.model_validate_json(body)
        code = ErrorCode(problem.code)
    except (ValidationError, ValueError):
        code = ErrorCode.SERVICE_UNAVAILABLE if status >= 500 else ErrorCode.INTERNAL_ERROR
        return CloudError(
            code, f"The cloud answered with status {status}. Try again in a minute.", status=status, retry_after=wait
        )
    return CloudError(code, problem.detail, field=problem.field, status=status, retry_after=wait)


@cache
def tls() -> ssl.SSLContext:
    """The trusted authorities, read once: that takes tens of milliseconds, so a window has it read beside itself."""
    import httpx  # noqa: PLC0415  # see the module's head

    return httpx.create_ssl_context()


def new_client(url: str, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """Returns a client of the cloud at an address."""
    import httpx  # noqa: PLC0415  # see the module's head

    kept = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=_KEPT_SECONDS)
    return httpx.AsyncClient(base_url=url, headers=headers, verify=tls(), limits=kept)


async def send(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    body: str | bytes | None = None,
    params: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    timeout: Seconds = SHORT,
) -> httpx.Response:
    """Sends one request below `/api/v1` and returns its good answer. A body of text is JSON.

    Raises:
        CloudError: the cloud refused or gave no answer.
    """
    import httpx  # noqa: PLC0415  # see the module's head

    refuse_unprotected(client.base_url)
    sent = dict(headers or {})
    if isinstance(body, str):
        sent["Content-Type"] = "application/json"
    try:
        response = await client.request(method, API + path, content=body, params=params, headers=sent, timeout=timeout)
    except httpx.HTTPError as error:
        raise unreachable(error) from error
    if response.status_code >= 400:
        raise refusal(response.status_code, response.content, response.headers)
    return response


def answer_of(model: type[_Model], response: httpx.Response) -> _Model:
    """Reads an answer.

    Raises:
        CloudError: it is not what was asked for.
    """
    try:
        return model.model_validate(json_of(response))
    except ValidationError as error:
        raise CloudError(
            ErrorCode.SERVICE_UNAVAILABLE, "The cloud's answer can't be read. Update ForexElite Pro, then try again."
        ) from error


def json_of(response: httpx.Response) -> Any:
    """Reads an answer's JSON.

    Raises:
        CloudError: it is none; a proxy may have answered.
    """
    try:
        return response.json()
    except json.JSONDecodeError as error:
        raise CloudError(
            ErrorCode.SERVICE_UNAVAILABLE,
            "Something other than the cloud answered. Check the cloud's address and any proxy or sign-in page.",
        ) from error
