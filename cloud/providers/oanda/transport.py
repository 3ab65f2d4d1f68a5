"""Calls to OANDA: one client for all accounts, within the limits that OANDA sets for an address."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog
from prometheus_client import Counter, Histogram
from redis.asyncio import BlockingConnectionPool, Redis

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.metrics import RECENT
from cloud.providers.oanda.pace import Pace, SharedPace, TooLongError, Turns

_log = structlog.get_logger(__name__)

# The vendor's limits for one address are 120 requests and 2 new connections a second; 100 is what it recommends.
REQUESTS_A_SECOND = 100
BURST = 10
CONNECTIONS_A_SECOND = 2
MAX_CONNECTIONS = 20
LONGEST_QUEUE_SECONDS = 5.0
LONGEST_CONNECTION_QUEUE_SECONDS = 10.0
REDIS_CONNECTIONS = 10
ANSWER_SECONDS = 10.0
_SECONDS = Histogram("forexelite_oanda_request_seconds", "Time until OANDA answered", ("method",))
_ANSWERS = Counter("forexelite_oanda_answers_total", "OANDA's answers: ok, refused, slow_down, failed", ("outcome",))
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class OandaAccess:
    """Where an account lives and what opens it. The key shows in no representation."""

    url: str
    api_key: str = field(repr=False)


class OandaRefusedError(Exception):
    """OANDA answered no.

    Attributes:
        status: HTTP status.
        reason: OANDA's code, such as "UNITS_INVALID"; empty where it gave none.
        message: OANDA's sentence.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason} {message}")
        self.status = status
        self.reason = reason
        self.message = message


class OandaSilentError(Exception):
    """A request that changes something got no readable answer: it may have been carried out, or not."""


class OandaTransport:
    """Sends requests at the allowed pace."""

    def __init__(self, http: httpx.AsyncClient, requests: Turns, connections: Turns) -> None:
        self._http = http
        self._requests = requests
        self._connections = connections

    @classmethod
    @asynccontextmanager
    async def opened(cls, redis_url: str = "") -> AsyncIterator["OandaTransport"]:
        """Opens a client whose connections are kept, as the vendor asks for.

        Args:
            redis_url: Where all workers share the vendor's limits; empty where there is one worker.
        """
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
        requests, connections = Pace(REQUESTS_A_SECOND, burst=BURST), Pace(CONNECTIONS_A_SECOND)
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=ANSWER_SECONDS, limits=limits))
            if not redis_url:
                yield cls(http, requests, connections)
                return
            pool = BlockingConnectionPool.from_url(redis_url, max_connections=REDIS_CONNECTIONS)
            redis = Redis.from_pool(pool)
            stack.push_async_callback(redis.aclose)
            yield cls(
                http,
                SharedPace(redis, "oanda:requests", requests),
                SharedPace(redis, "oanda:connections", connections),
            )

    def set_answer_seconds(self, seconds: float) -> None:
        """Changes how long an answer may take."""
        self._http.timeout = httpx.Timeout(seconds)

    async def call(
        self,
        access: OandaAccess,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Returns the body of a successful answer.

        Raises:
            OandaRefusedError: OANDA answered with a 4xx other than 429.
            OandaSilentError: the outcome of a request other than GET is not known.
            ForexEliteError: BROKER_UNAVAILABLE; nothing was done.
        """
        try:
            await self._requests.turn(LONGEST_QUEUE_SECONDS)
        except TooLongError as error:
            raise unavailable("too many requests wait for it") from error
        try:
            with _SECONDS.labels(method).time():
                response = await self._http.request(
                    method, f"{access.url}{path}", params=query, json=body, headers=_headers(access),
                    extensions={"trace": self._connect_soon},
                )  # fmt: skip
        except TooLongError as error:
            raise unavailable("too many connections wait for it") from error
        except _NOTHING_SENT as error:
            _ANSWERS.labels("failed").inc()
            raise unavailable(type(error).__name__) from error
        except httpx.HTTPError as error:
            _ANSWERS.labels("failed").inc()
            raise _lost(method, type(error).__name__) from error
        return _read(method, response)

    @asynccontextmanager
    async def stream(
        self, access: OandaAccess, path: str, query: Mapping[str, str], *, silence_seconds: float
    ) -> AsyncIterator[AsyncIterator[str]]:
        """Opens a stream and yields its lines.

        Raises:
            httpx.HTTPError: it was refused, broke, or was silent too long.
        """
        await self._requests.turn()
        timeout = httpx.Timeout(ANSWER_SECONDS, read=silence_seconds)
        async with self._http.stream(
            "GET", f"{access.url}{path}", params=query, headers=_headers(access), timeout=timeout,
            extensions={"trace": self._connect_in_turn},
        ) as response:  # fmt: skip
            _count_rate_limit(response)
            response.raise_for_status()
            yield response.aiter_lines()

    async def _connect_soon(self, event: str, _info: Mapping[str, Any]) -> None:
        """What is to be sent now must not be sent much later, when somebody may have sent it again."""
        if event == "connection.connect_tcp.started":
            await self._connections.turn(LONGEST_CONNECTION_QUEUE_SECONDS)

    async def _connect_in_turn(self, event: str, _info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.started":
            await self._connections.turn()


def unavailable(reason: str) -> ForexEliteError:
    """OANDA can't be asked now and nothing was done."""
    return ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, f"OANDA does not answer ({reason}). Try again in a minute.")


def _headers(access: OandaAccess) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.api_key}", "Accept-Datetime-Format": "RFC3339"}


def _lost(method: str, reason: str) -> Exception:
    return unavailable(reason) if method == "GET" else OandaSilentError(reason)


def _count_rate_limit(response: httpx.Response) -> bool:
    """Whether OANDA asks to slow down; those who run the service hear of it."""
    if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
        return False
    _ANSWERS.labels("slow_down").inc()
    RECENT.add("rate_limits")
    _log.warning("oanda_rate_limit_hit", path=response.url.path)
    return True


def _read(method: str, response: httpx.Response) -> dict[str, Any]:
    if _count_rate_limit(response):
        raise unavailable("it asks to slow down")
    _ANSWERS.labels("ok" if response.is_success else "refused" if response.status_code < 500 else "failed").inc()
    if response.status_code >= 500:
        raise _lost(method, f"status {response.status_code}")
    try:
        body = response.json()
    except ValueError as error:
        if response.is_success:
            raise _lost(method, "an answer that can't be read") from error
        body = {}
    if not isinstance(body, dict):
        body = {}
    if not response.is_success:
        reject = body.get("orderRejectTransaction") or {}
        reason = body.get("errorCode") or reject.get("rejectReason") or ""
        raise OandaRefusedError(response.status_code, str(reason), str(body.get("errorMessage", "")))
    return body
