"""What can go wrong between a client and OANDA, on demand of a test."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CHANGES = frozenset({"POST", "PUT"})


@dataclass(slots=True)
class Faults:
    """How many of the next requests that change something shall fail, and the market's state.

    Attributes:
        lost_requests: They never reach the account; no answer comes.
        late_requests: They reach the account after `late_seconds`, whether anybody still waits for the answer or not.
        lost_answers: They are carried out; no answer comes.
        broken_answers: They are carried out; the answer is an error of the server.
        silent_journal: The next reads of the journal fail.
        slow_down: The next requests of any kind are answered with 429.
        halted: The market takes no fills.
        stream: What is wrong with price streams, as long as it is: open ones end and new ones are refused, lines are
            no JSON, or nothing comes any more.
    """

    lost_requests: int = 0
    late_requests: int = 0
    late_seconds: float = 0.0
    lost_answers: int = 0
    broken_answers: int = 0
    silent_journal: int = 0
    slow_down: int = 0
    halted: bool = False
    stream: Literal["", "cut", "garbage", "silent"] = ""


class FaultyNetwork:
    """ASGI middleware that plays the faults."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request on, unless it is to fail."""
        faults = self._faults
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _due(faults, "slow_down"):
            await _answer(send, 429)
        elif scope["path"].endswith("/pricing/stream"):
            await self._stream(scope, receive, send)
        elif scope["path"].endswith("/sinceid") and _due(faults, "silent_journal"):
            await _answer(send, 503)
        elif scope["method"] in _CHANGES and _due(faults, "lost_requests"):
            await _until_gone(receive)
        elif scope["method"] in _CHANGES and _due(faults, "late_requests"):
            sent = await _whole(receive)
            await asyncio.sleep(faults.late_seconds)
            await self._app(scope, sent, send)
        elif scope["method"] in _CHANGES and _due(faults, "lost_answers"):
            await self._app(scope, receive, _nowhere)
            await _until_gone(receive)
        elif scope["method"] in _CHANGES and _due(faults, "broken_answers"):
            await self._app(scope, receive, _nowhere)
            await _answer(send, 502)
        else:
            await self._app(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._faults.stream == "cut":
            await _answer(send, 503)
            return

        async def spoiled(message: Message) -> None:
            fault = self._faults.stream
            if message["type"] == "http.response.start" or not fault:
                await send(message)
            elif fault == "cut":
                await send({"type": "http.response.body", "body": b'{"type":"PRI'})
                raise ClientDisconnect
            elif fault == "garbage":
                await send({"type": "http.response.body", "body": b"\x00<html>\n[1, 2]\n", "more_body": True})

        with suppress(ClientDisconnect):
            await self._app(scope, receive, spoiled)


def _due(faults: Faults, name: str) -> bool:
    left: int = getattr(faults, name)
    if left > 0:
        setattr(faults, name, left - 1)
    return left > 0


async def _whole(receive: Receive) -> Receive:
    """Takes a request in; returns how it is handed on."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    waiting = iter(messages)

    async def again() -> Message:
        return next(waiting, {"type": "http.disconnect"})

    return again


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _nowhere(_message: Message) -> None:
    return


async def _answer(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/html")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"<html></html>"})
