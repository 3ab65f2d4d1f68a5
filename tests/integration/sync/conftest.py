"""A small cloud on a real socket: HTTP/1.1 by hand, so that these tests need no web framework."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

PROBLEM = "application/problem+json"


@dataclass
class Request:
    """What arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What goes back. `drop` closes the connection without a word instead."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


def problem(status: int, code: str, detail: str = "No.") -> Answer:
    body = {"type": f"/problems/{code.lower()}", "title": code, "status": status, "detail": detail, "code": code}
    return Answer(status, body, {"Content-Type": PROBLEM})


Route = Callable[[Request], Awaitable[Answer]]


class StandInCloud:
    """Serves `routes`, by the first that matches method and end of path. Keeps every request."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.routes: dict[tuple[str, str], Route] = {}
        self.url = ""
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    def on(self, method: str, end: str) -> Callable[[Route], Route]:
        def keep(route: Route) -> Route:
            self.routes[method, end] = route
            return route

        return keep

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def seen(self, end: str) -> list[Request]:
        return [found for found in self.requests if found.path.endswith(end)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                answer = await self._answer(request)
                if answer.drop:
                    break
                await _write(writer, answer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, request: Request) -> Answer:
        for (method, end), route in self.routes.items():
            if method == request.method and request.path.endswith(end):
                return await route(request)
        return problem(404, "NOT_FOUND")


async def _read(reader: asyncio.StreamReader) -> Request | None:
    line = await reader.readline()
    if not line:
        return None
    method, target, _ = line.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while (header := (await reader.readline()).decode().strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body)


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    body = (
        answer.body
        if isinstance(answer.body, bytes)
        else b""
        if answer.body is None
        else json.dumps(answer.body).encode()
    )
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **answer.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {answer.status} X\r\n{head}\r\n".encode() + body)
    await writer.drain()


class EventStore:
    """The cloud's side of the event upload, as its contract says. `faults` are used up one a request."""

    def __init__(self) -> None:
        self.stored: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self.batches: list[int] = []
        self.offset = 0

    async def __call__(self, request: Request) -> Answer:
        events = request.json()["events"]
        self.batches.append(len(events))
        fault = self.faults.pop(0) if self.faults else "none"
        if fault == "busy":
            return problem(503, "SERVICE_UNAVAILABLE")
        if fault == "drop":
            return Answer(drop=True)
        if fault == "too large" and len(events) > 1:
            return problem(413, "PAYLOAD_TOO_LARGE")
        for event in events:
            if event["seq"] == self.offset + len(self.stored) + 1:
                self.stored.append(event)
        if fault == "lost answer":
            return Answer(drop=True)
        return Answer(body={"stored_through": self.offset + len(self.stored)})


@pytest.fixture
async def cloud() -> AsyncIterator[StandInCloud]:
    """A cloud that knows nothing yet."""
    cloud = StandInCloud()
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
def event_store() -> EventStore:
    """Keeps events as the cloud does."""
    return EventStore()


@pytest.fixture
def new_cloud() -> Callable[[], StandInCloud]:
    """Makes clouds that the test starts and stops itself."""
    return StandInCloud


@pytest.fixture
def new_event_store() -> Callable[[], EventStore]:
    """Makes event stores."""
    return EventStore


@pytest.fixture
def say() -> type[Answer]:
    """Makes answers."""
    return Answer


@pytest.fixture
def refuse() -> Callable[..., Answer]:
    """Makes problem documents."""
    return problem
