"""The connection that waits for notifications: a cut that nobody tells of is noticed, and nothing stays unheard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from cloud.db import listener
from cloud.db.listener import Listener


class Line:
    """A wire to the database that can go dead without either end being told."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._dead: list[asyncio.Event] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(*self._address)
        dead = asyncio.Event()
        self._dead.append(dead)
        self._tasks += [
            asyncio.create_task(_carry(reader, to_server, dead)), asyncio.create_task(_carry(from_server, writer, dead))
        ]  # fmt: skip

    def cut_silently(self) -> None:
        for dead in self._dead:
            dead.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dead: asyncio.Event) -> None:
    try:
        while data := await reader.read(65_536):
            if not dead.is_set():
                writer.write(data)
    finally:
        writer.close()


@pytest.fixture
async def line(backend: Any) -> AsyncIterator[tuple[Line, str]]:
    place = urlsplit(backend.app_dsn)
    assert place.hostname is not None
    assert place.port is not None
    made = Line((place.hostname, place.port))
    server = await asyncio.start_server(made.connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield made, backend.app_dsn.replace(f":{place.port}/", f":{port}/")
    server.close()
    await made.close()


async def test_a_connection_cut_without_a_word_is_made_anew(
    line: tuple[Line, str], backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "ASK_SECONDS", 0.1)
    monkeypatch.setattr(listener, "ANSWER_SECONDS", 0.2)
    wire, dsn = line
    heard: asyncio.Queue[str] = asyncio.Queue()
    waiting = Listener(dsn)
    await waiting.add("news", heard.put_nowait)
    teller = await asyncpg.connect(backend.app_dsn)
    try:
        await teller.execute("select pg_notify('news', 'first')")
        async with asyncio.timeout(10):
            assert await heard.get() == "first"
            wire.cut_silently()
            await teller.execute("select pg_notify('news', 'unheard')")
            # Something may have been missed: look again.
            assert await heard.get() == ""
            assert waiting.connected
            await teller.execute("select pg_notify('news', 'second')")
            assert await heard.get() == "second"
    finally:
        await teller.close()
        with suppress(TimeoutError):
            await waiting.close()
